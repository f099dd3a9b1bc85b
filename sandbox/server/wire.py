"""What goes over a socket, as values: a simulated CRM takes a request and gives an outcome, and touches no socket."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

COMPRESS_FROM = 256
"""Bodies shorter than this are sent as they are, even to a client that accepts gzip."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read completely. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as it was sent: still percent-encoded, without the query."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path; a trailing slash adds none."""
        return _segments(self.path)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of one that is given twice the last counts."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


@lru_cache(maxsize=1024)  # every call looks at its path a few times
def _segments(path: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in path.strip("/").split("/")) if path.strip("/") else ()


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response.

    *missing* is how many bytes the head promises beyond the body; *trickle_s* is for how many seconds the body comes at
    one byte a second before the rest follows. Both are 0 unless a fault is played.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    trickle_s: float = 0.0

    def with_headers(self, **headers: str) -> Response:
        """The same response with *headers* set; an underscore in a name stands for a hyphen."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}})

    def compressed_for(self, request: Request) -> Response:
        """The response as *request* accepts it: gzip where the client said so and it is worth it."""
        if (
            "gzip" not in request.headers.get("accept-encoding", "")
            or len(self.body) < COMPRESS_FROM
            or "content-encoding" in self.headers
        ):
            return self
        packed = gzip.compress(self.body, compresslevel=1, mtime=0)
        return replace(self, body=packed).with_headers(content_encoding="gzip")


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection ends without an answer: at once, or after *after_s* seconds and then *then*."""

    after_s: float = 0.0
    then: Callable[[], object] | None = None
    reset: bool = False


Outcome = Response | Dropped
