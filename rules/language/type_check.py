"""Turns a syntax tree into a typed expression, and finds everything in it that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, TypeAlias, cast

from lark import Token, Tree

from connectors.model import PHASES
from rules.language.errors import Problem, nearest, shown
from rules.language.expression import (
    FUNCTIONS,
    AllOf,
    Among,
    AnyOf,
    Arithmetic,
    Call,
    Column,
    Compare,
    Comparison,
    Constant,
    Expression,
    IsNull,
    Like,
    Negative,
    Not,
    Operator,
    Value,
    walk,
)
from rules.language.location import Location
from rules.language.signal import Signal, SignalType

Node: TypeAlias = Tree[Token] | Token

_BOOLEAN, _NUMBER, _TEXT = SignalType.BOOLEAN, SignalType.NUMBER, SignalType.TEXT
_DATE, _PHASE, _LIST = SignalType.DATE, SignalType.PHASE, SignalType.LIST

_MAX_NUMBER: Final = 2**53  # up to here every whole number is exact
_MAX_TERMS: Final = 50
_MAX_PATTERN: Final = 200
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST", "LAST", "MEDIAN", "STDDEV"})
_A: Final = {_BOOLEAN: "true or false", _NUMBER: "a number", _TEXT: "text", _DATE: "a date", _PHASE: "a phase"}


class _Broken(Exception):  # noqa: N818 - no error for callers: the problem is noted, this only leaves the branch
    pass


class TypeChecker:
    """Checks one condition against a catalogue; *problems* and *names* fill up as it goes."""

    def __init__(self, catalogue: Mapping[str, Signal], place: Callable[[int], Location]) -> None:
        self._catalogue = catalogue
        self._place = place
        self.problems: list[Problem] = []
        self.names: set[str] = set()

    def check(self, tree: Tree[Token], expect: SignalType) -> Expression | None:
        """Give the typed expression, or None when there are problems."""
        body = tree.children[0]
        try:
            expression = self._typed(body)
            self._want(body, expression, expect, "as the whole condition")
        except _Broken:
            return None
        return None if self.problems else expression

    def _typed(self, node: Node) -> Expression:
        assert isinstance(node, Tree)
        rule = getattr(self, f"_{node.data}")
        return cast("Expression", rule(node))

    def _all_typed(self, nodes: list[Node]) -> list[Expression]:
        """Type every node, so that one broken branch does not hide the problems of the next."""
        typed: list[Expression] = []
        for node in nodes:
            try:
                typed.append(self._typed(node))
            except _Broken:
                continue
        if len(typed) < len(nodes):
            raise _Broken
        return typed

    def _fail(self, node: Node, found: str, expected: str = "", suggestion: str = "") -> _Broken:
        offset = (node.start_pos if isinstance(node, Token) else node.meta.start_pos) or 0
        self.problems.append(Problem(self._place(offset), found, expected, suggestion))
        return _Broken()

    def _want(self, node: Node, expression: Expression, expect: SignalType, where: str) -> None:
        if expression.type is not expect:
            raise self._fail(node, f"{_A[expression.type]} {where}", _A[expect])

    # logic

    def _logic(self, node: Tree[Token], word: str) -> tuple[Expression, ...]:
        operands = self._all_typed(node.children)
        for child, operand in zip(node.children, operands, strict=True):
            self._want(child, operand, _BOOLEAN, f"beside {word}")
        return tuple(operands)

    def _disjunction(self, node: Tree[Token]) -> Expression:
        return AnyOf(self._logic(node, "OR"))

    def _conjunction(self, node: Tree[Token]) -> Expression:
        return AllOf(self._logic(node, "AND"))

    def _opposite(self, node: Tree[Token]) -> Expression:
        operand = self._typed(node.children[1])
        self._want(node.children[1], operand, _BOOLEAN, "after NOT")
        return Not(operand)

    # comparisons

    def _comparison(self, node: Tree[Token]) -> Expression:
        first, sign, second = node.children
        left, right = self._all_typed([first, second])
        left, right = self._alike(first, left, second, right)
        operator = cast("Comparison", {"==": "=", "!=": "<>"}.get(str(sign), str(sign)))
        if left.type is _BOOLEAN and operator not in {"=", "<>"}:
            raise self._fail(sign, f"{str(sign)!r} between values that are true or false", "= or <>")
        return Compare(operator, left, right)

    def _among(self, node: Tree[Token]) -> Expression:
        subject, negation, _, *listed = node.children
        operand, *options = self._all_typed([subject, *listed])
        constants: list[Constant] = []
        for child, option in zip(listed, options, strict=True):
            _, alike = self._alike(subject, operand, child, option)
            assert isinstance(alike, Constant)
            constants.append(alike)
        found = Among(operand, tuple(constants))
        return Not(found) if negation else found

    def _between(self, node: Tree[Token]) -> Expression:
        subject, negation, _, low, high = node.children
        operand, lowest, highest = self._all_typed([subject, low, high])
        if operand.type is _BOOLEAN:
            raise self._fail(subject, f"{_A[_BOOLEAN]} before BETWEEN", "a number, date, phase or text")
        _, lowest = self._alike(subject, operand, low, lowest)
        _, highest = self._alike(subject, operand, high, highest)
        inside = AllOf((Compare(">=", operand, lowest), Compare("<=", operand, highest)))
        return Not(inside) if negation else inside

    def _like(self, node: Tree[Token]) -> Expression:
        subject, negation, word, pattern = node.children
        assert isinstance(word, Token)
        operand = self._typed(subject)
        self._want(subject, operand, _TEXT, f"before {word.upper()}")
        text = _unquoted(pattern)
        if len(text) > _MAX_PATTERN:
            raise self._fail(pattern, f"a pattern of {len(text)} characters", f"at most {_MAX_PATTERN}")
        found = Like(operand, text, ignore_case=word.type == "ILIKE")
        return Not(found) if negation else found

    def _is_null(self, node: Tree[Token]) -> Expression:
        subject, _, negation, _ = node.children
        found = IsNull(self._typed(subject))
        return Not(found) if negation else found

    def _alike(self, first: Node, left: Expression, second: Node, right: Expression) -> tuple[Expression, Expression]:
        """Make sure two values can be compared; text beside a phase must name a phase."""
        if left.type is _PHASE:
            right = self._as_phase(second, right)
        elif right.type is _PHASE:
            left = self._as_phase(first, left)
        if left.type is not right.type:
            expected = _A[left.type]
            if {left.type, right.type} == {_DATE, _TEXT}:
                expected = "a date on both sides, written like DATE '2026-01-31'"
            raise self._fail(second, f"{_A[right.type]} compared with {_A[left.type]}", expected)
        return left, right

    def _as_phase(self, node: Node, expression: Expression) -> Expression:
        if not isinstance(expression, Constant) or not isinstance(expression.value, str):
            return expression
        if expression.value not in PHASES:
            expected = f"one of {', '.join(PHASES)}"
            raise self._fail(
                node, f"unknown phase {shown(expression.value)}", expected, nearest(expression.value, PHASES)
            )
        return Constant(expression.value, _PHASE)

    # arithmetic

    def _sum(self, node: Tree[Token]) -> Expression:
        return self._chain(node)

    def _product(self, node: Tree[Token]) -> Expression:
        return self._chain(node)

    def _chain(self, node: Tree[Token]) -> Expression:
        terms, signs = node.children[::2], node.children[1::2]
        if len(terms) > _MAX_TERMS:
            raise self._fail(terms[_MAX_TERMS], f"{len(terms)} terms in one sum or product", f"at most {_MAX_TERMS}")
        result, *rest = self._all_typed(terms)
        for sign, child, operand in zip(signs, terms[1:], rest, strict=True):
            result = self._combined(result, sign, child, operand)
        return result

    def _combined(self, left: Expression, sign: Node, child: Node, right: Expression) -> Expression:
        operator = cast("Operator", str(sign))
        if operator in {"/", "%"} and isinstance(right, Constant) and right.value == 0:
            raise self._fail(child, "a division by 0", "a divisor that can be other than 0")
        if operator == "%" and any(isinstance(part, Arithmetic) and part.operator == "%" for part in walk(left)):
            raise self._fail(sign, "a remainder of a remainder", "one '%' only")
        kinds = (left.type, right.type)
        if kinds == (_NUMBER, _NUMBER):
            return Arithmetic(operator, left, right, _NUMBER)
        if kinds == (_DATE, _DATE) and operator == "-":
            return Arithmetic(operator, left, right, _NUMBER)
        if kinds == (_DATE, _NUMBER) and operator in {"+", "-"}:
            return Arithmetic(operator, left, right, _DATE)
        if kinds == (_NUMBER, _DATE) and operator == "+":
            return Arithmetic(operator, right, left, _DATE)
        raise self._fail(
            sign, f"{operator!r} between {_A[left.type]} and {_A[right.type]}", "numbers, or a date and days"
        )

    def _negative(self, node: Tree[Token]) -> Expression:
        operand = self._typed(node.children[1])
        self._want(node.children[1], operand, _NUMBER, "after a minus sign")
        return Negative(operand)

    # names and functions

    def _name(self, node: Tree[Token]) -> Expression:
        name = str(node.children[0])
        signal = self._catalogue.get(name)
        if signal is None:
            raise self._fail(node, f"unknown signal {shown(name)}", "a known signal", nearest(name, self._catalogue))
        if signal.type is _LIST:
            raise self._fail(node, f"the list {name!r}, which only templates can show", "a signal with a single value")
        self.names.add(name)
        return Column(name, signal.type)

    def _call(self, node: Tree[Token]) -> Expression:
        written, *children = node.children
        name = str(written).upper()
        if name == "COALESCE":
            return self._coalesce(node, children)
        signature = FUNCTIONS.get(name)
        if signature is None:
            known = [*FUNCTIONS, "COALESCE"]
            if name in _AGGREGATES:
                raise self._fail(node, f"{name}, which would look at other deals", f"one of {', '.join(known)}")
            raise self._fail(
                node, f"unknown function {shown(name)}", f"one of {', '.join(known)}", nearest(name, known)
            )
        most = len(signature.takes)
        if not most - signature.optional <= len(children) <= most:
            raise self._fail(node, f"{name} with {len(children)} arguments", f"{most - signature.optional}")
        arguments = self._all_typed(children)
        for child, argument, kind in zip(children, arguments, signature.takes, strict=False):
            self._want(child, argument, kind, f"given to {name}")
        if name == "ROUND" and len(arguments) == 2:
            self._check_digits(children[1], arguments[1])
        return Call(name, tuple(arguments), signature.gives)

    def _check_digits(self, node: Node, digits: Expression) -> None:
        if not (isinstance(digits, Constant) and isinstance(digits.value, int) and digits.value <= 10):
            raise self._fail(node, "places to round to that are not written out", "a whole number from 0 to 10")

    def _coalesce(self, node: Tree[Token], children: list[Node]) -> Expression:
        if len(children) < 2:
            raise self._fail(node, "COALESCE with one argument", "a value to take when the first is unknown")
        arguments = self._all_typed(children)
        for index in range(1, len(arguments)):
            first, arguments[index] = self._alike(children[0], arguments[0], children[index], arguments[index])
            arguments[0] = first
        return Call("COALESCE", tuple(arguments), arguments[0].type)

    # constants

    def _number(self, node: Tree[Token]) -> Expression:
        digits = str(node.children[0]).replace("_", "")
        value = float(digits) if "." in digits else int(digits)
        if value > _MAX_NUMBER:
            raise self._fail(node, f"the number {shown(digits)}", f"at most {_MAX_NUMBER:_}")
        return Constant(value, _NUMBER)

    def _negative_number(self, node: Tree[Token]) -> Expression:
        digits = Tree("number", node.children[1:], node.meta)
        value = self._number(digits)
        assert isinstance(value, Constant)
        return Constant(-cast("float", value.value), _NUMBER)

    def _text(self, node: Tree[Token]) -> Expression:
        return Constant(_unquoted(node.children[0]), _TEXT)

    def _date(self, node: Tree[Token]) -> Expression:
        written = _unquoted(node.children[1])
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
                raise ValueError
            day: Value = date.fromisoformat(written)
        except ValueError:
            raise self._fail(
                node.children[1], f"the date {shown(written)}", "a day written like '2026-01-31'"
            ) from None
        return Constant(day, _DATE)

    def _interval(self, node: Tree[Token]) -> Expression:
        written = _unquoted(node.children[1])
        parts = re.fullmatch(r"\s*([0-9]{1,6}) +(day|week)s?\s*", written, re.IGNORECASE)
        if parts is None:
            raise self._fail(node.children[1], f"the interval {shown(written)}", "days or weeks, like '14 days'")
        return Constant(int(parts[1]) * (7 if parts[2].lower() == "week" else 1), _NUMBER)

    def _true(self, _: Tree[Token]) -> Expression:
        return Constant(value=True, type=_BOOLEAN)

    def _false(self, _: Tree[Token]) -> Expression:
        return Constant(value=False, type=_BOOLEAN)


def _unquoted(token: Node) -> str:
    return str(token)[1:-1].replace("''", "'")
