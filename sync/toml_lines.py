"""On which line of a TOML text each key stands; ``tomllib`` reads values and forgets places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

TomlPath = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
      | (?P<newline>\n)
      | (?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
      | (?P<mark>[\[\]{}=,.])
      | (?P<word>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)


class TomlLines:
    """The line of every key of a text that ``tomllib`` accepts."""

    def __init__(self, text: str) -> None:
        self._lines: dict[TomlPath, int] = {}
        self._tokens: list[tuple[str, str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "skip":
                self._tokens.append((str(match.lastgroup), match[0], line))
            line += match[0].count("\n")
        self._at = 0
        self._read()

    def line(self, path: TomlPath) -> int | None:
        """Give the line of *path*, or of the nearest table around it; None where not even that stands in the text."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _read(self) -> None:
        table: TomlPath = ()
        rows: dict[TomlPath, count[int]] = {}
        while self._at < len(self._tokens):
            if self._take("\n"):
                continue
            if not self._take("["):
                self._assignment(table)
                continue
            is_array = self._take("[")
            table = self._keys(())
            if is_array:
                table = (*table, next(rows.setdefault(table, count())))
                self._note(table, self._tokens[self._at - 1][2])
            while self._take("]"):
                pass

    def _assignment(self, table: TomlPath) -> None:
        path = self._keys(table)
        self._take("=")
        self._value(path)

    def _keys(self, base: TomlPath) -> TomlPath:
        path = base
        while self._at < len(self._tokens) and self._tokens[self._at][0] in ("word", "text"):
            _, raw, line = self._tokens[self._at]
            path = (*path, raw[1:-1] if raw[0] in "\"'" else raw)
            self._note(path, line)
            self._at += 1
            self._take(".")
        return path

    def _value(self, path: TomlPath) -> None:
        if self._take("["):
            for index in count():
                while self._take("\n") or self._take(","):
                    pass
                if self._take("]") or self._at >= len(self._tokens):
                    return
                self._note((*path, index), self._tokens[self._at][2])
                self._value((*path, index))
        if self._take("{"):
            while not self._take("}") and self._at < len(self._tokens):
                if not (self._take(",") or self._take("\n")):
                    self._assignment(path)
            return
        while self._at < len(self._tokens) and self._tokens[self._at][1] not in ("\n", ",", "]", "}"):
            self._at += 1

    def _note(self, path: TomlPath, line: int) -> None:
        self._lines.setdefault(path, line)

    def _take(self, raw: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1] == raw and self._tokens[self._at][0] != "text":
            self._at += 1
            return True
        return False


def as_toml_path(path: TomlPath) -> str:
    """Write a path the way a TOML file would: ``connections.acme.phases."Closed Won"``."""
    parts = (str(part) if re.fullmatch(r"[A-Za-z0-9_-]+", str(part)) else f'"{part}"' for part in path)
    return ".".join(parts)


def table_at(data: Mapping[str, object], path: TomlPath) -> Mapping[str, object]:
    """Give the table at *path*, empty where there is none."""
    current: object = data
    for part in path:
        current = current.get(str(part)) if isinstance(current, Mapping) else None
    return current if isinstance(current, Mapping) else {}
