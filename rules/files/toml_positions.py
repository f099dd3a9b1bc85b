"""Where every key and value of a TOML text stands, which tomllib does not tell."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rules.language.location import Location

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way from the top to a value: keys of tables, and indices into arrays."""

_KEPT_DEPTH: Final = 8  # rule files are shallower; below that, the place of the enclosing value is near enough
_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_CONTINUATION: Final = re.compile(r"\\[ \t]*\n[ \t\n]*")
_ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_SIMPLE_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class _Text:
    """A string value: raw offsets of its content, and whether backslashes escape in it."""

    start: int
    end: int
    escapes: bool


@dataclass(slots=True)
class Positions:
    """The places of one TOML text; ask for paths that tomllib gave."""

    path: str
    source: str
    _keys: dict[KeyPath, int] = field(default_factory=dict)
    _values: dict[KeyPath, int] = field(default_factory=dict)
    _texts: dict[KeyPath, _Text] = field(default_factory=dict)
    _line_starts: list[int] = field(default_factory=list)

    def key(self, path: KeyPath) -> Location:
        """Give the place of a key, or of what encloses it; of a table, where it is first named."""
        return self._nearest(self._keys, path)

    def value(self, path: KeyPath) -> Location:
        """Give the place where a value begins."""
        return self._nearest(self._values, path)

    def inside(self, path: KeyPath) -> Callable[[int], Location]:
        """Give a function from an offset in the decoded text of a string value to its place in the file."""

        def place(offset: int) -> Location:
            text = self._texts.get(path)
            return self.value(path) if text is None else self.at(self._raw_offset(text, offset))

        return place

    def at(self, offset: int) -> Location:
        """Give line and column of a raw offset."""
        line = bisect_right(self._line_starts, offset)
        return Location(self.path, line, offset - self._line_starts[line - 1] + 1)

    def _nearest(self, places: dict[KeyPath, int], path: KeyPath) -> Location:
        for length in range(len(path), 0, -1):
            offset = places.get(path[:length], self._keys.get(path[:length]))
            if offset is not None:
                return self.at(offset)
        return Location(self.path)

    def _raw_offset(self, text: _Text, offset: int) -> int:
        if not text.escapes:
            return min(text.start + offset, text.end)
        raw = text.start
        for _ in range(offset):
            raw = self._after_character(self._after_continuations(raw))
        return min(self._after_continuations(raw), text.end)

    def _after_continuations(self, raw: int) -> int:
        while found := _CONTINUATION.match(self.source, raw):
            raw = found.end()
        return raw

    def _after_character(self, raw: int) -> int:
        escape = _ESCAPE.match(self.source, raw)
        return escape.end() if escape else raw + 1


def scan(path: str, source: str) -> Positions:
    """Find every place in *source*, which tomllib must have accepted and whose lines end in a line feed alone."""
    positions = Positions(path, source)
    positions._line_starts = [0, *(found.end() for found in re.finditer("\n", source))]
    _Scanner(source, positions).run()
    return positions


class _Scanner:
    """Walks a valid TOML text once, noting where things begin."""

    def __init__(self, source: str, positions: Positions) -> None:
        self._source = source
        self._at = 0
        self._positions = positions
        self._lengths: dict[KeyPath, int] = {}  # of arrays of tables

    def run(self) -> None:
        table: KeyPath = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._source):
                return
            if self._source.startswith("[[", self._at):
                table = self._header(2)
            elif self._source.startswith("[", self._at):
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> KeyPath:
        start = self._at
        self._at += brackets
        *parents, (name, name_at) = self._dotted_key()
        self._at += brackets
        path: KeyPath = ()
        for part, part_at in parents:
            path = self._within(path, part, part_at, start)
        if brackets == 1:
            return self._within(path, name, name_at, start)
        path = (*path, name)
        self._note(path, name_at, start)
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        path = (*path, index)
        self._note(path, name_at, start)
        return path

    def _within(self, path: KeyPath, part: str, key_at: int, value_at: int) -> KeyPath:
        """Go one key down; into the last element, where that key holds an array of tables."""
        path = (*path, part)
        self._note(path, key_at, value_at)
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for part, part_at in self._dotted_key():
            path = (*path, part)[: _KEPT_DEPTH + 1]
            self._note(path, part_at, part_at)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        if len(path) <= _KEPT_DEPTH:
            self._positions._values[path] = self._at
        self._value(path)

    def _dotted_key(self) -> list[tuple[str, int]]:
        parts: list[tuple[str, int]] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            parts.append((self._simple_key(), start))
            self._skip(_SPACE)
            if not self._source.startswith(".", self._at):
                return parts
            self._at += 1

    def _simple_key(self) -> str:
        if self._source[self._at] in "\"'":
            text = self._string()
            content = self._source[text.start : text.end]
            return _ESCAPE.sub(_unescaped, content) if text.escapes else content
        found = _BARE_KEY.match(self._source, self._at)
        self._at = found.end() if found else self._at + 1
        return found[0] if found else ""

    def _value(self, path: KeyPath) -> None:
        first = self._source[self._at]
        if first in "\"'":
            text = self._string()
            if len(path) <= _KEPT_DEPTH:
                self._positions._texts[path] = text
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._source[self._at] == "]":
                self._at += 1
                return
            element = (*path, index)[: _KEPT_DEPTH + 1]
            self._note(element, self._at, self._at)
            self._value(element)
            index += 1
            self._skip(_BLANK)
            if self._source[self._at] == ",":
                self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._source[self._at] == "}":
                self._at += 1
                return
            self._pair(path)
            self._skip(_BLANK)
            if self._source[self._at] == ",":
                self._at += 1

    def _string(self) -> _Text:
        quote = self._source[self._at]
        escapes = quote == '"'
        if self._source.startswith(quote * 3, self._at):
            return self._multi_line(quote * 3, escapes)
        start = self._at + 1
        end = self._closing(quote, start, escapes)
        self._at = end + 1
        return _Text(start, end, escapes)

    def _multi_line(self, quotes: str, escapes: bool) -> _Text:
        start = self._at + 3
        if self._source.startswith("\n", start):
            start += 1
        end = self._closing(quotes, start, escapes)
        while self._source.startswith(quotes, end + 1):  # up to two quotes may stand before the closing three
            end += 1
        self._at = end + 3
        return _Text(start, end, escapes)

    def _closing(self, quotes: str, at: int, escapes: bool) -> int:
        while not self._source.startswith(quotes, at):
            at += 2 if escapes and self._source[at] == "\\" else 1
        return at

    def _note(self, path: KeyPath, key_at: int, value_at: int) -> None:
        if len(path) <= _KEPT_DEPTH:
            self._positions._keys.setdefault(path, key_at)
            self._positions._values.setdefault(path, value_at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._source, self._at)
        assert found is not None
        self._at = found.end()


def _unescaped(escape: re.Match[str]) -> str:
    written = escape[0][1:]
    return chr(int(written[1:], 16)) if written[0] in "uUx" else _SIMPLE_ESCAPES.get(written, written)
