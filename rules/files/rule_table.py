"""Reads one rule out of its table, with everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal, cast

from rules.files.document import Node, plain
from rules.files.fields import Table
from rules.files.keys import ABOUTS, MODES, RULE_KEYS, SCOPES, WORDING, WORSE
from rules.files.rule_cases import read_cases
from rules.files.rule_effects import check_event, read_covers, read_effects, read_number_signal
from rules.files.rule_levels import HUGE, check_levels, read_levels, read_severities
from rules.files.shared_tables import read_points
from rules.language.errors import nearest, shown
from rules.model import About, Entry, Mode, Rule

_OF_MEASURE: Final = ("measure", "worse", "levels")
_OF_CONDITION: Final = ("when", "severity")


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule is checked against besides the signals.

    *complete*: every file could be read; otherwise what seems to be missing may well be in one that could not.
    *others*: the remaining rule ids, of which this rule may have been meant to change one. *confirmed*: a file of the
    operator sets its mode, or brings it.
    """

    pack: str
    families: Collection[str]
    segments: Sequence[str]
    complete: bool = True
    others: Collection[str] = ()
    confirmed: bool = False


def read_rule(rule_id: str, fields: Table, context: RuleContext) -> Rule | None:
    """Return the rule, or None with at least one problem noted."""
    # Reading goes on after a problem, so that all are reported at once: whether any came up shows only at the end.
    before = len(fields.problems.noted)
    fields.allow(RULE_KEYS, "rule key")
    measured = _shape(rule_id, fields, context)
    worse = cast("Literal['lower', 'higher'] | None", fields.word("worse", WORSE))
    levels = tuple(read_levels(fields, context.segments)) if measured else ()
    target = fields.number("target", -HUGE, HUGE)
    check_levels(fields, worse, levels, target)
    measure = read_number_signal(fields, "measure")
    rule = Rule(
        id=rule_id,
        title=fields.text("title") or "",
        family=_family(fields, context) or "",
        pack=context.pack,
        location=fields.node.key,
        about=cast("About", fields.word("about", ABOUTS) or "absence"),
        applies=fields.condition("applies"),
        applies_also=fields.condition("applies_also"),
        when=fields.condition("when"),
        severity=() if measured else tuple(read_severities(fields)),
        measure=measure,
        worse=worse,
        levels=levels,
        target=target,
        for_=fields.span("for"),
        keep_for=fields.span("keep_for"),
        scope=cast("Literal['open', 'closed']", fields.word("scope", SCOPES) or "open"),
        explains=tuple(read_effects(fields)),
        points=(read_points(fields) if "points" in fields else None) or {},
        covers=read_covers(fields),
        count=read_number_signal(fields, "count"),
        coverage_floor=fields.number("coverage_floor", 0, 1),
        silence=fields.flag("silence"),
        cases=tuple(read_cases(fields)),
        entries=tuple(_entries(fields.node)),
        **_mode(fields, context),
        **_wording(fields),
        **_provenance(fields),
    )
    named = (condition.names for condition in rule.conditions)
    rule = replace(rule, signals=frozenset().union(*named, {measure} if measure else ()))
    check_event(fields, rule)
    return None if len(fields.problems.noted) > before else rule


def _mode(fields: Table, context: RuleContext) -> dict[str, Any]:
    mode = cast("Mode", fields.word("mode", MODES) or "on")
    return {"mode": mode, "confirmed": context.confirmed and mode == "on"}


def _wording(fields: Table) -> dict[str, Any]:
    return {name: fields.template(name) or "" for name in (*WORDING, "ask", "subject", "also")}


def _provenance(fields: Table) -> dict[str, Any]:
    texts = {name: fields.text(name) or "" for name in ("steward", "source")}
    return {**texts, "reviewed": fields.day("reviewed")}


def _entries(node: Node, path: tuple[str, ...] = ()) -> Iterator[Entry]:
    """Yield every key below *node* with its value and its place; a list is one value."""
    for name, entry in node.value.items():
        if entry.table() is None:
            yield Entry((*path, name), plain(entry), entry.key)
        else:
            yield from _entries(entry, (*path, name))


def _shape(rule_id: str, fields: Table, context: RuleContext) -> bool:
    """Whether this rule measures; keys of its kind that are missing, and keys of the other kind, are noted."""
    # Decided by the keys that are there, so that a rule is asked only for the keys of its own kind.
    measured = "measure" in fields or ("when" not in fields and ("levels" in fields or "worse" in fields))
    own = _OF_MEASURE if measured else _OF_CONDITION
    other = _OF_CONDITION if measured else (*_OF_MEASURE, "target")
    if context.complete:
        # An overlay with a misspelt id looks like a new rule without its keys: name the rule that was meant.
        meant = partial(nearest, rule_id, context.others)
        fields.require(("title", "family", *own, *WORDING), f"rule {shown(rule_id)}", meant)
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
