"""Reads one rule out of its table, with everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from rules.condition import Condition
from rules.errors import nearest, shown
from rules.fields import Table
from rules.model import Rule, SignalType
from rules.rule_cases import read_cases
from rules.rule_levels import HUGE, check_levels, read_levels, read_severities

_WORDING: Final = ("evidence", "advice", "done")
_OF_MEASURE: Final = ("measure", "worse", "levels")
_OF_CONDITION: Final = ("when", "severity")
_KEYS: Final = (
    *("title", "family", "about", "applies", "when", "severity", "measure", "worse", "levels", "target"),
    *(*_WORDING, "ask", "steward", "reviewed", "source", "cases"),
)
_NOT_YET: Final = ("for", "keep_for", "applies_also", "mode", "escalate", "scope")


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule is checked against besides the signals.

    *complete* says that every file could be read: otherwise what seems to be missing may well be there. *similar* is
    the rule that this one was perhaps meant to change.
    """

    pack: str
    families: Collection[str]
    segments: Sequence[str]
    complete: bool = True
    similar: str = ""


def read_rule(rule_id: str, fields: Table, context: RuleContext) -> Rule | None:
    """Give the rule, or None with at least one problem noted."""
    before = len(fields.problems.found)
    fields.allow(_KEYS, "rule key", _NOT_YET)
    measured = _shape(rule_id, fields, context)
    title, family = fields.text("title"), _family(fields, context)
    wording = {name: fields.template(name) or "" for name in (*_WORDING, "ask")}
    worse = cast("Literal['lower', 'higher'] | None", fields.word("worse", ("lower", "higher")))
    levels = tuple(read_levels(fields, context.segments)) if measured else ()
    target = fields.number("target", -HUGE, HUGE)
    check_levels(fields, worse, levels, target)
    applies, when, measure = fields.condition("applies"), fields.condition("when"), _measure(fields)
    severity = () if measured else tuple(read_severities(fields))
    cases = tuple(read_cases(fields))
    steward, reviewed, source = fields.text("steward"), fields.day("reviewed"), fields.text("source")
    about = cast("Literal['absence', 'recency']", fields.word("about", ("absence", "recency")) or "absence")
    if len(fields.problems.found) > before:
        return None
    conditions = [applies, when, *(level.where for level in levels), *(one.where for one in severity)]
    return Rule(
        id=rule_id,
        title=title or "",
        family=family or "",
        pack=context.pack,
        location=fields.node.key,
        about=about,
        applies=applies,
        when=when,
        severity=severity,
        measure=measure,
        worse=worse,
        levels=levels,
        target=target,
        steward=steward or "",
        reviewed=reviewed,
        source=source or "",
        cases=cases,
        signals=_names(conditions) | ({measure} if measure else set()),
        **wording,
    )


def _names(conditions: Sequence[Condition | None]) -> frozenset[str]:
    return frozenset().union(*(one.names for one in conditions if one is not None))


def _shape(rule_id: str, fields: Table, context: RuleContext) -> bool:
    """Check which of the two kinds of rule this is, and that nothing of it is missing; say whether it measures."""
    measured = "measure" in fields or ("when" not in fields and ("levels" in fields or "worse" in fields))
    own = _OF_MEASURE if measured else _OF_CONDITION
    other = _OF_CONDITION if measured else (*_OF_MEASURE, "target")
    if context.complete:
        fields.require(("title", "family", *own, *_WORDING), f"rule {shown(rule_id)}", context.similar)
    for name in other:
        entry = fields.get(name)
        if entry is not None:
            kinds = "either when and severity, or measure, worse and levels"
            fields.problems.add(entry.key, f"{name} in a rule that has {own[0]}", kinds)
    return measured


def _family(fields: Table, context: RuleContext) -> str | None:
    entry, name = fields.get("family"), fields.text("family")
    if entry is not None and name is not None and context.complete and name not in context.families:
        suggestion = nearest(name, context.families)
        fields.problems.add(entry.location, f"unknown family {shown(name)}", "a family of some rule file", suggestion)
    return name


def _measure(fields: Table) -> str | None:
    entry, name = fields.get("measure"), fields.text("measure")
    if entry is None or name is None:
        return None
    signal = fields.problems.catalogue.get(name)
    if signal is None:
        suggestion = nearest(name, fields.problems.catalogue)
        fields.problems.add(entry.inside(0), f"unknown signal {shown(name)}", "a known signal", suggestion)
    elif signal.type is not SignalType.NUMBER:
        fields.problems.add(entry.inside(0), f"the signal {shown(name)}, which is no number", "a signal to measure")
    return name
