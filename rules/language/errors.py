"""What is wrong with rule files, said so that the person who wrote them can put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from rules.language.location import Location


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it stands, and what would be right.

    *expected* and *suggestion* (the nearest known name) may be empty.
    """

    location: Location
    found: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        line = f"{self.location}: {self.found}"
        if self.expected:
            line += f", expected {self.expected}"
        if self.suggestion:
            line += f"; did you mean {self.suggestion!r}?"
        return line


class RuleError(Exception):
    """The rules cannot be used: show every problem and keep the rule set that runs.

    *problems* holds all of them, in order of file and place.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(
            set(problems), key=lambda it: (it.location.path, it.location.line, it.location.column, it.found)
        )
        self.problems: tuple[Problem, ...] = tuple(ordered)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the known name that *name* was probably meant to be, or nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = get_close_matches(name.casefold()[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def shown(text: str, limit: int = 40) -> str:
    """Quote *text* for a message: on one line, and no longer than *limit*."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def as_written(text: str, start: Location) -> Callable[[int], Location]:
    """Give a function from an offset in *text* to its place, for text that stands in its file from *start* as it is."""

    def place(offset: int) -> Location:
        before = text[:offset]
        lines = before.count("\n")
        if lines == 0:
            return Location(start.path, start.line, start.column + offset)
        return Location(start.path, start.line + lines, offset - before.rfind("\n"))

    return place
