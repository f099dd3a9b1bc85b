"""Judgement: which rules hold on which deals, and how badly."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import polars as pl

from rules.judgement.holding import UNKNOWN, UNKNOWN_NUMBER, can_be, holds, masked
from rules.language.compile import to_polars
from rules.language.signal import Signal
from rules.model import CLEAR, NOT_APPLICABLE, Facts, Level, Rule, RuleSet, Severity
from rules.signals.collected import collected
from rules.signals.covered import Covered, in_pipelines

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
    its level and its target goes on holding where it did. What a rule may not judge by in a deal's pipeline is unknown
    to it; where it can hold nowhere for that reason it is unknown altogether, unless it is certain not to apply.
    """
    covered = Covered.of(facts.coverage)
    deals = signals.sort("deal_id").with_columns(
        pl.lit(None, pl.Boolean).alias(UNKNOWN.name), pl.lit(None, pl.Float64).alias(UNKNOWN_NUMBER)
    )  # sorted at once: Polars 2.1 drops a lazy sort before a when/then over literals
    here = frozenset(deals.get_column("pipeline").fill_null("").unique())
    columns = [
        _covered_verdict(rule, held, covered.masks(rule, catalogue, here), facts, catalogue).alias(rule.id)
        for rule in ruleset.rules
    ]
    judged = collected(deals.lazy().select("deal_id", *columns), deals.height)
    return Judgement(ruleset, judged)


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


def _covered_verdict(
    rule: Rule,
    held: pl.DataFrame,
    masks: Mapping[frozenset[str], frozenset[str]],
    facts: Facts,
    catalogue: Mapping[str, Signal],
) -> pl.Expr:
    """Return the verdict of *rule* by what it may judge by in each deal's pipeline, and of each deal's owner."""
    expressions = [(group, _of_owners(rule, names, held, facts, catalogue)) for names, group in sorted_masks(masks)]
    if not expressions:
        return verdict_expr(rule)
    verdict = expressions[-1][1]
    for group, expression in reversed(expressions[:-1]):
        verdict = pl.when(in_pipelines(group)).then(expression).otherwise(verdict)
    return verdict


def sorted_masks(masks: Mapping[frozenset[str], frozenset[str]]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return *masks* in an order that does not depend on how sets are hashed."""
    return sorted(masks.items(), key=lambda mask: (sorted(mask[0]), sorted(mask[1])))


def _of_owners(
    rule: Rule, names: frozenset[str], held: pl.DataFrame, facts: Facts, catalogue: Mapping[str, Signal]
) -> pl.Expr:
    """Return the verdict of *rule* without *names*; without touches too where an owner logs too few to be silent."""
    verdict = _masked_verdict(rule, names, held)
    if not rule.silence or not facts.silent_owners:
        return verdict
    touches = frozenset(name for name in rule.signals if any(_is_touch(source) for source in catalogue[name].sources))
    unlogged = pl.col("owner_id").is_in(sorted(facts.silent_owners)).fill_null(False)
    return pl.when(unlogged).then(_masked_verdict(rule, names | touches, held)).otherwise(verdict)


def _is_touch(source: str) -> bool:
    return source.partition(":")[0] == "touches"


def _masked_verdict(rule: Rule, names: frozenset[str], held: pl.DataFrame) -> pl.Expr:
    """Return the verdict while *names* are unknown: unknown wherever it may apply, where it can hold nowhere."""
    verdict = _going_on(masked(rule, names) if names else rule, held)
    if not names or can_be(holds(rule), names):
        return verdict
    return pl.when(verdict == NOT_APPLICABLE).then(verdict)


def _going_on(rule: Rule, held: pl.DataFrame) -> pl.Expr:
    verdict = verdict_expr(rule)
    if rule.target is None or rule.measure is None:
        return verdict
    # Between level and target only a rule that held goes on: without this it would flicker at its threshold.
    before = held.filter(pl.col("rule_id") == rule.id).get_column("deal_id").unique().sort()
    holds_on = _if_applies(rule, _between_level_and_target(rule)).cast(pl.Int8)
    keeps = (verdict == CLEAR) & (holds_on > CLEAR) & pl.col("deal_id").is_in(before.implode())
    return pl.when(keeps).then(holds_on).otherwise(verdict)


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
