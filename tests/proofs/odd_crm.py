"""A server on loopback that answers as no CRM does, and a connection to it beside the simulated one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.proofs.world import World

Answer = Callable[[BaseHTTPRequestHandler], None]

TABLE = """
[connections.odd]
type = "hubspot"
base_url = "http://127.0.0.1:{port}"
token = "file:odd_token"

[connections.salesforce]
"""


@contextmanager
def odd_crm(answer: Answer) -> Iterator[int]:
    """Answer every request as *answer* does; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def put_before(world: World, port: int) -> None:
    """Let *world* have a connection to that port, which comes before its own."""
    (world.config.parent / "odd_token").write_text("token")
    world.reword_config("\n[connections.salesforce]\n", TABLE.format(port=port))


def send(request: BaseHTTPRequestHandler, body: bytes, **headers: str) -> None:
    """Answer with JSON and these headers."""
    request.send_response_only(200)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
