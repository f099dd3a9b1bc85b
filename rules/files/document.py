"""A rule file as a tree in which every value remembers where it was written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from rules.files.toml_positions import KeyPath, Positions
from rules.files.toml_scan import scan
from rules.language.errors import Problem, RuleError
from rules.language.location import Location

MAX_CHARACTERS: Final = 1_000_000
"""How long a rule file may be."""
_TABLE_AGAIN: Final = re.compile(r"Cannot declare \((.*?),?\) twice")
_TOML_PLACE: Final = re.compile(r"(.*) \((?:at line (\d+), column (\d+)|at end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file's text under the path that messages show."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a rule file: a table of nodes, a list of nodes, or what tomllib returns for anything else.

    *key* is the place of its key, *location* that of the value, and *inside* maps the offset of a character in a string
    value to its place.
    """

    value: Any
    location: Location
    key: Location
    inside: Callable[[int], Location]

    def table(self) -> dict[str, Node] | None:
        """Return the entries, if this is a table."""
        return self.value if isinstance(self.value, dict) else None


@lru_cache(maxsize=64)  # shipped packs are read again for every connection and every reload; nodes are never changed
def read(file: RuleFile) -> Node:
    """Return the content of *file* as one table.

    Raises:
        RuleError: it is too long, or no TOML.
    """
    # tomllib refuses a byte order mark, which editors on Windows write, and takes line ends as here: offsets agree.
    text = file.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        problem = Problem(Location(file.path), f"a file of {len(text):,} characters", f"at most {MAX_CHARACTERS:,}")
        raise RuleError([problem])
    try:
        content = tomllib.loads(text)
        return _node(content, (), scan(file.path, text))
    except tomllib.TOMLDecodeError as error:
        raise RuleError([_not_toml(file.path, text, str(error))]) from None
    # Brackets within brackets: a file must not be able to end the daemon.
    except RecursionError:
        raise RuleError([Problem(Location(file.path), "values nested too deeply", "a plain rule file")]) from None


def overlaid(lower: Node, upper: Node) -> Node:
    """Return *upper* laid over *lower*: tables merge by key, anything else is replaced."""
    below, above = lower.table(), upper.table()
    if below is None or above is None:
        return upper
    merged = dict(below)
    for name, node in above.items():
        merged[name] = overlaid(below[name], node) if name in below else node
    return replace(lower, value=merged)


def plain(node: Node) -> Any:
    """Return the value that *node* was made from."""
    if isinstance(node.value, dict):
        return {name: plain(entry) for name, entry in node.value.items()}
    return [plain(entry) for entry in node.value] if isinstance(node.value, list) else node.value


def _node(value: Any, path: KeyPath, positions: Positions) -> Node:
    inner: Any = value
    if isinstance(value, dict):
        inner = {name: _node(entry, (*path, name), positions) for name, entry in value.items()}
    elif isinstance(value, list):
        inner = [_node(entry, (*path, index), positions) for index, entry in enumerate(value)]
    return Node(inner, positions.value(path), positions.key(path), positions.inside(path))


def _not_toml(path: str, text: str, message: str) -> Problem:
    parts = _TOML_PLACE.fullmatch(message)
    what = parts[1] if parts else message
    if parts and parts[2] and (again := _TABLE_AGAIN.fullmatch(what)):
        # tomllib points behind the header; a person looks for its name.
        name = ".".join(part.strip(" '\"") for part in again[1].split(","))
        header = text.split("\n")[int(parts[2]) - 1]
        column = len(header) - len(header.lstrip(" \t[")) + 1
        return Problem(Location(path, int(parts[2]), column), f"the table {name} again", "each table once in a file")
    if parts and parts[2]:
        return Problem(Location(path, int(parts[2]), int(parts[3])), f"no valid TOML: {what}")
    last = text.count("\n") + 1
    return Problem(Location(path, last, len(text) - text.rfind("\n")), f"no valid TOML: {what}, at the end of the file")
