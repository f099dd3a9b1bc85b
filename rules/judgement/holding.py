"""A rule as one condition: where it holds, where it still can while some signals are masked, and how it reads then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeVar

from rules.language.condition import Condition
from rules.language.expression import (
    AllOf,
    AnyOf,
    Column,
    Compare,
    Comparison,
    Constant,
    Expression,
    Not,
    walk,
)
from rules.language.signal import SignalType
from rules.model import Level, Rule, SeverityCase

UNKNOWN: Final = Column("_unknown", SignalType.BOOLEAN)
"""A condition that is unknown on every deal: a column of nothing, which whoever evaluates conditions adds."""

UNKNOWN_NUMBER: Final = "_unknown_number"
"""The same for a number that a rule measures."""

_Row = TypeVar("_Row", Level, SeverityCase)


@lru_cache(maxsize=4096)
def names_in(node: Expression) -> frozenset[str]:
    """Return the signals that an expression names."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Column))


def holds(rule: Rule) -> Expression:
    """Return the condition under which *rule* holds at any severity; unknown where its verdict is."""
    conditions = [condition.tree for condition in (rule.applies, rule.applies_also, rule.when) if condition is not None]
    if rule.when is not None:
        picked = _picked([(None if case.where is None else case.where.tree, None) for case in rule.severity])
    else:
        rows = [(None if level.where is None else level.where.tree, _crossed(rule, level)) for level in rule.levels]
        picked = _picked(rows)
    if picked is not None:
        conditions.append(picked)
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _picked(rows: Sequence[tuple[Expression | None, Expression | None]]) -> Expression | None:
    """Return the condition that the first row whose where holds is met; None where it always is."""
    condition: Expression | None = _NEVER
    for where, met in reversed(rows):
        if where is None:
            condition = met
            continue
        here = where if met is None else AllOf((where, met))
        if condition is None:
            condition = AnyOf((where, Not(where))) if met is None else AnyOf((here, Not(where)))
        elif condition == _NEVER:
            condition = here
        else:
            condition = AnyOf((here, AllOf((Not(where), condition))))
    return condition


_NEVER: Final = Constant(value=False, type=SignalType.BOOLEAN)


def _crossed(rule: Rule, level: Level) -> Expression:
    """Return the condition that the measure has reached the mildest threshold of *level*."""
    assert rule.measure is not None
    higher = rule.worse == "higher"
    sign: Comparison = ">=" if higher else "<"
    bounds = level.thresholds.values()
    bound = Constant(min(bounds) if higher else max(bounds), SignalType.NUMBER)
    return Compare(sign, Column(rule.measure, SignalType.NUMBER), bound)


def masked(rule: Rule, names: frozenset[str]) -> Rule:
    """Return *rule* with every comparison of a signal among *names* unknown, IS NULL included.

    What is not kept well enough to judge by is not known to be empty either.
    """
    measured = rule.measure in names
    return replace(
        rule,
        applies=_without(rule.applies, names),
        applies_also=_without(rule.applies_also, names),
        when=_without(rule.when, names),
        severity=_rows(rule.severity, names),
        levels=_rows(rule.levels, names),
        measure=UNKNOWN_NUMBER if measured else rule.measure,
    )


def _rows(rows: tuple[_Row, ...], names: frozenset[str]) -> tuple[_Row, ...]:
    return tuple(replace(row, where=_without(row.where, names)) for row in rows)


def _without(condition: Condition | None, names: frozenset[str]) -> Condition | None:
    if condition is None or names.isdisjoint(condition.names):
        return condition
    return replace(condition, tree=_blinded(condition.tree, names))


def _blinded(node: Expression, names: frozenset[str]) -> Expression:
    match node:
        case AllOf():
            return AllOf(tuple(_blinded(operand, names) for operand in node.operands))
        case AnyOf():
            return AnyOf(tuple(_blinded(operand, names) for operand in node.operands))
        case Not():
            return Not(_blinded(node.operand, names))
        case _:
            return node if names.isdisjoint(names_in(node)) else UNKNOWN


@lru_cache(maxsize=65536)
def can_be(node: Expression, names: frozenset[str], *, true: bool = True) -> bool:
    """Whether a condition can come out *true*, or false if not so, on some deal while *names* are masked."""
    match node:
        case AllOf():
            outcomes = (can_be(operand, names, true=true) for operand in node.operands)
            return all(outcomes) if true else any(outcomes)
        case AnyOf():
            outcomes = (can_be(operand, names, true=true) for operand in node.operands)
            return any(outcomes) if true else all(outcomes)
        case Not():
            return can_be(node.operand, names, true=not true)
        case Constant():
            return node.value is true
        case _:
            return names.isdisjoint(names_in(node))


def atoms(node: Expression, *, positive: bool = True) -> Iterator[tuple[Expression, bool]]:
    """Yield the comparisons that a condition joins, each with whether it helps the condition by being true."""
    match node:
        case AllOf() | AnyOf():
            for operand in node.operands:
                yield from atoms(operand, positive=positive)
        case Not():
            yield from atoms(node.operand, positive=not positive)
        case _:
            yield node, positive
