"""The checked form of a condition: a tree in which every node knows its type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from rules.language.signal import SignalType

Value: TypeAlias = bool | int | float | str | date
Comparison: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]
Operator: TypeAlias = Literal["+", "-", "*", "/", "%"]


@dataclass(frozen=True, slots=True)
class Column:
    """A signal's value."""

    name: str
    type: SignalType


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written in the condition itself."""

    value: Value
    type: SignalType


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values of one type, compared; phases by their order, text exactly and by code point."""

    operator: Comparison
    left: Expression
    right: Expression
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class AllOf:
    """AND over all operands: false if one is, else unknown if one is."""

    operands: tuple[Expression, ...]
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR over all operands: true if one is, else unknown if one is."""

    operands: tuple[Expression, ...]
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of unknown, unknown."""

    operand: Expression
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is unknown; never unknown itself."""

    operand: Expression
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a value is one of those listed."""

    operand: Expression
    options: tuple[Constant, ...]
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Like:
    """Whether the whole text fits a pattern.

    ``%`` matches any run of characters, ``_`` any single one; after a backslash both are plain characters.
    """

    operand: Expression
    pattern: str
    ignore_case: bool
    type: Literal[SignalType.BOOLEAN] = SignalType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values combined: numbers, or dates with a number of days."""

    operator: Operator
    left: Expression
    right: Expression
    type: SignalType


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with its sign turned."""

    operand: Expression
    type: Literal[SignalType.NUMBER] = SignalType.NUMBER


@dataclass(frozen=True, slots=True)
class Call:
    """A function out of FUNCTIONS, applied."""

    function: str
    arguments: tuple[Expression, ...]
    type: SignalType


Expression: TypeAlias = (
    Column | Constant | Compare | AllOf | AnyOf | Not | IsNull | Among | Like | Arithmetic | Negative | Call
)


def walk(node: Expression) -> Iterator[Expression]:
    """Yield *node* and everything below it."""
    # Recursion is bounded: the parser limits nesting, the type check limits chains.
    yield node
    for part in _parts(node):
        yield from walk(part)


def _parts(node: Expression) -> tuple[Expression, ...]:
    match node:
        case Column() | Constant():
            return ()
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case AllOf() | AnyOf():
            return node.operands
        case Call():
            return node.arguments
        case Not() | IsNull() | Among() | Like() | Negative():
            return (node.operand,)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and returns; COALESCE alone is typed by its arguments."""

    takes: tuple[SignalType, ...]
    returns: SignalType
    optional: int = 0  # how many of the last arguments may be left out


_TEXT, _NUMBER = SignalType.TEXT, SignalType.NUMBER

FUNCTIONS: Final = {
    "LOWER": Signature((_TEXT,), _TEXT),
    "UPPER": Signature((_TEXT,), _TEXT),
    "TRIM": Signature((_TEXT,), _TEXT),
    "LENGTH": Signature((_TEXT,), _NUMBER),
    "ABS": Signature((_NUMBER,), _NUMBER),
    "ROUND": Signature((_NUMBER, _NUMBER), _NUMBER, optional=1),
    "STARTS_WITH": Signature((_TEXT, _TEXT), SignalType.BOOLEAN),
    "CONTAINS": Signature((_TEXT, _TEXT), SignalType.BOOLEAN),
}
"""Every function of the language but COALESCE."""
