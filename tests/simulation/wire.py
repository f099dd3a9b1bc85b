"""The network of a simulation: the clients' own code down to the socket, and a function call in place of it."""

from __future__ import annotations

import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from sandbox.server.gateway import Gateway
from sandbox.server.wire import Dropped, Request, Response
from tests.simulation.clock import VirtualClock
from tests.simulation.crash import Crash


class Wire:
    """One network between the product and one simulated CRM, with the moments at which a process may die on it.

    *between* is called before each reading request: it is where people act in the middle of a cycle. *seen* is called
    with each write before it reaches the CRM, *ended* with what came of each request. Everything that passes goes into
    *trace*.
    """

    def __init__(self, gateway: Gateway, clock: VirtualClock, dice: random.Random, crash: Crash) -> None:
        self.gateway, self.clock, self.crash = gateway, clock, crash
        self.between: Callable[[], None] = lambda: None
        self.seen: Callable[[Request], None] = lambda request: None
        self.ended: Callable[[Request, Response | Dropped], None] = lambda request, outcome: None
        self.trace = hashlib.sha256()
        self.requests: Counter[str] = Counter()
        self._dice = dice

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes, patience_s: float) -> Response:
        """Carry one request over and the answer back, as the faults that are due have it."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        request = Request(method, target, {name.lower(): str(value) for name, value in headers.items()}, body)
        self.crash.point("before a request")
        kind = self.gateway.crm.kind_of(request)
        self.requests[kind] += 1
        if kind == "read":
            self.between()
        if kind == "write":
            self.seen(request)
        self.clock.advance(self._dice.uniform(0.02, 0.3))
        self.crash.point("request lost", writes=kind == "write")
        outcome = self.gateway.handle(request)
        self._note(request, outcome)
        self.ended(request, outcome)
        if isinstance(outcome, Dropped):
            raise self._lost(outcome, patience_s)
        self.clock.advance(outcome.trickle_s)
        self.crash.point("answer lost", writes=kind == "write")
        return outcome

    def _lost(self, outcome: Dropped, patience_s: float) -> Exception:
        if outcome.after_s > patience_s:
            if outcome.then is not None:
                self.clock.put_off(outcome.after_s, outcome.then)
            self.clock.advance(patience_s)
            return ReadTimeoutError(None, "", "Read timed out.")  # type: ignore[arg-type]
        self.clock.advance(outcome.after_s)
        if outcome.then is not None:
            outcome.then()
        reason = ConnectionResetError(104, "reset") if outcome.reset else RemoteDisconnected("no answer")
        return ProtocolError("Connection aborted.", reason)

    def _note(self, request: Request, outcome: Response | Dropped) -> None:
        end = outcome.status if isinstance(outcome, Response) else "dropped"
        self.trace.update(f"{self.clock.now().isoformat()} {request.method} {request.target} {end}\n".encode())
        if request.segments[-1:] != ("token",):  # the form of a login carries the app's made-up secret
            self.trace.update(request.body)


def _patience(timeout: Any) -> float:
    read = timeout.read_timeout if isinstance(timeout, urllib3.Timeout) else timeout
    return float(read) if isinstance(read, int | float) else 1e9


def _arrived(answer: Response, method: str, **options: Any) -> urllib3.HTTPResponse:
    headers = {**answer.headers, "content-length": str(len(answer.body) + answer.missing)}
    return urllib3.HTTPResponse(
        io.BytesIO(answer.body), headers=headers, status=answer.status, request_method=method, **options
    )


class Pools(urllib3.PoolManager):
    """Takes the place of urllib3's pools: whoever asks them for a page gets it from the simulated CRM."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:
        """Give what the simulated CRM answers."""
        body = kw.get("body") or b""
        sent = body.encode() if isinstance(body, str) else body
        answer = self._wire.exchange(method, url, kw.get("headers") or {}, sent, _patience(kw.get("timeout")))
        options = {"preload_content": kw.get("preload_content", True), "decode_content": kw.get("decode_content", True)}
        return _arrived(answer, method, **options)


class Adapter(HTTPAdapter):
    """The same for requests."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._pools = Pools(wire)
        self._host = ""

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Trust the call of a function."""

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Give what answers for every host."""
        self._host = "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
        return self

    def urlopen(self, method: str, url: str, **kw: Any) -> Any:
        """Give what the simulated CRM answers."""
        return self._pools.urlopen(method, self._host + url, **kw)


def plug_in(connector: Any, wire: Wire) -> None:
    """Let a connector of the product speak over *wire*: the one place that reaches into its privacy."""
    transport = connector._transport
    if hasattr(transport, "_session"):
        session: requests.Session = transport._session
        session.mount("https://", Adapter(wire))
    else:
        transport._client.rest_client.pool_manager = Pools(wire)
