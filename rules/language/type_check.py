"""Turns a syntax tree into a typed expression, and finds everything in it that makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from lark import Token, Tree

from rules.language.errors import Problem, nearest, shown
from rules.language.expression import (
    AllOf,
    Among,
    AnyOf,
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
)
from rules.language.literals import LITERALS, unquoted
from rules.language.location import Location
from rules.language.signal import Signal, SignalType
from rules.language.type_rules import (
    TYPE_NAMES,
    ConditionTypeError,
    Node,
    combined,
    comparable,
    require,
    require_digits,
    signature_of,
)

_BOOLEAN, _NUMBER, _TEXT = SignalType.BOOLEAN, SignalType.NUMBER, SignalType.TEXT

_MAX_TERMS: Final = 50
_MAX_PATTERN: Final = 200


class _BrokenBranch(Exception):  # noqa: N818 - no error for callers: the problem is noted, this only leaves the branch
    pass


class TypeChecker:
    """Checks one condition against a catalogue; *problems* and *names* fill up on the way.

    Each method is named like the rule of the grammar whose nodes it types.
    """

    def __init__(self, catalogue: Mapping[str, Signal], place: Callable[[int], Location]) -> None:
        self._catalogue = catalogue
        self._place = place
        self.problems: list[Problem] = []
        self.names: set[str] = set()

    def check(self, tree: Tree[Token], expect: SignalType) -> Expression | None:
        """Return the typed expression, or None when there are problems."""
        body = tree.children[0]
        try:
            expression = self._typed(body)
            require(body, expression, expect, "as the whole condition")
        except ConditionTypeError as error:
            self._note(error)
            return None
        except _BrokenBranch:
            return None
        return None if self.problems else expression

    def _typed(self, node: Node) -> Expression:
        assert isinstance(node, Tree)
        try:
            if node.data in LITERALS:
                return LITERALS[node.data](node)
            return cast("Expression", getattr(self, f"_{node.data}")(node))
        except ConditionTypeError as error:
            self._note(error)
            raise _BrokenBranch from None

    def _all_typed(self, nodes: list[Node]) -> list[Expression]:
        """Type every node, so that one broken branch does not hide the problems of the next."""
        typed: list[Expression] = []
        for node in nodes:
            try:
                typed.append(self._typed(node))
            except _BrokenBranch:
                continue
        if len(typed) < len(nodes):
            raise _BrokenBranch
        return typed

    def _note(self, error: ConditionTypeError) -> None:
        node = error.node
        offset = (node.start_pos if isinstance(node, Token) else node.meta.start_pos) or 0
        self.problems.append(Problem(self._place(offset), error.message, error.expected, error.suggestion))

    # logic

    def _logic(self, node: Tree[Token], word: str) -> tuple[Expression, ...]:
        operands = self._all_typed(node.children)
        for child, operand in zip(node.children, operands, strict=True):
            require(child, operand, _BOOLEAN, f"beside {word}")
        return tuple(operands)

    def _disjunction(self, node: Tree[Token]) -> Expression:
        return AnyOf(self._logic(node, "OR"))

    def _conjunction(self, node: Tree[Token]) -> Expression:
        return AllOf(self._logic(node, "AND"))

    def _opposite(self, node: Tree[Token]) -> Expression:
        operand = self._typed(node.children[1])
        require(node.children[1], operand, _BOOLEAN, "after NOT")
        return Not(operand)

    # comparisons

    def _comparison(self, node: Tree[Token]) -> Expression:
        first, sign, second = node.children
        left, right = self._all_typed([first, second])
        left, right = comparable(first, left, second, right)
        operator = cast("Comparison", {"==": "=", "!=": "<>"}.get(str(sign), str(sign)))
        if left.type is _BOOLEAN and operator not in {"=", "<>"}:
            raise ConditionTypeError(sign, f"{str(sign)!r} between values that are true or false", "= or <>")
        return Compare(operator, left, right)

    def _among(self, node: Tree[Token]) -> Expression:
        subject, negation, _, *listed = node.children
        operand, *options = self._all_typed([subject, *listed])
        constants: list[Constant] = []
        for child, option in zip(listed, options, strict=True):
            _, alike = comparable(subject, operand, child, option)
            assert isinstance(alike, Constant)
            constants.append(alike)
        among = Among(operand, tuple(constants))
        return Not(among) if negation else among

    def _between(self, node: Tree[Token]) -> Expression:
        subject, negation, _, low, high = node.children
        operand, lowest, highest = self._all_typed([subject, low, high])
        if operand.type is _BOOLEAN:
            message = f"{TYPE_NAMES[_BOOLEAN]} before BETWEEN"
            raise ConditionTypeError(subject, message, "a number, date, phase or text")
        _, lowest = comparable(subject, operand, low, lowest)
        _, highest = comparable(subject, operand, high, highest)
        inside = AllOf((Compare(">=", operand, lowest), Compare("<=", operand, highest)))
        return Not(inside) if negation else inside

    def _like(self, node: Tree[Token]) -> Expression:
        subject, negation, word, pattern = node.children
        assert isinstance(word, Token)
        operand = self._typed(subject)
        require(subject, operand, _TEXT, f"before {word.upper()}")
        text = unquoted(pattern)
        if len(text) > _MAX_PATTERN:
            raise ConditionTypeError(pattern, f"a pattern of {len(text)} characters", f"at most {_MAX_PATTERN}")
        like = Like(operand, text, ignore_case=word.type == "ILIKE")
        return Not(like) if negation else like

    def _is_null(self, node: Tree[Token]) -> Expression:
        subject, _, negation, _ = node.children
        is_null = IsNull(self._typed(subject))
        return Not(is_null) if negation else is_null

    # arithmetic

    def _sum(self, node: Tree[Token]) -> Expression:
        return self._chain(node)

    def _product(self, node: Tree[Token]) -> Expression:
        return self._chain(node)

    def _chain(self, node: Tree[Token]) -> Expression:
        terms, signs = node.children[::2], node.children[1::2]
        if len(terms) > _MAX_TERMS:
            message = f"{len(terms)} terms in one sum or product"
            raise ConditionTypeError(terms[_MAX_TERMS], message, f"at most {_MAX_TERMS}")
        result, *operands = self._all_typed(terms)
        for sign, child, operand in zip(signs, terms[1:], operands, strict=True):
            result = combined(result, sign, child, operand)
        return result

    def _negative(self, node: Tree[Token]) -> Expression:
        operand = self._typed(node.children[1])
        require(node.children[1], operand, _NUMBER, "after a minus sign")
        return Negative(operand)

    # names and functions

    def _name(self, node: Tree[Token]) -> Expression:
        name = str(node.children[0])
        signal = self._catalogue.get(name)
        if signal is None:
            suggestion = nearest(name, self._catalogue)
            raise ConditionTypeError(node, f"unknown signal {shown(name)}", "a known signal", suggestion)
        if signal.type is SignalType.LIST:
            message = f"the list {name!r}, which only templates can show"
            raise ConditionTypeError(node, message, "a signal with a single value")
        self.names.add(name)
        return Column(name, signal.type)

    def _call(self, node: Tree[Token]) -> Expression:
        written, *children = node.children
        name = str(written).upper()
        if name == "COALESCE":
            return self._coalesce(node, children)
        signature = signature_of(node, name, len(children))
        arguments = self._all_typed(children)
        for child, argument, kind in zip(children, arguments, signature.takes, strict=False):
            require(child, argument, kind, f"given to {name}")
        if name == "ROUND" and len(arguments) == 2:
            require_digits(children[1], arguments[1])
        return Call(name, tuple(arguments), signature.returns)

    def _coalesce(self, node: Tree[Token], children: list[Node]) -> Expression:
        if len(children) < 2:
            raise ConditionTypeError(node, "COALESCE with one argument", "a value to take when the first is unknown")
        arguments = self._all_typed(children)
        for index in range(1, len(arguments)):
            # The first may turn from a text into a phase on the way, and then the others compare with that.
            first, arguments[index] = comparable(children[0], arguments[0], children[index], arguments[index])
            arguments[0] = first
        return Call("COALESCE", tuple(arguments), arguments[0].type)
