"""Long answers that many requests get alike: put into JSON once."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

Separators = tuple[str, str]

PLAIN: Separators = (",", ":")
PRETTY: Separators = (",\n  ", " : ")


class CachedBody(dict[str, Any]):
    """A body that keeps its JSON. Nobody changes it."""

    @cached_property
    def plain(self) -> str:
        """The body's JSON."""
        return dump(self, PLAIN)

    @cached_property
    def pretty(self) -> str:
        """The same with spaces and line breaks."""
        return dump(self, PRETTY)


def dump(body: Any, separators: Separators) -> str:
    """JSON as both CRMs write it."""
    return json.dumps(body, ensure_ascii=False, separators=separators)
