"""Which types of values go together, and what an operator or function makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from lark import Token, Tree

from connectors.model import PHASES
from rules.language.errors import nearest, shown
from rules.language.expression import FUNCTIONS, Arithmetic, Constant, Expression, Operator, Signature, walk
from rules.language.signal import SignalType

Node: TypeAlias = Tree[Token] | Token

_AGGREGATES: Final = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST", "LAST", "MEDIAN", "STDDEV"})
_NUMBER, _DATE = SignalType.NUMBER, SignalType.DATE

TYPE_NAMES: Final = {
    SignalType.BOOLEAN: "true or false",
    SignalType.NUMBER: "a number",
    SignalType.TEXT: "text",
    SignalType.DATE: "a date",
    SignalType.PHASE: "a phase",
}
"""How messages name a value of each type; lists have no name, since conditions cannot hold one."""


@dataclass(frozen=True, slots=True)
class ConditionTypeError(Exception):
    """A part of a condition that makes no sense; *node* is where to point."""

    node: Node
    message: str
    expected: str = ""
    suggestion: str = ""


def require(node: Node, expression: Expression, expect: SignalType, where: str) -> None:
    """Check the type of one value.

    Raises:
        ConditionTypeError: it has another type.
    """
    if expression.type is not expect:
        raise ConditionTypeError(node, f"{TYPE_NAMES[expression.type]} {where}", TYPE_NAMES[expect])


def comparable(first: Node, left: Expression, second: Node, right: Expression) -> tuple[Expression, Expression]:
    """Return two values in a form in which they compare; a text beside a phase becomes a phase.

    Raises:
        ConditionTypeError: they have different types, or the text names no phase.
    """
    if left.type is SignalType.PHASE:
        right = _as_phase(second, right)
    elif right.type is SignalType.PHASE:
        left = _as_phase(first, left)
    if left.type is not right.type:
        expected = TYPE_NAMES[left.type]
        if {left.type, right.type} == {_DATE, SignalType.TEXT}:
            expected = "a date on both sides, written like DATE '2026-01-31'"
        message = f"{TYPE_NAMES[right.type]} compared with {TYPE_NAMES[left.type]}"
        raise ConditionTypeError(second, message, expected)
    return left, right


def _as_phase(node: Node, expression: Expression) -> Expression:
    if not isinstance(expression, Constant) or not isinstance(expression.value, str):
        return expression
    if expression.value not in PHASES:
        expected = f"one of {', '.join(PHASES)}"
        message = f"unknown phase {shown(expression.value)}"
        raise ConditionTypeError(node, message, expected, nearest(expression.value, PHASES))
    return Constant(expression.value, SignalType.PHASE)


def combined(left: Expression, sign: Node, child: Node, right: Expression) -> Expression:
    """Return *left* and *right* joined by the operator at *sign*; *child* is the node of *right*.

    Raises:
        ConditionTypeError: the operator does not work on these values.
    """
    operator = cast("Operator", str(sign))
    if operator in {"/", "%"} and isinstance(right, Constant) and right.value == 0:
        raise ConditionTypeError(child, "a division by 0", "a divisor that can be other than 0")
    # The compiled form of a remainder names its operand twice, so that each nesting would double the expression.
    if operator == "%" and any(isinstance(part, Arithmetic) and part.operator == "%" for part in walk(left)):
        raise ConditionTypeError(sign, "a remainder of a remainder", "one '%' only")
    kinds = (left.type, right.type)
    if kinds == (_NUMBER, _NUMBER):
        return Arithmetic(operator, left, right, _NUMBER)
    if kinds == (_DATE, _DATE) and operator == "-":
        return Arithmetic(operator, left, right, _NUMBER)
    if kinds == (_DATE, _NUMBER) and operator in {"+", "-"}:
        return Arithmetic(operator, left, right, _DATE)
    if kinds == (_NUMBER, _DATE) and operator == "+":
        return Arithmetic(operator, right, left, _DATE)
    message = f"{operator!r} between {TYPE_NAMES[left.type]} and {TYPE_NAMES[right.type]}"
    raise ConditionTypeError(sign, message, "numbers, or a date and days")


def signature_of(node: Node, name: str, count: int) -> Signature:
    """Return the signature of the function *name*, called with *count* arguments.

    Raises:
        ConditionTypeError: there is no such function, or it takes another number of arguments.
    """
    signature = FUNCTIONS.get(name)
    if signature is None:
        known = [*FUNCTIONS, "COALESCE"]
        expected = f"one of {', '.join(known)}"
        if name in _AGGREGATES:
            raise ConditionTypeError(node, f"{name}, which would look at other deals", expected)
        raise ConditionTypeError(node, f"unknown function {shown(name)}", expected, nearest(name, known))
    most = len(signature.takes)
    # Optional arguments are the last ones.
    if not most - signature.optional <= count <= most:
        raise ConditionTypeError(node, f"{name} with {count} arguments", f"{most - signature.optional}")
    return signature


def require_digits(node: Node, digits: Expression) -> None:
    """Check the number of places that ROUND rounds to.

    Raises:
        ConditionTypeError: it is computed, or more than 10.
    """
    if not (isinstance(digits, Constant) and isinstance(digits.value, int) and digits.value <= 10):
        raise ConditionTypeError(node, "places to round to that are not written out", "a whole number from 0 to 10")
