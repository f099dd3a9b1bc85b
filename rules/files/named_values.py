"""Texts that conditions compare signals with, so that they can be held against the values that deals have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from rules.language.condition import Condition
from rules.language.errors import nearest, shown
from rules.language.expression import Among, Column, Compare, Constant, Expression, walk
from rules.language.location import Location
from rules.language.signal import SignalType
from rules.model import RuleSet

SHIPPED = "packs/"
"""Begins the path of every shipped rule file, whose values other orgs may have."""

_LISTED = 5


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A text that a condition compares a signal with, and the place of the condition."""

    signal: str
    value: str
    location: Location

    def unmatched(self, values: Set[str]) -> str:
        """Return the warning that no deal has this value, with the values that deals have."""
        known = sorted(values)
        listed = ", ".join(shown(value) for value in known[:_LISTED])
        there = f"deals have {listed}{' and others' if len(known) > _LISTED else ''}" if known else "no deal has any"
        close = nearest(self.value, values)
        hint = f"; did you mean {shown(close)}?" if close else ""
        return f"{self.location}: no deal has {self.signal} = {shown(self.value)}; {there}{hint}"


def named_values(ruleset: RuleSet) -> Iterator[NamedValue]:
    """Yield every text that the operator's own conditions compare a signal with; shipped conditions are left out."""
    conditions = [condition for rule in ruleset.rules if rule.mode != "off" for condition in rule.conditions]
    conditions += [condition for _, condition in ruleset.segments]
    conditions += [condition for condition in (ruleset.scope, ruleset.pilot) if condition is not None]
    for condition in conditions:
        if not condition.location.path.startswith(SHIPPED):
            yield from _in_condition(condition)


def unmatched(ruleset: RuleSet, values: Mapping[str, Set[str]]) -> list[str]:
    """Return a warning for each named value that is not among the *values* of its signal."""
    named = (value for value in dict.fromkeys(named_values(ruleset)) if value.signal in values)
    return [value.unmatched(values[value.signal]) for value in named if value.value not in values[value.signal]]


def _in_condition(condition: Condition) -> Iterator[NamedValue]:
    for node in walk(condition.tree):
        for signal, value in _compared(node):
            yield NamedValue(signal, value, condition.location)


def _compared(node: Expression) -> Iterator[tuple[str, str]]:
    match node:
        case Compare(operator="=" | "<>", left=left, right=right):
            pairs = [(left, right), (right, left)]
        case Among(operand=operand, options=options):
            pairs = [(operand, option) for option in options]
        case _:
            return
    for column, constant in pairs:
        if isinstance(column, Column) and column.type is SignalType.TEXT and isinstance(constant, Constant):
            yield column.name, str(constant.value)
