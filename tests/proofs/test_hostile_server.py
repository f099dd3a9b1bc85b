"""A hostile server beside a healthy connection: the healthy one works, memory is bounded, the daemon ends in time."""

from __future__ import annotations

import signal
import subprocess
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sandbox.server.hostile import bomb
from tests.proofs.killing import daemon_process
from tests.proofs.odd_crm import odd_crm, put_before, send
from tests.proofs.world import World

DATE = "Mon, 15 Jun 2026 09:00:00 GMT"
ACCOUNT = b'{"portalId": 7, "timeZone": "UTC"}'
MEMORY_KB = 400_000


def drip(request: BaseHTTPRequestHandler) -> None:
    request.send_response_only(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(1)
    except OSError:
        return


def bombs(request: BaseHTTPRequestHandler) -> None:
    send(request, bomb(ACCOUNT), **{"Content-Encoding": "gzip", "Date": DATE})


def small_values(request: BaseHTTPRequestHandler) -> None:
    body = zlib.compress(b"[" + b"[]," * 20_000_000 + b"[]]", 9)
    send(request, body, **{"Content-Encoding": "deflate", "Date": DATE})


@pytest.mark.parametrize("answer", [drip, bombs, small_values])
def test_a_hostile_server_harms_nobody_else(world: World, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    with odd_crm(answer) as port:
        put_before(world, port)
        process = daemon_process(world)
        try:
            wait_until(lambda: bool(world.own_tasks()), process)
            time.sleep(3)
            peak = peak_kb(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            process.wait(30)
    assert time.monotonic() - began < 5
    assert peak < MEMORY_KB


def wait_until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert process.poll() is None, "the daemon ended"
        assert time.monotonic() < until, "the healthy connection did not finish its cycle"
        time.sleep(0.2)


def peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
