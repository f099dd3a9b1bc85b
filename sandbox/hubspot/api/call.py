"""One call of the portal's API, and its reply, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from sandbox.hubspot.portal.refusals import invalid
from sandbox.server.faults import Strike
from sandbox.server.wire import Request

DATED = ("2026-03", "2026-09")
"""The API versions that are called by a date; older ones by a number, `v3` or `v4`."""


Traps = dict[tuple[str, str], tuple[str, str | None]]
"""Pages that lead nowhere, by path and token: the fault kind of each, and the token of the page that it shows."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call to one area of the API: *rest* are the decoded parts of the path after the area's root.

    *version* is `v3`, `v4` or a date; *now* is the portal's time; *size* is that of the body; *origin* is the scheme
    and host under which the portal is reached, for links.
    """

    method: str
    area: str
    version: str
    rest: tuple[str, ...]
    now: datetime
    path: str = ""
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None
    size: int = 0
    origin: str = ""
    strike: Strike = field(default_factory=Strike)
    traps: Traps = field(default_factory=dict)

    @property
    def dated(self) -> bool:
        """Whether the version is a date."""
        return self.version in DATED

    def value(self, name: str, default: str = "") -> str:
        """The query parameter *name*; of several the last counts."""
        return self.query.get(name, [default])[-1]

    def many(self, name: str) -> list[str]:
        """The values of *name*: clients repeat the key or write a list with commas, and both are understood."""
        return [part for text in self.query.get(name, ()) for part in text.split(",") if part]

    def flag(self, name: str) -> bool:
        """Whether the query parameter *name* says true."""
        return self.value(name).lower() == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """The query parameter *name* as a page size of 1 to *most*."""
        text = self.value(name, str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid(f"{name} must be a number from 1 to {most}, found {text!r}")
        return int(text)

    def fields(self) -> dict[str, Any]:
        """The body, which has to be an object."""
        if not isinstance(self.body, dict):
            raise invalid("Invalid input JSON: expected an object")
        return self.body

    def inputs(self, most: int) -> list[dict[str, Any]]:
        """The `inputs` of a batch, at most *most* of them."""
        inputs = self.fields().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
            raise invalid("Invalid input JSON: expected an array `inputs` of objects")
        if len(inputs) > most:
            raise invalid(f"Maximum batch size exceeded: {len(inputs)} inputs, limit {most}")
        return inputs

    def link(self, after: str) -> str:
        """The address of the page of this call that begins at *after*."""
        pairs = [(name, value) for name, values in self.query.items() if name != "after" for value in values]
        return f"{self.origin}{self.path}?{urlencode([*pairs, ('after', after)])}"


def queried(request: Request) -> dict[str, list[str]]:
    """The query of *request*, with every value of a key that is repeated."""
    return parse_qs(request.target.partition("?")[2], keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gives: a JSON value (None: no body at all)."""

    status: int
    body: Any = None


def texts(value: Any, name: str) -> list[str]:
    """A list of texts of a body, where absent or null is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(f"Invalid input JSON: {name} must be an array of texts")
    return [str(item) for item in value]
