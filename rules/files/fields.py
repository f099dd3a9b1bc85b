"""Reads the entries of a rule file's tables; what does not fit is noted, with its place, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from rules.days.span import Span
from rules.files.document import Node
from rules.language.condition import Condition, parse
from rules.language.errors import Problem, RuleError, nearest, shown
from rules.language.location import Location
from rules.language.signal import Signal
from rules.language.templates import check
from rules.model import Severity

SEVERITIES: Final[Mapping[str, Severity]] = {severity.word: severity for severity in Severity}
"""Severities by the words that rule files use."""
WORDING: Final = ("evidence", "advice", "done")
"""What every rule says."""
RULE_KEYS: Final = (
    *("title", "family", "mode", "scope", "about", "applies", "applies_also", "when", "severity"),
    *("measure", "worse", "levels", "target", "for", "keep_for"),
    *(*WORDING, "ask", "steward", "reviewed", "source", "cases"),
)
"""Every key that a rule may have."""
_HOMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(RULE_KEYS, "[rules.ID]"),
    **dict.fromkeys(("name", "version"), "[pack]"),
    **dict.fromkeys(("points", "subject", "due", "to"), "[families.NAME]"),
    **dict.fromkeys(SEVERITIES, "levels, or in the points of a family"),
    **dict.fromkeys(("given", "expect"), "[[rules.ID.cases]]"),
    **dict.fromkeys(("minimum", "fresh_days", "grace"), "[gates]"),
    **dict.fromkeys(("pipelines", "record_types", "deal_types", "include", "exclude"), "[scope]"),
    **dict.fromkeys(("from_severity", "cooldown", "subject_prefix"), "[tasks] of the config"),
    **dict.fromkeys(("tasks", "score", "quota", "calendar", "connections", "schedule", "store"), "the config"),
    "where": "levels, in severity or in [scope]",
    "is": "severity = [{ where = ..., is = ... }]",
}
"""Where keys belong that are often written into another table."""
_WHATS: Final = ("table", "rule key", "family key", "level key", "severity key", "case key", "scope key", "gates key")
_BUSINESS_DAYS: Final = re.compile(r"\s*(\d{1,3}) +business +days?\s*")
_DAYS: Final = re.compile(r"\s*(\d{1,3}) +(business +)?days?\s*")


@dataclass(slots=True)
class Problems:
    """What is being read against, and everything found wrong so far."""

    catalogue: Mapping[str, Signal]
    found: list[Problem] = field(default_factory=list)

    def add(self, location: Location, found: str, expected: str = "", suggestion: str = "") -> None:
        """Note one problem."""
        self.found.append(Problem(location, found, expected, suggestion))

    def unknown(self, node: Node, what: str, name: str, known: Collection[str]) -> None:
        """Note a key or name that is none of *known*."""
        self.add(node.key, f"unknown {what} {shown(name)}", f"one of {', '.join(known)}", nearest(name, known))

    def wrong(self, node: Node, expected: str) -> None:
        """Note a value of the wrong kind."""
        self.add(node.location, described(node.value), expected)


@dataclass(frozen=True, slots=True)
class Table:
    """One table; reading a key that is absent or wrong gives None, and only the wrong one is a problem."""

    node: Node
    problems: Problems

    def __contains__(self, name: str) -> bool:
        return name in self.node.value

    def get(self, name: str) -> Node | None:
        """Give the entry as it stands."""
        entry: Node | None = self.node.value.get(name)
        return entry

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Give every key with its entry, as written."""
        return iter(self.node.value.items())

    def allow(self, known: Collection[str], what: str, *, above: Collection[str] = ()) -> None:
        """Note every key that is not known.

        Those in *above* belong to the table that this one lies in: in TOML, what follows ``[[...]]`` is part of it.
        """
        for name, entry in self.entries():
            if name not in known and name in above:
                self.problems.add(entry.key, f"the rule key {shown(name)} as {what}", "it above the first [[...]]")
            elif name not in known and (home := _home(name, entry, what)):
                self.problems.add(entry.key, f"{shown(name)} as {what}", f"it in {home}", nearest(name, known))
            elif name not in known:
                self.problems.unknown(entry, what, name, known)

    def require(self, names: Collection[str], what: str, suggest: Callable[[], str] = str) -> bool:
        """Note the keys that are missing, with what was meant; say whether all are there."""
        missing = [name for name in names if name not in self]
        if missing:
            found = f"{what} without {', '.join(missing)}"
            self.problems.add(self.node.key, found, "every key that it needs", suggest())
        return not missing

    def table(self, name: str) -> Table | None:
        """Give an entry that is a table itself."""
        entry = self.get(name)
        return None if entry is None else table(entry, self.problems)

    def text(self, name: str) -> str | None:
        """Give a text that says something."""
        entry = self.get(name)
        if entry is None:
            return None
        if not isinstance(entry.value, str) or not entry.value.strip():
            self.problems.wrong(entry, "text")
            return None
        return entry.value

    def word(self, name: str, choices: Collection[str]) -> str | None:
        """Give one of a few words."""
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
        """Give a number from *low* to *high*."""
        entry = self.get(name)
        if entry is None:
            return None
        value = entry.value
        fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool) and low <= value <= high
        if not fits:
            kind = "a whole number" if whole else "a number"
            self.problems.wrong(entry, f"{kind} from {low:,g} to {high:,g}")
            return None
        return float(value)

    def day(self, name: str) -> date | None:
        """Give a day."""
        entry = self.get(name)
        if entry is None:
            return None
        if not isinstance(entry.value, date) or isinstance(entry.value, datetime):
            self.problems.wrong(entry, "a day without quotes, such as 2026-01-31")
            return None
        return entry.value

    def business_days(self, name: str) -> int | None:
        """Give a number of business days, written out."""
        entry = self.get(name)
        if entry is None:
            return None
        written = _BUSINESS_DAYS.fullmatch(entry.value) if isinstance(entry.value, str) else None
        if written is None:
            self.problems.wrong(entry, "a number of business days such as '3 business days'")
            return None
        return int(written[1])

    def span(self, name: str) -> Span | None:
        """Give a number of whole days or business days, written out."""
        entry = self.get(name)
        if entry is None:
            return None
        written = _DAYS.fullmatch(entry.value) if isinstance(entry.value, str) else None
        if written is None:
            self.problems.wrong(entry, "a number of days such as '2 business days' or '3 days'")
            return None
        return Span(int(written[1]), written[2] is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts; none where it is absent."""
        entry = self.get(name)
        if entry is None:
            return ()
        listed = entry.value if isinstance(entry.value, list) else []
        if not listed or not all(isinstance(one.value, str) and one.value.strip() for one in listed):
            self.problems.wrong(entry, "a list of texts")
            return ()
        return tuple(one.value for one in listed)

    def condition(self, name: str) -> Condition | None:
        """Give a checked condition."""
        entry = self.get(name)
        return None if entry is None else condition(entry, self.problems)

    def template(self, name: str) -> str | None:
        """Give a checked template."""
        written = self.text(name)
        if written is None:
            return None
        node = self.node.value[name]
        faults = check(written, self.problems.catalogue, node.inside(0), place=node.inside)
        self.problems.found += faults
        return None if faults else written


def table(node: Node, problems: Problems) -> Table | None:
    """Give *node* as a table, or note that it is none."""
    if node.table() is None:
        problems.wrong(node, "a table")
        return None
    return Table(node, problems)


def condition(node: Node, problems: Problems) -> Condition | None:
    """Give the condition that *node* holds, or note everything wrong with it."""
    if not isinstance(node.value, str):
        problems.wrong(node, "a condition in quotes")
        return None
    try:
        return parse(node.value, problems.catalogue, node.inside(0), place=node.inside)
    except RuleError as error:
        problems.found += error.problems
        return None


def described(value: Any) -> str:
    """Say what a value of a TOML file is."""
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


def _home(name: str, entry: Node, what: str) -> str:
    """Say where a key belongs that is in the wrong table, if that can be told."""
    inside = entry.table()
    if what == "table" and inside and not set(RULE_KEYS).isdisjoint(inside):
        return f"[rules.{name}]"
    return _HOMES.get(name, "") if what in _WHATS else ""
