"""Conditions: what a rule file says about signals, parsed and type-checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rules.language.errors import Problem, RuleError, as_written
from rules.language.expression import Expression
from rules.language.location import Location
from rules.language.signal import Signal, SignalType
from rules.language.syntax import ConditionSyntaxError, parse_tree
from rules.language.type_check import TypeChecker


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
    """Check *text* against *catalogue* and return the condition.

    *location* is where its first character is. *place* finds the location of the character at an offset; left out, the
    text is taken to be in its file as it is, which holds for strings without escapes.

    Raises:
        RuleError: with every problem of the text, each at its own place.
    """
    locate = place or as_written(text, location)
    try:
        syntax = parse_tree(text)
    except ConditionSyntaxError as fault:
        raise RuleError([Problem(locate(fault.offset), fault.message, fault.expected)]) from None
    checker = TypeChecker(catalogue, locate)
    tree = checker.check(syntax, expect)
    if tree is None:
        raise RuleError(checker.problems)
    # Without a signal the answer is the same on every deal: a mistake, and not a condition.
    if not checker.names:
        raise RuleError([Problem(locate(0), "a condition that names no signal", "at least one signal")])
    return Condition(text, tree, frozenset(checker.names), location)
