"""Conditions as Polars expressions: one column of true, false and null (unknown).

Columns are named like their signals: numbers of any width, text, days (Date), true or false, and phases as text out of
PHASES. Numbers in columns are never NaN. Nothing of a condition's text reaches Polars but constants and column names.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, Final, cast

import polars as pl

from connectors.model import PHASES
from rules.language.condition import Condition
from rules.language.expression import (
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
    walk,
)
from rules.language.signal import SignalType

_RANK: Final = {phase: rank for rank, phase in enumerate(PHASES)}
_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_polars(condition: Condition) -> pl.Expr:
    """Return the condition as a boolean expression by SQL's three-valued logic.

    Text is compared exactly, case and accents included, and ordered by code point. Division by zero, and a number or
    date out of range, is unknown.
    """
    return compiled(condition.tree)


def compiled(node: Expression) -> pl.Expr:
    """Return a checked expression as `to_polars` returns a condition."""
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
            return _settled(node.operand).is_null()
        case Among():
            return _among(node)
        case Like():
            return _like(compiled(node.operand), node.pattern, ignore_case=node.ignore_case)
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
    parts = [compiled(operand) for operand in operands]
    return reduce(pairwise, parts) if len(parts) <= 8 else horizontally(parts)


def _opposite(operand: Expression) -> pl.Expr:
    if isinstance(operand, IsNull):
        return _settled(operand.operand).is_not_null()
    return ~compiled(operand)


def _among(node: Among) -> pl.Expr:
    values = [option.value for option in node.options]
    if node.operand.type is SignalType.NUMBER:
        return _settled(node.operand).cast(pl.Float64).is_in([float(cast("float", value)) for value in values])
    return compiled(node.operand).is_in(values)


def _comparison(node: Compare) -> pl.Expr:
    if node.left.type is SignalType.PHASE:
        return _phase_comparison(node)
    return cast("pl.Expr", _COMPARE[node.operator](_settled(node.left), _settled(node.right)))


def _phase_comparison(node: Compare) -> pl.Expr:
    """Compare phases by their place in PHASES.

    A phase written in the condition becomes the list of phases that satisfy it: much quicker than ranks.
    """
    left, right, compare = node.left, node.right, _COMPARE[node.operator]
    if isinstance(left, Constant):
        left, right, compare = right, left, _COMPARE[_MIRRORED[node.operator]]
    if isinstance(right, Constant):
        rank = _RANK[str(right.value)]
        return compiled(left).is_in([phase for phase in PHASES if compare(_RANK[phase], rank)])
    return cast("pl.Expr", compare(_rank(left), _rank(right)))


def _rank(node: Expression) -> pl.Expr:
    return compiled(node).replace_strict(_RANK, default=None, return_dtype=pl.Int8)


def _like(subject: pl.Expr, pattern: str, *, ignore_case: bool) -> pl.Expr:
    """Match the whole text against a regular expression in which only the wild cards are not literal."""
    parts: list[str] = []
    escaped = False
    for character in pattern:
        if escaped and character not in "%_\\":
            parts.append(_literally("\\"))
        if not escaped and character == "\\":
            escaped = True
            continue
        wild = "" if escaped else {"%": ".*", "_": "."}.get(character, "")
        parts.append(wild or _literally(character))
        escaped = False
    if escaped:
        parts.append(_literally("\\"))
    # With s, % spans line breaks as it does in SQL.
    flags = "si" if ignore_case else "s"
    return subject.str.contains(rf"(?{flags})\A(?:{''.join(parts)})\z")


def _literally(character: str) -> str:
    # By code point, so that no character of a pattern is syntax to the regular expression.
    return rf"\x{{{ord(character):X}}}"


def _float(node: Expression) -> pl.Expr:
    """Return a number as a float, so that no narrow integer column wraps around."""
    if isinstance(node, Constant):
        return pl.lit(float(cast("float", node.value)))
    return compiled(node).cast(pl.Float64)


def _arithmetic(node: Arithmetic) -> pl.Expr:
    if node.left.type is SignalType.DATE:
        return _date_arithmetic(node)
    left, right = _float(node.left), _float(node.right)
    match node.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / _unless_zero(node.right, right)
        case "%":  # as in SQL, the sign is the dividend's
            return left.sign() * (left.abs() % _unless_zero(node.right, right).abs())


def _unless_zero(node: Expression, divisor: pl.Expr) -> pl.Expr:
    if isinstance(node, Constant):
        return divisor
    if isinstance(node, Column):  # twice as quick, but it names the divisor twice: see _settled
        return pl.when(divisor != 0).then(divisor)
    return divisor.replace(0.0, None)


def _settled(node: Expression) -> pl.Expr:
    """Return a value as a comparison needs it: a number that has run out of range is unknown.

    This names the value twice, so it is done here, where numbers end, and never inside them: nested, it would double
    the expression with each level.
    """
    value = compiled(node)
    if node.type is not SignalType.NUMBER:
        return value
    if any(isinstance(part, Arithmetic) and part.operator in {"*", "/"} for part in walk(node)):
        return pl.when(value.is_finite()).then(value)
    return value


def _date_arithmetic(node: Arithmetic) -> pl.Expr:
    """Count in days since the epoch; days that no date can have are unknown, and parts of a day are dropped."""
    left = _days(node.left)
    if node.right.type is SignalType.DATE:
        return left - _days(node.right)
    shift = _float(node.right).cast(pl.Int64, strict=False)
    moved = left + shift if node.operator == "+" else left - shift
    return moved.cast(pl.Int32, strict=False).cast(pl.Date)


def _days(node: Expression) -> pl.Expr:
    return compiled(node).cast(pl.Date).cast(pl.Int32).cast(pl.Int64)


def _call(node: Call) -> pl.Expr:
    first, *rest = (compiled(argument) for argument in node.arguments)
    match node.function:
        case "COALESCE":
            return pl.coalesce(first, *rest)
        case "LOWER":
            return first.str.to_lowercase()
        case "UPPER":
            return first.str.to_uppercase()
        case "TRIM":
            return first.str.strip_chars()
        case "LENGTH":
            return first.str.len_chars()
        case "STARTS_WITH":
            return first.str.starts_with(rest[0])
        case "CONTAINS":
            return first.str.contains(rest[0], literal=True)
        case "ABS":
            return _float(node.arguments[0]).abs()
        case _:
            return _rounded(node)


def _rounded(node: Call) -> pl.Expr:
    """Round halves away from zero, as people and SQL do."""
    digits = cast("Constant", node.arguments[1]).value if len(node.arguments) == 2 else 0
    return _float(node.arguments[0]).round(cast("int", digits), mode="half_away_from_zero")
