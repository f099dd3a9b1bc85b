"""HTTP with bounds: pools of sockets for both transports, and bodies read whole, each answer within `Limits`."""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.limits import Limits

_CHUNK: Final = 65_536
_OF_THE_WIRE: Final = ("content-encoding", "content-length", "transfer-encoding")


class BoundedPools(PoolManager):
    """Pools whose answers are read whole, unpacked and within *limits* before anybody sees them.

    The client library reads the body of every failure by itself, without a bound, so no answer may reach it unread.
    """

    def __init__(self, limits: Limits, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._limits = limits
        self.pool_classes_by_scheme = bounded_pools(limits)

    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:  # type: ignore[override]  # noqa: ARG002
        """Send a request and return its answer with the body in memory; redirects are never followed."""
        answer = super().urlopen(method, url, redirect=False, **{**kw, "preload_content": False})
        body = read_whole(answer, self._limits)
        headers = HTTPHeaderDict(answer.headers)
        for name in _OF_THE_WIRE:
            headers.discard(name)
        return HTTPResponse(
            io.BytesIO(body),
            headers=headers,
            status=answer.status,
            reason=answer.reason,
            preload_content=False,
            request_method=method,
        )


def bounded_pools(limits: Limits) -> dict[str, type[HTTPConnectionPool]]:
    """Return the classes of pools, by scheme, for a `PoolManager` whose answers are to keep to *limits*."""

    class Answer(_Answer):
        bounds = limits

    class Plain(HTTPConnection):
        response_class = Answer

    class Secure(HTTPSConnection):
        response_class = Answer

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def read_whole(answer: Any, limits: Limits) -> bytes:
    """Read the body of an answer of urllib3, unpacked; whatever goes wrong, its socket is not left half read.

    Raises:
        LimitError: it unpacks to too many bytes, or holds too many values.
        urllib3.exceptions.HTTPError: it broke off, or cannot be unpacked.
    """
    try:
        body = _joined(answer.stream(_CHUNK, decode_content=True), limits)
    except BaseException:
        answer.close()
        raise
    answer.release_conn()
    # Values are parted by commas and opened by brackets; those within text make the count too high, never too low.
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > limits.values:
        raise limits.broken("values")
    return body


def parse_json(text: str | bytes, limits: Limits, where: str = "") -> Any:
    """Read JSON from outside.

    Raises:
        LimitError: it is nested too deeply for the parser.
        ValueError: it is no JSON.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise limits.broken("nesting", where) from error


def _joined(parts: Iterable[bytes], limits: Limits) -> bytes:
    kept, size = [], 0
    for part in parts:
        size += len(part)
        if size > limits.unpacked_bytes:
            raise limits.broken("unpacked_bytes")
        kept.append(part)
    return b"".join(kept)


class _Answer(http.client.HTTPResponse):
    """An answer that is read through a meter."""

    bounds: ClassVar[Limits]

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._meter = _Meter(sock, self.bounds)
        self.fp = io.BufferedReader(self._meter)

    def begin(self) -> None:
        """Read the head."""
        try:
            super().begin()
        except http.client.LineTooLong as error:
            raise self.bounds.broken("header_bytes") from error
        except http.client.HTTPException as error:
            # The library has no class of its own for a head of too many lines.
            if type(error) is http.client.HTTPException:
                raise self.bounds.broken("header_bytes") from error
            raise
        self._meter.expect_body()


class _Meter(io.RawIOBase):
    """The bytes of one answer as they come from the socket, up to a moment and a number.

    A socket's own time-out begins anew with every byte, so that an answer of a byte a second never ends by it.
    """

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        super().__init__()
        self._sock, self._limits = sock, limits
        self._raw = sock.makefile("rb", buffering=0)
        self._patience_s = sock.gettimeout()
        self._ends_at = time.monotonic() + limits.seconds
        self._bound, self._left = "header_bytes", limits.header_bytes

    def expect_body(self) -> None:
        """Count what follows as body."""
        self._bound, self._left = "sent_bytes", self._limits.sent_bytes

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there into *buffer*, as a raw stream does."""
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise self._limits.broken("seconds")
        self._sock.settimeout(left_s if self._patience_s is None else min(left_s, self._patience_s))
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError as error:
            if time.monotonic() >= self._ends_at:
                raise self._limits.broken("seconds") from error
            raise
        self._left -= count or 0
        if self._left < 0:
            raise self._limits.broken(self._bound)
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
