"""Judgement: which rules hold on which deals, and how badly."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import polars as pl

from rules.language.compile import to_polars
from rules.language.signal import Signal
from rules.model import CLEAR, NOT_APPLICABLE, About, Facts, Level, Rule, RuleSet, Severity
from rules.signals.collected import collected
from rules.signals.covered import Covered, in_pipelines

_ABOUT: Final[tuple[About, ...]] = ("absence", "recency")
_WORST_FIRST: Final = sorted(Severity, reverse=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of the deals.

    *verdicts* has deal_id and one Int8 column per rule id: -1 not applicable, null unknown, 0 clear, 1 to 4 the
    severity of a rule that holds.
    """

    ruleset: RuleSet
    verdicts: pl.DataFrame

    @property
    def findings(self) -> pl.DataFrame:
        """What holds, as `findings_of` returns it."""
        return findings_of(self.ruleset, self.verdicts)


def verdict_expr(rule: Rule) -> pl.Expr:
    """Return *rule* as one Int8 verdict over the columns of signals, regardless of what it held before."""
    body = _condition_verdict(rule) if rule.when is not None else _measure_verdict(rule)
    return _if_applies(rule, body).cast(pl.Int8)


def judge(
    ruleset: RuleSet,
    signals: pl.DataFrame,
    facts: Facts,
    catalogue: Mapping[str, Signal],
    held: pl.DataFrame,
) -> Judgement:
    """Judge every rule on every row of *signals*.

    *catalogue* must have the mapped extras too. *held* (deal_id, rule_id, severity) is what held before: a rule between
    its level and its target goes on holding where it did. A rule is unknown where the deal's pipeline does not keep one
    of its sources, unless it is certain not to apply.
    """
    covered = Covered.of(facts.coverage)
    deals = signals.sort("deal_id")  # at once: Polars 2.1 drops a lazy sort before a when/then over literals
    here = frozenset(deals.get_column("pipeline").fill_null("").unique())
    parts: dict[str, pl.Series] = {}
    # The floors differ, so that a signal may be masked for one kind of rule and not for the other.
    for about in _ABOUT:
        rules = [rule for rule in ruleset.rules if rule.kept_as == about]
        columns = [
            _covered_verdict(rule, held, _kept_in(covered.rule_in(rule, catalogue), here)).alias(rule.id)
            for rule in rules
        ]
        named = sorted(frozenset[str]().union(*(rule.signals for rule in rules)))
        masks = _masks({name: _kept_in(covered.signal_in(catalogue[name], about), here) for name in named})
        plan = deals.lazy().with_columns(masks).select(columns)
        judged = collected(plan, deals.height) if columns else pl.DataFrame()
        parts.update({column.name: column for column in judged})
    verdicts = deals.select("deal_id").with_columns(parts[rule.id] for rule in ruleset.rules)
    return Judgement(ruleset, verdicts)


def findings_of(ruleset: RuleSet, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return what holds among *verdicts*: deal_id, rule_id, family, severity, by deal, family, worst first, rule id.

    Rules without a column there have no findings.
    """
    rules = [rule for rule in ruleset.rules if rule.id in verdicts.columns]
    kinds = sorted((rule.family, -severity, rule.id) for rule in rules for severity in Severity)
    place = {(rule_id, -negative): number for number, (_, negative, rule_id) in enumerate(kinds)}
    deals = verdicts.sort("deal_id")
    # One number encodes deal and kind of a finding: text is slow to sort, and most verdicts are no findings.
    numbers = [_numbered(deals.get_column(rule.id), rule.id, place) for rule in rules]
    sorted_numbers = pl.concat(numbers).sort() if numbers else pl.Series(dtype=pl.UInt64())
    words = pl.DataFrame(
        [(rule_id, family, -negative) for family, negative, rule_id in kinds],
        schema={"rule_id": pl.String(), "family": pl.String(), "severity": pl.Int8()},
        orient="row",
    )
    named = deals.get_column("deal_id").gather(sorted_numbers // max(len(kinds), 1))
    return words.select(pl.all().gather(sorted_numbers % max(len(kinds), 1))).insert_column(0, named)


def _numbered(verdicts: pl.Series, rule_id: str, place: Mapping[tuple[str, int], int]) -> pl.Series:
    """Number what holds among a rule's *verdicts*, so that the order of numbers is that of deals and then of places."""
    rows = (verdicts > CLEAR).arg_true()
    kinds = {int(severity): place[rule_id, int(severity)] for severity in Severity}
    numbers = verdicts.gather(rows).replace_strict(kinds, return_dtype=pl.UInt64())
    return (rows.cast(pl.UInt64()) * len(place) + numbers).alias("number")


def _kept_in(pipelines: frozenset[str] | None, here: frozenset[str]) -> frozenset[str] | None:
    """Return *pipelines*, or None where all that are *here* are among them, so that no mask is needed."""
    return None if pipelines is None or here <= pipelines else pipelines


def _masks(kept: Mapping[str, frozenset[str] | None]) -> list[pl.Expr]:
    """Return the signals of partly kept sources with null, which is unknown, where the source is under its floor."""
    return [
        pl.when(in_pipelines(pipelines)).then(name).alias(name)
        for name, pipelines in kept.items()
        if pipelines is not None
    ]


def _covered_verdict(rule: Rule, held: pl.DataFrame, pipelines: frozenset[str] | None) -> pl.Expr:
    verdict = verdict_expr(rule)
    if rule.target is not None and rule.measure is not None:
        # Between level and target only a rule that held goes on: without this it would flicker at its threshold.
        before = held.filter(pl.col("rule_id") == rule.id).get_column("deal_id").unique().sort()
        holds_on = _if_applies(rule, _between_level_and_target(rule)).cast(pl.Int8)
        keeps = (verdict == CLEAR) & (holds_on > CLEAR) & pl.col("deal_id").is_in(before.implode())
        verdict = pl.when(keeps).then(holds_on).otherwise(verdict)
    if pipelines is None:
        return verdict
    return pl.when(in_pipelines(pipelines) | (verdict == NOT_APPLICABLE)).then(verdict)


def _if_applies(rule: Rule, body: pl.Expr) -> pl.Expr:
    conditions = [to_polars(condition) for condition in (rule.applies, rule.applies_also) if condition is not None]
    # Without a condition it applies everywhere; an unknown one takes neither branch below and stays null.
    if not conditions:
        return body
    applies = reduce(operator.and_, conditions)
    return pl.when(applies).then(body).when(~applies).then(NOT_APPLICABLE)


def _condition_verdict(rule: Rule) -> pl.Expr:
    assert rule.when is not None
    severity: pl.Expr = pl.lit(CLEAR)
    for case in reversed(rule.severity):
        here = pl.lit(int(case.severity))
        if case.where is None:
            severity = here
        else:
            where = to_polars(case.where)
            # An unknown *where* leaves null: to go on to a milder severity would be a guess.
            severity = pl.when(where).then(here).when(~where).then(severity)
    holds = to_polars(rule.when)
    return pl.when(holds).then(severity).when(~holds).then(CLEAR)


def _measure_verdict(rule: Rule) -> pl.Expr:
    return _by_level(rule, lambda level: _severity_at(rule, level))


def _severity_at(rule: Rule, level: Level) -> pl.Expr:
    """Return the worst severity whose threshold the measure has crossed."""
    severity: pl.Expr = pl.lit(CLEAR)
    for word in reversed([word for word in _WORST_FIRST if word in level.thresholds]):
        severity = pl.when(_crosses(rule, level.thresholds[word])).then(pl.lit(int(word))).otherwise(severity)
    return pl.when(_measure(rule).is_not_null()).then(severity)


def _between_level_and_target(rule: Rule) -> pl.Expr:
    """Return the lowest severity of the deal's level row while the measure has not reached the target, else clear."""
    assert rule.target is not None
    short = _measure(rule) < rule.target if rule.worse == "lower" else _measure(rule) > rule.target
    return _by_level(rule, lambda level: pl.when(short).then(int(min(level.thresholds))).when(~short).then(CLEAR))


def _by_level(rule: Rule, verdict: Callable[[Level], pl.Expr]) -> pl.Expr:
    """Return the *verdict* of the first level row that picks the deal: clear if none does, unknown if one may."""
    chosen: pl.Expr = pl.lit(CLEAR)
    for level in reversed(rule.levels):
        if level.where is None:
            chosen = verdict(level)
        else:
            where = to_polars(level.where)
            chosen = pl.when(where).then(verdict(level)).when(~where).then(chosen)
    return chosen


def _measure(rule: Rule) -> pl.Expr:
    assert rule.measure is not None
    return pl.col(rule.measure)


def _crosses(rule: Rule, threshold: float) -> Any:
    """Whether the measure fires: at the threshold itself where higher is worse, below it where lower is."""
    return _measure(rule) < threshold if rule.worse == "lower" else _measure(rule) >= threshold
