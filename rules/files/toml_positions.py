"""Where every key and value of a TOML text is, which tomllib does not report."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rules.language.location import Location

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way from the top to a value: keys of tables, and indices into arrays."""

ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
"""An escaped character in a string with double quotes."""

_CONTINUATION: Final = re.compile(r"\\[ \t]*\n[ \t\n]*")


@dataclass(frozen=True, slots=True)
class StringSpan:
    """A string value: raw offsets of its content, and whether backslashes escape in it."""

    start: int
    end: int
    escapes: bool


@dataclass(slots=True)
class Positions:
    """The places of one TOML text, by the paths that tomllib returns.

    *keys* and *values* hold raw offsets; *strings* has string values alone. *line_starts* are the offsets at which
    lines begin.
    """

    path: str
    source: str
    keys: dict[KeyPath, int] = field(default_factory=dict)
    values: dict[KeyPath, int] = field(default_factory=dict)
    strings: dict[KeyPath, StringSpan] = field(default_factory=dict)
    line_starts: list[int] = field(default_factory=list)

    def key(self, path: KeyPath) -> Location:
        """Return the place of a key, or of what encloses it; of a table, where it is first named."""
        return self._nearest(self.keys, path)

    def value(self, path: KeyPath) -> Location:
        """Return the place where a value begins."""
        return self._nearest(self.values, path)

    def inside(self, path: KeyPath) -> Callable[[int], Location]:
        """Return a function from an offset in the decoded text of a string value to its place in the file."""

        def place(offset: int) -> Location:
            string = self.strings.get(path)
            return self.value(path) if string is None else self.at(self._raw_offset(string, offset))

        return place

    def at(self, offset: int) -> Location:
        """Return line and column of a raw offset."""
        line = bisect_right(self.line_starts, offset)
        return Location(self.path, line, offset - self.line_starts[line - 1] + 1)

    def _nearest(self, places: dict[KeyPath, int], path: KeyPath) -> Location:
        # A value that the scanner did not keep lies inside one that it did: that place is near enough for a message.
        for length in range(len(path), 0, -1):
            offset = places.get(path[:length], self.keys.get(path[:length]))
            if offset is not None:
                return self.at(offset)
        return Location(self.path)

    def _raw_offset(self, string: StringSpan, offset: int) -> int:
        if not string.escapes:
            return min(string.start + offset, string.end)
        raw = string.start
        for _ in range(offset):
            raw = self._after_character(self._after_continuations(raw))
        return min(self._after_continuations(raw), string.end)

    def _after_continuations(self, raw: int) -> int:
        while continuation := _CONTINUATION.match(self.source, raw):
            raw = continuation.end()
        return raw

    def _after_character(self, raw: int) -> int:
        escape = ESCAPE.match(self.source, raw)
        return escape.end() if escape else raw + 1
