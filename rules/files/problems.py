"""What is wrong in the files that are being read, noted while reading goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.files.document import Node
from rules.language.errors import Problem, nearest, shown
from rules.language.location import Location
from rules.language.signal import Signal


@dataclass(slots=True)
class Problems:
    """The signals that files are read against, and every problem *noted* so far."""

    catalogue: Mapping[str, Signal]
    noted: list[Problem] = field(default_factory=list)

    def add(self, location: Location, message: str, expected: str = "", suggestion: str = "") -> None:
        """Note one problem."""
        self.noted.append(Problem(location, message, expected, suggestion))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems of a condition, template or file that was read by itself."""
        self.noted.extend(problems)

    def unknown(self, node: Node, kind: str, name: str, known: Collection[str]) -> None:
        """Note a key or name that is none of *known*."""
        self.add(node.key, f"unknown {kind} {shown(name)}", f"one of {', '.join(known)}", nearest(name, known))

    def wrong(self, node: Node, expected: str) -> None:
        """Note a value of the wrong kind."""
        self.add(node.location, described(node.value), expected)


def described(value: Any) -> str:
    """Return what a value of a TOML file is, as messages name it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}" if len(str(value)) < 30 else "a very long number"
        case str():
            return f"the text {shown(value)}" if value.strip() else "an empty text"
        case dict():
            return "a table" if value else "an empty table"
        case list():
            return "an array" if value else "an empty array"
        case _:
            return f"the time {value}"
