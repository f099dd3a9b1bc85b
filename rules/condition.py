"""Conditions: what a rule file says about signals, parsed and type-checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rules.errors import Problem, RuleError
from rules.expression import Expression
from rules.model import Location, Signal, SignalType
from rules.syntax import SyntaxFault, parse_tree
from rules.type_check import TypeChecker


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition: its text, its typed tree, and the signals that it names."""

    text: str
    tree: Expression
    names: frozenset[str]
    location: Location


def parse(
    text: str,
    catalogue: Mapping[str, Signal],
    location: Location,
    *,
    expect: SignalType = SignalType.BOOLEAN,
    place: Callable[[int], Location] | None = None,
) -> Condition:
    """Check *text* against *catalogue* and give the condition.

    *location* is where its first character stands. *place* finds the location of the character at an offset; left out,
    the text is taken to stand in its file as it is, which holds for strings without escapes.

    Raises:
        RuleError: with every problem of the text, each at its own place.
    """
    locate = place or _plain(text, location)
    try:
        syntax = parse_tree(text)
    except SyntaxFault as fault:
        raise RuleError([Problem(locate(fault.offset), fault.found, fault.expected)]) from None
    checker = TypeChecker(catalogue, locate)
    tree = checker.check(syntax, expect)
    if tree is None:
        raise RuleError(checker.problems)
    return Condition(text, tree, frozenset(checker.names), location)


def _plain(text: str, start: Location) -> Callable[[int], Location]:
    def place(offset: int) -> Location:
        before = text[:offset]
        lines = before.count("\n")
        if lines == 0:
            return Location(start.path, start.line, start.column + offset)
        return Location(start.path, start.line + lines, offset - before.rfind("\n"))

    return place
