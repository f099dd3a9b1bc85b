"""Sockets: an HTTP/1.1 server on loopback, with TLS or without, around a function from request to outcome."""

from __future__ import annotations

import gzip
import logging
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.server.wire import Dropped, Outcome, Request, Response

log = logging.getLogger("dealwarden.sandbox")

_IDLE_S = 120.0
_POLL_S = 0.05
_NO_BODY = {204, 304}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Connection(BaseHTTPRequestHandler):
    """One client's connection: reads its requests one after the other and sends their outcomes."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    server: LoopbackServer

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(_IDLE_S)
            self.request.do_handshake()  # here and not in accept, so that a client that stalls delays nobody else
        super().setup()

    def _exchange(self) -> None:
        """Read the body, ask for the outcome, send it."""
        # Clients of both CRMs send whole bodies; reading chunks would be code that no test reaches.
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.close_connection = True
            self._send(Response(411, b"Length Required\n", {"content-type": "text/plain"}))
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        # Both CRMs accept packed requests.
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        outcome = self.server.answer(Request(self.command, self.path, headers, body))
        if isinstance(outcome, Dropped):
            self._drop(outcome)
        else:
            self._send(outcome)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _exchange  # noqa: N815 - the names that http.server calls

    def _drop(self, outcome: Dropped) -> None:
        self.close_connection = True
        if self.server.stopping.wait(outcome.after_s):
            return
        if outcome.then is not None:
            outcome.then()
        if outcome.reset:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _send(self, response: Response) -> None:
        """Head and body in one write: two would wait for each other's acknowledgement."""
        status = response.status
        lines = [
            f"HTTP/1.1 {status} {responses.get(status, '')}",
            *(f"{name}: {value}" for name, value in response.headers.items()),
        ]
        bodiless = status in _NO_BODY or self.command == "HEAD"
        if status not in _NO_BODY:
            lines.append(f"content-length: {len(response.body) + response.missing}")
        self.close_connection = self.close_connection or bool(response.missing)
        if self.close_connection:
            lines.append("connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        body = b"" if bodiless else response.body
        # The head leaves with the first byte: a client whose timeout runs per read sees an answer that never stalls.
        slow = min(int(response.trickle_s), len(body))
        for second in range(slow):
            self.wfile.write(body[second : second + 1] if second else head + body[:1])
            if self.server.stopping.wait(1.0):
                return
        self.wfile.write(body[slow:] if slow else head + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what cannot be read as a request at all; the connection is of no more use."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        text = f"{code} {message or explain or responses.get(code, '')}\n"
        self._send(Response(code, text.encode(), {"content-type": "text/plain"}))

    def log_message(self, *_: Any) -> None:
        """Requests are counted, not logged."""


class LoopbackServer(ThreadingHTTPServer):
    """Serves on 127.0.0.1, one daemon thread a connection.

    It is bound when it is made (*port* 0 takes a free one), so that its URL is known before anything answers.
    """

    daemon_threads = True
    request_queue_size = 128
    # Two sandboxes on one port would answer in turns.
    allow_reuse_port = False

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._handle: Callable[[Request], Outcome] | None = None
        self._live: set[socket.socket] = set()
        self._live_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()
        # Loopback only: the simulator has secrets that are no secrets, and must not be reached from another machine.
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def start(self, handle: Callable[[Request], Outcome]) -> None:
        """Begin to serve, in a thread of its own; until then clients wait in the queue."""
        self._handle = handle
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,), name=self.url, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every connection, in whatever state it is."""
        self.stopping.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._live_lock:
            for connection in self._live:
                _cut(connection)

    def answer(self, request: Request) -> Outcome:
        """The outcome of *request*; a failure of the sandbox itself is a 500, and its traceback is logged."""
        assert self._handle is not None
        try:
            return self._handle(request)
        except Exception:
            if self.stopping.is_set():  # the org was closed under the request
                raise
            log.exception("sandbox failed on %s %s", request.method, request.target)
            body = b'[{"message":"The sandbox itself failed; see its log.","errorCode":"UNKNOWN_EXCEPTION"}]'
            return Response(500, body, {"content-type": "application/json;charset=UTF-8"})

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept one connection; the TLS handshake is left to its thread."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._live_lock:
            self._live.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close *request* and forget it; one that is to be reset must not say goodbye first."""
        with self._live_lock:
            self._live.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET_ON_CLOSE)) == _RESET_ON_CLOSE:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the signature is socketserver's
        """A client that went away is no error; clients are killed on purpose here."""
        log.debug("connection ended", exc_info=True)


def _cut(connection: socket.socket) -> None:
    """Shut a connection down under the thread that reads it; TLS gets no say, it would wait for the other side."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        log.debug("connection was gone already")
