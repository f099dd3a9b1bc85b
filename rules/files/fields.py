"""Reads the entries of a rule file's tables; what does not fit is noted, with its place, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from rules.days.span import Span
from rules.files.document import Node
from rules.files.keys import home_of
from rules.files.problems import Problems
from rules.language.condition import Condition, parse
from rules.language.errors import RuleError, nearest, shown
from rules.language.templates import check

# Three digits at most: nobody waits longer, and no due date can run out of the calendar.
_BUSINESS_DAYS: Final = re.compile(r"\s*(\d{1,3}) +business +days?\s*")
_DAYS: Final = re.compile(r"\s*(\d{1,3}) +(business +)?days?\s*")


@dataclass(frozen=True, slots=True)
class Table:
    """One table; reading a key that is absent or wrong gives None, and only the wrong one is a problem."""

    node: Node
    problems: Problems

    def __contains__(self, name: str) -> bool:
        return name in self.node.value

    def get(self, name: str) -> Node | None:
        """Return the entry as written, unchecked."""
        entry: Node | None = self.node.value.get(name)
        return entry

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Return every key with its entry, as written."""
        return iter(self.node.value.items())

    def allow(self, known: Collection[str], kind: str, *, above: Collection[str] = ()) -> None:
        """Note every key that is not known; *kind* says what the keys of this table are.

        Those in *above* belong to the table that this one lies in: in TOML, what follows ``[[...]]`` is part of it.
        """
        for name, entry in self.entries():
            if name not in known and name in above:
                self.problems.add(entry.key, f"the rule key {shown(name)} as {kind}", "it above the first [[...]]")
            elif name not in known and (home := home_of(name, kind, entry.table())):
                self.problems.add(entry.key, f"{shown(name)} as {kind}", f"it in {home}", nearest(name, known))
            elif name not in known:
                self.problems.unknown(entry, kind, name, known)

    def require(self, names: Collection[str], what: str, suggest: Callable[[], str] = str) -> bool:
        """Whether all of *names* are there; those that are missing are noted, with what *suggest* takes to be meant."""
        missing = [name for name in names if name not in self]
        if missing:
            message = f"{what} without {', '.join(missing)}"
            self.problems.add(self.node.key, message, "every key that it needs", suggest())
        return not missing

    def table(self, name: str) -> Table | None:
        """Return an entry that is a table itself."""
        entry = self.get(name)
        return None if entry is None else table(entry, self.problems)

    def text(self, name: str) -> str | None:
        """Return a text that is not blank."""
        entry = self.get(name)
        if entry is None:
            return None
        if not isinstance(entry.value, str) or not entry.value.strip():
            self.problems.wrong(entry, "text")
            return None
        return entry.value

    def word(self, name: str, choices: Collection[str]) -> str | None:
        """Return one of a few words."""
        entry = self.get(name)
        if entry is None:
            return None
        if not isinstance(entry.value, str):
            self.problems.wrong(entry, f"one of {', '.join(choices)}")
        elif entry.value not in choices:
            expected = f"one of {', '.join(choices)}"
            self.problems.add(
                entry.location, f"{shown(entry.value)} as {name}", expected, nearest(entry.value, choices)
            )
        else:
            return entry.value
        return None

    def number(self, name: str, low: float, high: float, *, whole: bool = False) -> float | None:
        """Return a number from *low* to *high*."""
        entry = self.get(name)
        if entry is None:
            return None
        value = entry.value
        # In Python true is a whole number, in TOML it is none.
        fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool) and low <= value <= high
        if not fits:
            kind = "a whole number" if whole else "a number"
            self.problems.wrong(entry, f"{kind} from {low:,g} to {high:,g}")
            return None
        return float(value)

    def flag(self, name: str) -> bool:
        """Return true or false as written, false where it is absent."""
        entry = self.get(name)
        if entry is not None and not isinstance(entry.value, bool):
            self.problems.wrong(entry, "true or false")
        return entry is not None and entry.value is True

    def day(self, name: str) -> date | None:
        """Return a day."""
        entry = self.get(name)
        if entry is None:
            return None
        # In Python a time is a day too; a rule file that writes a time means something else.
        if not isinstance(entry.value, date) or isinstance(entry.value, datetime):
            self.problems.wrong(entry, "a day without quotes, such as 2026-01-31")
            return None
        return entry.value

    def business_days(self, name: str) -> int | None:
        """Return a number of business days, written out."""
        entry = self.get(name)
        if entry is None:
            return None
        written = _BUSINESS_DAYS.fullmatch(entry.value) if isinstance(entry.value, str) else None
        if written is None:
            self.problems.wrong(entry, "a number of business days such as '3 business days'")
            return None
        return int(written[1])

    def span(self, name: str) -> Span | None:
        """Return a number of whole days or business days, written out."""
        entry = self.get(name)
        if entry is None:
            return None
        written = _DAYS.fullmatch(entry.value) if isinstance(entry.value, str) else None
        if written is None:
            self.problems.wrong(entry, "a number of days such as '2 business days' or '3 days'")
            return None
        return Span(int(written[1]), written[2] is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; none where it is absent."""
        entry = self.get(name)
        if entry is None:
            return ()
        nodes = entry.value if isinstance(entry.value, list) else []
        if not nodes or not all(isinstance(node.value, str) and node.value.strip() for node in nodes):
            self.problems.wrong(entry, "a list of texts")
            return ()
        return tuple(node.value for node in nodes)

    def condition(self, name: str) -> Condition | None:
        """Return a checked condition."""
        entry = self.get(name)
        return None if entry is None else condition(entry, self.problems)

    def template(self, name: str) -> str | None:
        """Return a checked template."""
        written = self.text(name)
        if written is None:
            return None
        node = self.node.value[name]
        faults = check(written, self.problems.catalogue, node.inside(0), place=node.inside)
        self.problems.extend(faults)
        return None if faults else written


def table(node: Node, problems: Problems) -> Table | None:
    """Return *node* as a table; None, with a problem noted, if it is none."""
    if node.table() is None:
        problems.wrong(node, "a table")
        return None
    return Table(node, problems)


def condition(node: Node, problems: Problems) -> Condition | None:
    """Return the condition that *node* holds; None, with everything noted that is wrong with it."""
    if not isinstance(node.value, str):
        problems.wrong(node, "a condition in quotes")
        return None
    try:
        return parse(node.value, problems.catalogue, node.inside(0), place=node.inside)
    except RuleError as error:
        problems.extend(error.problems)
        return None
