from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sandbox.server.http import LoopbackServer
from sandbox.server.tls import Identity, issue_identity
from sandbox.server.wire import Dropped, Outcome, Request, Response

Serve = Callable[[Callable[[Request], Outcome]], LoopbackServer]


@pytest.fixture(scope="module")
def identity() -> Identity:
    return issue_identity(datetime.now(UTC))


@pytest.fixture
def serve(identity: Identity) -> Iterator[Serve]:
    servers: list[LoopbackServer] = []

    def start(handle: Callable[[Request], Outcome]) -> LoopbackServer:
        server = LoopbackServer(0, identity.server_context())
        server.start(handle)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client(identity: Identity, tmp_path: Path) -> Iterator[requests.Session]:
    authority = tmp_path / "ca.pem"
    authority.write_bytes(identity.ca)
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(authority)
        yield session


def echo(request: Request) -> Response:
    return Response(200, request.body or request.target.encode(), {"x-method": request.method})


def test_a_client_that_trusts_the_authority_is_answered(serve: Serve, client: requests.Session) -> None:
    reply = client.post(serve(echo).url + "/a?b=c", data=b"hello", timeout=5)
    assert (reply.status_code, reply.content, reply.headers["x-method"]) == (200, b"hello", "POST")


def test_the_certificate_is_good_for_localhost_too(serve: Serve, client: requests.Session) -> None:
    url = serve(echo).url.replace("127.0.0.1", "localhost")
    assert client.get(url + "/path", timeout=5).content == b"/path"


def test_a_client_that_does_not_know_the_authority_refuses(serve: Serve, http: requests.Session) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        http.get(serve(echo).url, timeout=5)


def test_a_connection_is_kept_for_the_next_request(serve: Serve, client: requests.Session) -> None:
    peers: set[str] = set()

    def remember(request: Request) -> Response:
        peers.add(threading.current_thread().name)
        return echo(request)

    server = serve(remember)
    for _ in range(3):
        client.get(server.url, timeout=5)
    assert len(peers) == 1


def test_a_dropped_outcome_closes_the_connection_unanswered(serve: Serve, client: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        client.get(serve(lambda _: Dropped()).url, timeout=5)


def test_a_reset_reaches_the_client_as_a_reset(http: requests.Session) -> None:
    server = LoopbackServer(0)  # without TLS: Python's TLS shows a reset as an ordinary end
    server.start(lambda _: Dropped(reset=True))
    try:
        with pytest.raises(requests.exceptions.ConnectionError, match="reset by peer"):
            http.get(server.url, timeout=5)
    finally:
        server.stop()


def test_a_delayed_drop_carries_out_after_the_silence(serve: Serve, client: requests.Session) -> None:
    done = threading.Event()
    server = serve(lambda _: Dropped(after_s=0.01, then=done.set))
    with pytest.raises(requests.exceptions.ConnectionError):
        client.get(server.url, timeout=5)
    assert done.is_set()


def test_a_body_shorter_than_its_length_is_noticed(serve: Serve, client: requests.Session) -> None:
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        client.get(serve(lambda _: Response(200, b"half", missing=4)).url, timeout=5)


def test_a_long_body_is_compressed_for_a_client_that_accepts_it(serve: Serve, client: requests.Session) -> None:
    server = serve(lambda request: Response(200, b"x" * 10_000).compressed_for(request))
    reply = client.get(server.url, timeout=5)
    assert (reply.headers["content-encoding"], reply.content) == ("gzip", b"x" * 10_000)
    plain = client.get(server.url, timeout=5, headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.content) == (False, b"x" * 10_000)


def test_a_failure_inside_is_a_500(serve: Serve, client: requests.Session) -> None:
    def fail(_: Request) -> Outcome:
        raise LookupError

    assert client.get(serve(fail).url, timeout=5).status_code == 500


def test_a_client_that_never_shakes_hands_delays_nobody(serve: Serve, client: requests.Session) -> None:
    server = serve(echo)
    with socket.create_connection(server.server_address[:2]):
        assert client.get(server.url, timeout=2).status_code == 200


def test_stop_ends_live_connections_at_once(serve: Serve, client: requests.Session) -> None:
    server = serve(lambda _: Dropped(after_s=60))
    failed = threading.Event()

    def wait_for_an_answer() -> None:
        with pytest.raises(requests.exceptions.ConnectionError):
            client.get(server.url, timeout=30)
        failed.set()

    waiting = threading.Thread(target=wait_for_an_answer)
    waiting.start()
    started = time.monotonic()
    server.stop()
    waiting.join(5)
    assert failed.is_set()
    assert time.monotonic() - started < 5
