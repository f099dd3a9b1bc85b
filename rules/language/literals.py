"""Values that a condition writes out: numbers, texts, days, intervals, true and false."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, cast

from lark import Token, Tree

from rules.language.errors import shown
from rules.language.expression import Constant
from rules.language.signal import SignalType
from rules.language.type_rules import ConditionTypeError, Node

_MAX_NUMBER: Final = 2**53  # up to here every whole number is exact as a float


def unquoted(token: Node) -> str:
    """Return the content of a text in single quotes, in which a quote is written twice."""
    return str(token)[1:-1].replace("''", "'")


def _number(node: Tree[Token]) -> Constant:
    digits = str(node.children[0]).replace("_", "")
    value = float(digits) if "." in digits else int(digits)
    if value > _MAX_NUMBER:
        raise ConditionTypeError(node, f"the number {shown(digits)}", f"at most {_MAX_NUMBER:_}")
    return Constant(value, SignalType.NUMBER)


def _negative_number(node: Tree[Token]) -> Constant:
    positive = _number(Tree("number", node.children[1:], node.meta))
    return Constant(-cast("float", positive.value), SignalType.NUMBER)


def _text(node: Tree[Token]) -> Constant:
    return Constant(unquoted(node.children[0]), SignalType.TEXT)


def _date(node: Tree[Token]) -> Constant:
    written = unquoted(node.children[1])
    try:
        # fromisoformat also takes forms such as 20260131 and 2026-W05-6, which SQL does not.
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            raise ValueError
        return Constant(date.fromisoformat(written), SignalType.DATE)
    except ValueError:
        message = f"the date {shown(written)}"
        raise ConditionTypeError(node.children[1], message, "a day written like '2026-01-31'") from None


def _interval(node: Tree[Token]) -> Constant:
    """Return an interval as a number of days, since date minus date is one too."""
    written = unquoted(node.children[1])
    parts = re.fullmatch(r"\s*([0-9]{1,6}) +(day|week)s?\s*", written, re.IGNORECASE)
    if parts is None:
        message = f"the interval {shown(written)}"
        raise ConditionTypeError(node.children[1], message, "days or weeks, like '14 days'")
    return Constant(int(parts[1]) * (7 if parts[2].lower() == "week" else 1), SignalType.NUMBER)


def _true(_: Tree[Token]) -> Constant:
    return Constant(value=True, type=SignalType.BOOLEAN)


def _false(_: Tree[Token]) -> Constant:
    return Constant(value=False, type=SignalType.BOOLEAN)


LITERALS: Final[Mapping[str, Callable[[Tree[Token]], Constant]]] = {
    "number": _number,
    "negative_number": _negative_number,
    "text": _text,
    "date": _date,
    "interval": _interval,
    "true": _true,
    "false": _false,
}
"""How each kind of literal is read, by its rule in the grammar; a value out of bounds raises ConditionTypeError."""
