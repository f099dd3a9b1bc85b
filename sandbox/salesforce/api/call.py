"""One call of the REST data API, and its reply, as values: also the parts of a composite are such calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.server.faults import Strike

OLDEST, NEWEST = 31, 66
"""The API versions that the org serves."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call to `/services/data/v{version}/...`: *segments* are the decoded parts of the path after the version."""

    method: str
    version: str
    segments: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    strike: Strike = field(default_factory=Strike)

    @property
    def root(self) -> str:
        """The path of the version's root, without a trailing slash."""
        return f"/services/data/v{self.version}"

    def part(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: Any = None) -> Call | None:
        """The call that *url* means inside this one, or None where it leads out of the data API.

        A part has no fault of its own: faults are matched on the outer path.
        """
        version, segments, parameters = _target(url)
        if version is None:
            return None
        lowered = {name.lower(): str(value) for name, value in (headers or {}).items()}
        return Call(method.upper(), version, segments, dict(parameters), lowered, body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gives: a JSON value (None: no body at all) and the headers that belong to it alone."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the call did what it was asked."""
        return self.status < 400


@lru_cache(maxsize=1024)  # the parts of a composite are looked at a few times before they are answered
def _target(url: str) -> tuple[str | None, tuple[str, ...], tuple[tuple[str, str], ...]]:
    path, _, query = url.partition("?")
    segments = tuple(unquote(part) for part in path.strip("/").split("/"))
    if segments[:2] == ("services", "data"):
        segments = segments[2:]
    version = version_of(segments[0]) if segments else None
    return version, segments[1:], tuple(parse_qsl(query, keep_blank_values=True)) if version else ()


def version_of(segment: str) -> str | None:
    """`60.0` of `v60.0`, where the org serves that version."""
    number = segment.removeprefix("v").removesuffix(".0")
    if segment != f"v{number}.0" or not number.isdigit() or not OLDEST <= int(number) <= NEWEST:
        return None
    return f"{number}.0"
