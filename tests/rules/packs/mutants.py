"""Rules made a little wrong: every threshold moved, every comparison loosened, every part left out in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from connectors.model import PHASES
from rules.language.condition import Condition
from rules.language.expression import (
    AllOf,
    Among,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    IsNull,
    Like,
    Negative,
    Not,
)
from rules.language.signal import SignalType
from rules.model import Level, Rule, Severity

_T = TypeVar("_T")
_LOOSER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield each wrong rule with a word on what is wrong with it."""
    for name in ("applies", "when"):
        condition: Condition | None = getattr(rule, name)
        if condition is not None:
            for what, wrong in _conditions(condition):
                yield f"{name}: {what}", replace(rule, **{name: wrong})
            if name == "applies":
                yield "applies always", replace(rule, applies=None)
    yield from _severities(rule)
    yield from _levels(rule)


def _severities(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for place, case in enumerate(rule.severity):
        if len(rule.severity) > 1:
            yield f"no {case.severity.word}", replace(rule, severity=_without(rule.severity, place))
        if case.where is not None:
            for what, wrong in _conditions(case.where):
                cases = _with(rule.severity, place, replace(case, where=wrong))
                yield f"{case.severity.word}: {what}", replace(rule, severity=cases)


def _levels(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for place, level in enumerate(rule.levels):
        if len(rule.levels) > 1:
            yield f"no level {place}", replace(rule, levels=_without(rule.levels, place))
        for thresholds in _thresholds(level):
            levels = _with(rule.levels, place, replace(level, thresholds=thresholds))
            yield f"level {place}: {thresholds}", replace(rule, levels=levels)
        if level.where is not None:
            for what, wrong in _conditions(level.where):
                yield (
                    f"level {place}: {what}",
                    replace(rule, levels=_with(rule.levels, place, replace(level, where=wrong))),
                )


def _thresholds(level: Level) -> Iterator[Mapping[Severity, float]]:
    for severity, bound in level.thresholds.items():
        yield {word: value for word, value in level.thresholds.items() if word is not severity}
        for moved in _moved(bound):
            yield {**level.thresholds, severity: moved}


def _conditions(condition: Condition) -> Iterator[tuple[str, Condition]]:
    for tree in _trees(condition.tree):
        yield str(tree), replace(condition, tree=tree)


def _trees(node: Expression) -> Iterator[Any]:
    match node:
        case Constant(value=str() as phase, type=SignalType.PHASE):
            place = PHASES.index(phase)
            yield from (replace(node, value=PHASES[at]) for at in (place - 1, place + 1) if 0 <= at < len(PHASES))
        case Constant(type=SignalType.NUMBER):
            yield from (replace(node, value=moved) for moved in _moved(float(node.value)))  # type: ignore[arg-type]
        case Compare():
            yield replace(node, operator=_LOOSER[node.operator])
            yield from (replace(node, left=left) for left in _trees(node.left))
            yield from (replace(node, right=right) for right in _trees(node.right))
        case AllOf() | AnyOf():
            for place, operand in enumerate(node.operands):
                rest = _without(node.operands, place)
                yield replace(node, operands=rest) if len(rest) > 1 else rest[0]
                yield from (replace(node, operands=_with(node.operands, place, wrong)) for wrong in _trees(operand))
        case Not():
            yield node.operand
            yield from (replace(node, operand=wrong) for wrong in _trees(node.operand))
        case Among() if len(node.options) > 1:
            yield from (replace(node, options=_without(node.options, place)) for place in range(len(node.options)))
        case IsNull() | Negative() | Like():
            yield from (replace(node, operand=wrong) for wrong in _trees(node.operand))
        case Arithmetic():
            yield from (replace(node, left=left) for left in _trees(node.left))
            yield from (replace(node, right=right) for right in _trees(node.right))
        case Call():
            for place, argument in enumerate(node.arguments):
                yield from (replace(node, arguments=_with(node.arguments, place, wrong)) for wrong in _trees(argument))


def _moved(bound: float) -> tuple[float, float]:
    """Return the bounds next to *bound*: 1 away for whole numbers, a little for shares and factors."""
    step = 1.0 if bound == int(bound) else 0.03
    return bound - step, bound + step


def _without(items: Sequence[_T], place: int) -> tuple[_T, ...]:
    return (*items[:place], *items[place + 1 :])


def _with(items: Sequence[_T], place: int, item: _T) -> tuple[_T, ...]:
    return (*items[:place], item, *items[place + 1 :])
