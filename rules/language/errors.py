"""What is wrong with rule files, said so that the person who wrote them can put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from rules.language.location import Location


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what was found there, and what would be right.

    *message* says what was found. *expected* and *suggestion* (the nearest known name) may be empty.
    """

    location: Location
    message: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        line = f"{self.location}: {self.message}"
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
        # Two passes over a file may note the same problem, so each counts once.
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems), key=_in_order_of_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _in_order_of_place(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.location
    return place.path, place.line, place.column, problem.message


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that *name* was probably meant to be, or an empty text."""
    # Cut, since comparing grows with the square of the length, and a key may be as long as a file.
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = get_close_matches(name.casefold()[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def shown(text: str, limit: int = 40) -> str:
    """Quote *text* for a message: on one line, and no longer than *limit*."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def as_written(text: str, start: Location) -> Callable[[int], Location]:
    """Return a function from an offset in *text* to its place, where the file has *text* as it is, from *start* on."""

    def place(offset: int) -> Location:
        before = text[:offset]
        lines = before.count("\n")
        if lines == 0:
            return Location(start.path, start.line, start.column + offset)
        return Location(start.path, start.line + lines, offset - before.rfind("\n"))

    return place
