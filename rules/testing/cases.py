"""Runs the cases that rules carry: each rule proves itself on signals that its author wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from rules.language.expression import Column, walk
from rules.language.signal import SignalType
from rules.model import CLEAR, NOT_APPLICABLE, Case, Rule, RuleSet, Severity

_DTYPES: Final = {
    SignalType.NUMBER: pl.Float64(),
    SignalType.TEXT: pl.String(),
    SignalType.DATE: pl.Date(),
    SignalType.BOOLEAN: pl.Boolean(),
    SignalType.PHASE: pl.String(),
}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case expected, and what its rule really says: a severity, clear, unknown or not applicable."""

    rule: Rule
    case: Case
    got: str

    @property
    def passed(self) -> bool:
        """Whether the rule does what the case expects."""
        return self.got == self.case.expect

    def __str__(self) -> str:
        expected = f"expected {self.case.expect}, got {self.got}"
        return f"{self.case.location}: {self.rule.id}: {'ok' if self.passed else expected}"


def run(ruleset: RuleSet, judge: Callable[[Rule], pl.Expr]) -> list[CaseResult]:
    """Run every case of every rule, in their order; *judge* returns a rule's verdict over columns named like signals.

    Signals that a case does not name are unknown. Coverage, time and mode play no part, nor does an ``applies_also``
    that another file laid over the rule: the case was written without it.
    """
    return [result for rule in ruleset.rules if rule.cases for result in _results(rule, judge)]


def _results(rule: Rule, judge: Callable[[Rule], pl.Expr]) -> Iterator[CaseResult]:
    schema = {name: _DTYPES[kind] for name, kind in sorted(_types(rule).items())}
    rows = {name: [case.given.get(name) for case in rule.cases] for name in schema}
    # Not strict, since a case may write a number with or without a point.
    frame = pl.DataFrame(rows, schema=schema, strict=False)
    # Both forms, since the cases of a rule may come from the pack and from the overlay that narrows it.
    codes = frame.select(judge(rule).alias("verdict"), judge(replace(rule, applies_also=None)).alias("shipped"))
    for case, (verdict, shipped) in zip(rule.cases, codes.rows(), strict=True):
        yield CaseResult(rule, case, _word(shipped if _is_older(case, rule) else verdict))


def _is_older(case: Case, rule: Rule) -> bool:
    """Whether the case comes from another file than the ``applies_also`` that was laid over the rule since."""
    return rule.applies_also is not None and rule.applies_also.location.path != case.location.path


def _types(rule: Rule) -> dict[str, SignalType]:
    """Return the type of every signal that the rule names, as its checked conditions know it."""
    types = {rule.measure: SignalType.NUMBER} if rule.measure else {}
    for condition in rule.conditions:
        types.update({node.name: node.type for node in walk(condition.tree) if isinstance(node, Column)})
    return types


def _word(code: int | None) -> str:
    if code is None:
        return "unknown"
    if code == NOT_APPLICABLE:
        return "not applicable"
    return "clear" if code == CLEAR else Severity(code).word
