"""Reads how bad a rule's finding is: thresholds of a measure, or severities of a condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from rules.files.document import Node
from rules.files.fields import Table, table
from rules.files.keys import LEVEL_KEYS, RULE_KEYS, SEVERITIES, SEVERITY_KEYS
from rules.files.problems import Problems
from rules.language.condition import Condition, parse
from rules.language.errors import RuleError
from rules.language.location import Location
from rules.model import Level, Severity, SeverityCase

HUGE: Final = 1e15
"""Beyond any number that a threshold or target can be."""


def read_levels(fields: Table, segments: Sequence[str]) -> Iterator[Level]:
    """Yield the levels in the order in which they are tried, from an array of tables or from the shorthand."""
    entry = fields.get("levels")
    if entry is None:
        return
    if isinstance(entry.value, list) and entry.value:
        yield from _listed_levels(entry.value, fields.problems)
    elif entry.table():
        yield from _shorthand_levels(Table(entry, fields.problems), segments)
    else:
        fields.problems.wrong(entry, "a table of thresholds, or several")


def _listed_levels(entries: Sequence[Node], problems: Problems) -> Iterator[Level]:
    general = False
    for entry in entries:
        level = table(entry, problems)
        if level is None:
            continue
        level.allow(LEVEL_KEYS, "level key", above=RULE_KEYS)
        if general:
            problems.add(entry.key, "levels that are never reached", "the ones without where to stand last")
        general = general or "where" not in level
        yield Level(level.condition("where"), _thresholds(level))


def _shorthand_levels(levels: Table, segments: Sequence[str]) -> Iterator[Level]:
    """Read thresholds per segment, and those for all other deals, which are tried last."""
    for name, entry in levels.entries():
        if name in SEVERITIES:
            continue
        if name not in segments:
            levels.problems.unknown(entry, "severity or segment", name, (*SEVERITIES, *segments))
        level = table(entry, levels.problems)
        if level is not None and name in segments:
            level.allow(tuple(SEVERITIES), "severity")
            yield Level(_segment_is(name, entry, levels.problems), _thresholds(level))
    if any(word in levels for word in SEVERITIES):
        yield Level(None, _thresholds(levels))


def _segment_is(name: str, entry: Node, problems: Problems) -> Condition | None:
    # Through the parser, so that the condition compiles, prints and fingerprints like any that is written out.
    quoted = name.replace("'", "''")
    try:
        return parse(f"segment = '{quoted}'", problems.catalogue, entry.key, place=lambda _: entry.key)
    except RuleError as error:
        problems.extend(error.problems)
        return None


def _thresholds(level: Table) -> dict[Severity, float]:
    thresholds = {severity: level.number(word, -HUGE, HUGE) for word, severity in SEVERITIES.items() if word in level}
    if not thresholds:
        level.problems.add(level.node.key, "levels without a threshold", f"at least one of {', '.join(SEVERITIES)}")
    return {severity: value for severity, value in thresholds.items() if value is not None}


def check_levels(fields: Table, worse: str | None, levels: Sequence[Level], target: float | None) -> None:
    """Note thresholds that a worse value would not reach in turn, and a target that fires itself."""
    entry = fields.get("levels")
    if worse is None or entry is None:
        return
    # Multiplied by the sign, every comparison below reads as if higher were worse.
    sign = 1 if worse == "higher" else -1
    word = "above" if sign > 0 else "below"
    for place, level in zip(_level_places(entry, len(levels)), levels, strict=True):
        ordered = sorted(level.thresholds.items())
        for (mild, lesser), (bad, greater) in pairwise(ordered):
            if sign * greater <= sign * lesser:
                message = f"{bad.word} = {greater:g} beside {mild.word} = {lesser:g}, where {worse} is worse"
                fields.problems.add(place, message, f"{bad.word} {word} {mild.word}")
        target_node = fields.get("target")
        if target_node is not None and target is not None and ordered and sign * target > sign * ordered[0][1]:
            message = f"a target of {target:g} on the wrong side of {ordered[0][0].word} = {ordered[0][1]:g}"
            fields.problems.add(target_node.location, message, f"a target not {word} the mildest threshold")


def _level_places(entry: Node, count: int) -> Iterator[Location]:
    # Levels that could not be read are missing from the count; then the key of them all must do.
    places = [level.key for level in entry.value] if isinstance(entry.value, list) else []
    for index in range(count):
        yield places[index] if len(places) == count else entry.key


def read_severities(fields: Table) -> Iterator[SeverityCase]:
    """Yield the severities in the order in which they are tried, from one word or a list."""
    entry = fields.get("severity")
    if entry is None:
        return
    if not isinstance(entry.value, list) or not entry.value:
        word = fields.word("severity", tuple(SEVERITIES))
        if word:
            yield SeverityCase(None, SEVERITIES[word])
        return
    general = False
    for node in entry.value:
        case = table(node, fields.problems)
        if case is None:
            continue
        case.allow(SEVERITY_KEYS, "severity key")
        case.require(("is",), "a severity")
        if general:
            fields.problems.add(node.key, "a severity that is never reached", "the one without where to stand last")
        general = general or "where" not in case
        word = case.word("is", tuple(SEVERITIES))
        where = case.condition("where")
        if word:
            yield SeverityCase(where, SEVERITIES[word])
