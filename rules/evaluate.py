"""Judgement: which rules hold on which deals, and how badly."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import polars as pl

from rules.collected import collected
from rules.compile import to_polars
from rules.covered import About, Covered, in_pipelines
from rules.model import CLEAR, NOT_APPLICABLE, Facts, Level, Rule, RuleSet, Severity, Signal

_ABOUT: Final[tuple[About, ...]] = ("absence", "recency")
_WORST_FIRST: Final = sorted(Severity, reverse=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of the deals.

    *verdicts* has deal_id and one Int8 column per rule id: -1 not applicable, null unknown, 0 clear, 1 to 4 the
    severity of a rule that holds. *findings* lists the latter: deal_id, rule_id, family, severity, ordered by deal,
    family, worst first, rule id.
    """

    verdicts: pl.DataFrame
    findings: pl.DataFrame


def verdict_expr(rule: Rule) -> pl.Expr:
    """Give *rule* as one Int8 verdict over the columns of signals, without memory of what it held before."""
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
    parts: dict[str, pl.Series] = {}
    for about in _ABOUT:
        rules = [rule for rule in ruleset.rules if rule.about == about]
        columns = [_covered_verdict(rule, held, covered, catalogue).alias(rule.id) for rule in rules]
        named = frozenset[str]().union(*(rule.signals for rule in rules))
        masks = _masks(sorted(named), about, covered, catalogue)
        plan = deals.lazy().with_columns(masks).select(columns)
        judged = collected(plan, deals.height) if columns else pl.DataFrame()
        parts.update({column.name: column for column in judged})
    verdicts = deals.select("deal_id").with_columns(parts[rule.id] for rule in ruleset.rules)
    return Judgement(verdicts=verdicts, findings=findings_of(ruleset, verdicts))


def findings_of(ruleset: RuleSet, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Give the findings among *verdicts*, as in `Judgement`; rules without a column there have none."""
    families = pl.DataFrame(
        [(rule.id, rule.family) for rule in ruleset.rules],
        schema={"rule_id": pl.String(), "family": pl.String()},
        orient="row",
    )
    plan = (
        verdicts.lazy()
        .unpivot(index="deal_id", on=[rule.id for rule in ruleset.rules if rule.id in verdicts.columns])
        .rename({"variable": "rule_id", "value": "severity"})
        .filter(pl.col("severity") > CLEAR)
        .join(families.lazy(), on="rule_id")
        .select("deal_id", "rule_id", "family", pl.col("severity").cast(pl.Int8))
        .sort("deal_id", "family", "severity", "rule_id", descending=[False, False, True, False])
    )
    return collected(plan, verdicts.height)


def _masks(names: Sequence[str], about: About, covered: Covered, catalogue: Mapping[str, Signal]) -> list[pl.Expr]:
    """Blank each signal where its sources are under the floor, so that null says unknown and not 0 or false."""
    masks = []
    for name in names:
        pipelines = covered.signal_in(catalogue[name], about)
        if pipelines is not None:
            masks.append(pl.when(in_pipelines(pipelines)).then(name).alias(name))
    return masks


def _covered_verdict(rule: Rule, held: pl.DataFrame, covered: Covered, catalogue: Mapping[str, Signal]) -> pl.Expr:
    verdict = verdict_expr(rule)
    if rule.target is not None and rule.measure is not None:
        before = held.filter(pl.col("rule_id") == rule.id).get_column("deal_id").unique().sort()
        holds_on = _if_applies(rule, _between_level_and_target(rule)).cast(pl.Int8)
        keeps = (verdict == CLEAR) & (holds_on > CLEAR) & pl.col("deal_id").is_in(before.implode())
        verdict = pl.when(keeps).then(holds_on).otherwise(verdict)
    pipelines = covered.rule_in(rule, catalogue)
    if pipelines is None:
        return verdict
    return pl.when(in_pipelines(pipelines) | (verdict == NOT_APPLICABLE)).then(verdict)


def _if_applies(rule: Rule, body: pl.Expr) -> pl.Expr:
    conditions = [to_polars(one) for one in (rule.applies, rule.applies_also) if one is not None]
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
            severity = pl.when(where).then(here).when(~where).then(severity)
    holds = to_polars(rule.when)
    return pl.when(holds).then(severity).when(~holds).then(CLEAR)


def _measure_verdict(rule: Rule) -> pl.Expr:
    return _by_level(rule, lambda level: _severity_at(rule, level))


def _severity_at(rule: Rule, level: Level) -> pl.Expr:
    """Give the worst severity whose threshold the measure has crossed."""
    severity: pl.Expr = pl.lit(CLEAR)
    for word in reversed([word for word in _WORST_FIRST if word in level.thresholds]):
        severity = pl.when(_crosses(rule, level.thresholds[word])).then(pl.lit(int(word))).otherwise(severity)
    return pl.when(_measure(rule).is_not_null()).then(severity)


def _between_level_and_target(rule: Rule) -> pl.Expr:
    """Give the lowest severity of the deal's level row while the measure has not reached the target, else clear."""
    assert rule.target is not None
    short = _crosses(rule, rule.target)
    return _by_level(rule, lambda level: pl.when(short).then(int(min(level.thresholds))).when(~short).then(CLEAR))


def _by_level(rule: Rule, verdict: Callable[[Level], pl.Expr]) -> pl.Expr:
    """Give the *verdict* of the first level row that picks the deal: clear if none does, unknown if one may."""
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
    return _measure(rule) < threshold if rule.worse == "lower" else _measure(rule) > threshold
