"""Finds the places of keys and values in a TOML text that tomllib has accepted."""

from __future__ import annotations

import re
from typing import Final

from rules.files.toml_positions import ESCAPE, KeyPath, Positions, StringSpan

_KEPT_DEPTH: Final = 8  # rule files are shallower; below that, the place of the enclosing value is near enough
_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_SIMPLE_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}


def scan(path: str, source: str) -> Positions:
    """Return every place in *source*, which tomllib must have accepted and whose lines end in a line feed only."""
    positions = Positions(path, source)
    positions.line_starts = [0, *(feed.end() for feed in re.finditer("\n", source))]
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
            self._positions.values[path] = self._at
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
            string = self._string()
            content = self._source[string.start : string.end]
            return ESCAPE.sub(_unescaped, content) if string.escapes else content
        bare = _BARE_KEY.match(self._source, self._at)
        # Always go on, whatever is there: a scanner that stays in place would never end.
        self._at = bare.end() if bare else self._at + 1
        return bare[0] if bare else ""

    def _value(self, path: KeyPath) -> None:
        first = self._source[self._at]
        if first in "\"'":
            string = self._string()
            if len(path) <= _KEPT_DEPTH:
                self._positions.strings[path] = string
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

    def _string(self) -> StringSpan:
        quote = self._source[self._at]
        escapes = quote == '"'
        if self._source.startswith(quote * 3, self._at):
            return self._multi_line(quote * 3, escapes)
        start = self._at + 1
        end = self._closing(quote, start, escapes)
        self._at = end + 1
        return StringSpan(start, end, escapes)

    def _multi_line(self, quotes: str, escapes: bool) -> StringSpan:
        start = self._at + 3
        if self._source.startswith("\n", start):
            start += 1
        end = self._closing(quotes, start, escapes)
        while self._source.startswith(quotes, end + 1):  # up to two quotes may come before the closing three
            end += 1
        self._at = end + 3
        return StringSpan(start, end, escapes)

    def _closing(self, quotes: str, at: int, escapes: bool) -> int:
        while not self._source.startswith(quotes, at):
            at += 2 if escapes and self._source[at] == "\\" else 1
        return at

    def _note(self, path: KeyPath, key_at: int, value_at: int) -> None:
        if len(path) <= _KEPT_DEPTH:
            # The first mention counts: a table that several headers open belongs where it is named first.
            self._positions.keys.setdefault(path, key_at)
            self._positions.values.setdefault(path, value_at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        skipped = pattern.match(self._source, self._at)
        assert skipped is not None  # every pattern matches the empty text
        self._at = skipped.end()


def _unescaped(escape: re.Match[str]) -> str:
    written = escape[0][1:]
    return chr(int(written[1:], 16)) if written[0] in "uUx" else _SIMPLE_ESCAPES.get(written, written)
