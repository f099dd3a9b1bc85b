"""Where a source is due: on the deals on which a rule would hold if that source's signals had their worst value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import Final, TypeAlias

from connectors.model import PHASES
from rules.judgement.holding import UNKNOWN, atoms, names_in
from rules.language.expression import (
    AllOf,
    Among,
    AnyOf,
    Column,
    Compare,
    Constant,
    Expression,
    IsNull,
    Not,
    Value,
)
from rules.language.signal import SignalType

Truth: TypeAlias = bool | None
_Assignment: TypeAlias = Mapping[Expression, Truth]

TRUE: Final = Constant(value=True, type=SignalType.BOOLEAN)
FALSE: Final = Constant(value=False, type=SignalType.BOOLEAN)

_MOST_ASSIGNMENTS: Final = 64  # of one rule and source; shipped rules need one or two
_ANOTHER_TEXT: Final = "\0"
_RANK: Final = {phase: rank for rank, phase in enumerate(PHASES)}
_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@lru_cache(maxsize=8192)
def due(tree: Expression, names: frozenset[str]) -> Expression:
    """Return the condition that *tree* would hold if the signals *names* had their worst values.

    TRUE where it would on every deal, FALSE where on none. A signal is never flipped: it takes the value, or the few
    values, that suit the comparisons with constants in which it stands. A comparison with anything but a constant
    is taken to come out as it suits the condition.
    """
    cases = {_simplified(tree, assignment) for assignment in islice(_assignments(tree, names), _MOST_ASSIGNMENTS)}
    if TRUE in cases:
        return TRUE
    left = sorted(cases - {FALSE, UNKNOWN}, key=repr)
    return FALSE if not left else left[0] if len(left) == 1 else AnyOf(tuple(left))


def _assignments(tree: Expression, names: frozenset[str]) -> Iterable[_Assignment]:
    """Yield which truth each comparison of *names* gets, for each combination of values that is not plainly milder."""
    signs: dict[Expression, set[bool]] = {}
    for atom, positive in atoms(tree):
        if not names.isdisjoint(names_in(atom)):
            signs.setdefault(atom, set()).add(positive)
    by_column: dict[Column, list[Expression]] = {}
    choices: list[list[dict[Expression, Truth]]] = []
    for atom, sign in signs.items():
        column = _column_of(atom)
        if column is not None:
            by_column.setdefault(column, []).append(atom)
        else:
            choices.append([{atom: truth} for truth in sorted(sign)])
    choices += [_worst(column, compared, signs) for column, compared in by_column.items()]
    for parts in product(*choices):
        yield {atom: truth for part in parts for atom, truth in part.items()}


def _column_of(atom: Expression) -> Column | None:
    """Return the signal that *atom* compares with nothing but constants; None where it is another comparison."""
    match atom:
        case Column():
            return atom
        case Compare(left=Column() as column, right=Constant()) | Compare(left=Constant(), right=Column() as column):
            return column
        case Among(operand=Column() as column) | IsNull(operand=Column() as column):
            return column
        case _:
            return None


def _worst(
    column: Column, compared: list[Expression], signs: Mapping[Expression, set[bool]]
) -> list[dict[Expression, Truth]]:
    """Return the outcomes of the comparisons of one signal for the values that no other value is worse than."""
    outcomes = dict.fromkeys(tuple(_truth(atom, value) for atom in compared) for value in _values(column, compared))
    worst = [outcome for outcome in outcomes if not any(_worse(other, outcome, compared, signs) for other in outcomes)]
    return [dict(zip(compared, outcome, strict=True)) for outcome in worst]


def _worse(
    other: tuple[Truth, ...],
    outcome: tuple[Truth, ...],
    compared: list[Expression],
    signs: Mapping[Expression, set[bool]],
) -> bool:
    """Whether *other* helps the condition wherever *outcome* does, and somewhere more."""
    if other == outcome:
        return False
    for atom, truth, than in zip(compared, other, outcome, strict=True):
        sign = signs[atom]
        if len(sign) == 2:
            if truth is not than:
                return False
        elif _help(truth, True in sign) < _help(than, True in sign):
            return False
    return True


def _help(truth: Truth, positive: bool) -> int:
    return 1 if truth is None else 2 if truth is positive else 0


def _values(column: Column, compared: list[Expression]) -> list[Value | None]:
    """Return a value of *column* for every way in which its comparisons can come out."""
    nothing: list[Value | None] = [None] if any(isinstance(atom, IsNull) for atom in compared) else []
    match column.type:
        case SignalType.BOOLEAN:
            return [True, False, *nothing]
        case SignalType.PHASE:
            return [*PHASES, *nothing]
        case SignalType.NUMBER:
            numbers = sorted({float(value) for value in _constants(compared) if isinstance(value, int | float)})
            between = [(low + high) / 2 for low, high in pairwise(numbers)]
            ends = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0.0]
            return [*numbers, *between, *ends, *nothing]
        case SignalType.DATE:
            days = sorted({value for value in _constants(compared) if isinstance(value, date)})
            near = [day + timedelta(days=shift) for day in days for shift in (-1, 1)]
            return [*days, *(near or [date(2000, 1, 1)]), *nothing]
        case _:
            return [*(value for value in _constants(compared)), _ANOTHER_TEXT, *nothing]


def _constants(compared: list[Expression]) -> list[Value]:
    found: list[Value] = []
    for atom in compared:
        match atom:
            case Compare():
                found += [side.value for side in (atom.left, atom.right) if isinstance(side, Constant)]
            case Among():
                found += [option.value for option in atom.options]
            case _:
                pass
    return found


def _truth(atom: Expression, value: Value | None) -> Truth:
    """Return how a comparison with constants comes out for *value*."""
    match atom:
        case IsNull():
            return value is None
        case Compare(left=Column(), right=Constant() as constant):
            return _compared(atom.operator, value, constant)
        case Compare(left=Constant() as constant):
            return _compared(_MIRRORED[atom.operator], value, constant)
        case Among():
            return None if value is None else value in {option.value for option in atom.options}
        case _:
            return value if isinstance(value, bool) else None


def _compared(operator: str, value: Value | None, constant: Constant) -> Truth:
    if value is None:
        return None
    left, right = value, constant.value
    if constant.type is SignalType.PHASE:
        left, right = _RANK[str(left)], _RANK[str(right)]
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return bool(left < right)  # type: ignore[operator]  # both sides were checked to be of one type
        case "<=":
            return bool(left <= right)  # type: ignore[operator]
        case ">":
            return bool(left > right)  # type: ignore[operator]
        case _:
            return bool(left >= right)  # type: ignore[operator]


def _simplified(node: Expression, truths: _Assignment) -> Expression:
    """Return *node* with the assigned comparisons replaced, and what follows from that left out."""
    match node:
        case AllOf():
            return _joined(node, truths, neutral=TRUE, deciding=FALSE)
        case AnyOf():
            return _joined(node, truths, neutral=FALSE, deciding=TRUE)
        case Not():
            operand = _simplified(node.operand, truths)
            if operand in (TRUE, FALSE, UNKNOWN):
                return UNKNOWN if operand == UNKNOWN else FALSE if operand == TRUE else TRUE
            return Not(operand)
        case _:
            if node not in truths:
                return node
            truth = truths[node]
            return UNKNOWN if truth is None else TRUE if truth else FALSE


def _joined(node: AllOf | AnyOf, truths: _Assignment, neutral: Constant, deciding: Constant) -> Expression:
    operands = dict.fromkeys(_simplified(operand, truths) for operand in node.operands)
    if deciding in operands:
        return deciding
    operands.pop(neutral, None)
    if not operands:
        return neutral
    left = tuple(operands)
    return left[0] if len(left) == 1 else AllOf(left) if isinstance(node, AllOf) else AnyOf(left)
