"""Conditions as Polars expressions: one column of true, false and null (unknown).

Columns are named like their signals: numbers of any width, text, days (Date), true or false, and phases as text out of
PHASES. Numbers in columns are never NaN. Nothing of a condition's text reaches Polars but constants and column names.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Final, cast

import polars as pl

from connectors.model import PHASES
from rules.condition import Condition
from rules.expression import (
    AllOf,
    Among,
    AnyOf,
    Arithmetic,
    Call,
    Column,
    Compare,
    Constant,
    Expression,
    IsNull,
    Like,
    Negative,
    Not,
)
from rules.model import SignalType

_RANK: Final = {phase: rank for rank, phase in enumerate(PHASES)}
_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARE: Final[dict[str, Callable[[object, object], object]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_polars(condition: Condition) -> pl.Expr:
    """Give the condition as a boolean expression by SQL's three-valued logic.

    Text is compared exactly, case and accents included, and ordered by code point. Division by zero, and a number or
    date out of range, is unknown.
    """
    return _compiled(condition.tree)


def _compiled(node: Expression) -> pl.Expr:
    match node:
        case Column():
            return pl.col(node.name)
        case Constant():
            return pl.lit(node.value)
        case Compare():
            return _comparison(node)
        case AllOf():
            return _joined(node.operands, operator.and_, pl.all_horizontal)
        case AnyOf():
            return _joined(node.operands, operator.or_, pl.any_horizontal)
        case Not():
            return _opposite(node.operand)
        case IsNull():
            return _compiled(node.operand).is_null()
        case Among():
            return _compiled(node.operand).is_in([option.value for option in node.options])
        case Like():
            return _like(_compiled(node.operand), node.pattern, ignore_case=node.ignore_case)
        case Negative():
            return -_float(node.operand)
        case Arithmetic():
            return _arithmetic(node)
        case Call():
            return _call(node)


def _joined(
    operands: tuple[Expression, ...],
    pairwise: Callable[[pl.Expr, pl.Expr], pl.Expr],
    horizontally: Callable[[list[pl.Expr]], pl.Expr],
) -> pl.Expr:
    """Join a few operands two by two, and many at once: Polars plans long chains slowly."""
    parts = [_compiled(operand) for operand in operands]
    return reduce(pairwise, parts) if len(parts) <= 8 else horizontally(parts)


def _opposite(operand: Expression) -> pl.Expr:
    if isinstance(operand, IsNull):
        return _compiled(operand.operand).is_not_null()
    return ~_compiled(operand)


def _comparison(node: Compare) -> pl.Expr:
    if node.left.type is SignalType.PHASE:
        return _phase_comparison(node)
    return cast("pl.Expr", _COMPARE[node.operator](_compiled(node.left), _compiled(node.right)))


def _phase_comparison(node: Compare) -> pl.Expr:
    """Compare phases by their place in PHASES; a written phase becomes the list of those that satisfy it, which is quicker."""
    left, right, sign = node.left, node.right, node.operator
    if isinstance(left, Constant):
        left, right, sign = right, left, cast("type[str]", None) or _MIRRORED[sign]  # type: ignore[assignment]
    compare = _COMPARE[sign]
    if isinstance(right, Constant):
        rank = _RANK[str(right.value)]
        return _compiled(left).is_in([phase for phase in PHASES if compare(_RANK[phase], rank)])
    return cast("pl.Expr", compare(_rank(left), _rank(right)))
