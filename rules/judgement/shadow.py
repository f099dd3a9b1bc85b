"""Rules in shadow: judged and counted, but without points and without tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from rules.judgement.coverage import judged_in
from rules.judgement.demands import sources_of
from rules.language.signal import Signal
from rules.model import NOT_APPLICABLE, CoverageVerdict, Rule, RuleSet
from rules.signals.covered import Covered, in_pipelines

Late = frozenset[tuple[str, str]]
"""(rule id, pipeline) that became judgeable only after the first complete judgement of a connection."""


def became_judgeable(
    ruleset: RuleSet,
    catalogue: Mapping[str, Signal],
    before: Sequence[CoverageVerdict],
    after: Sequence[CoverageVerdict],
) -> Late:
    """Return what the verdicts *after* allow to be judged and those *before* did not, and never had.

    What lapsed and came back is not new, nor what was due too rarely to tell. A pipeline that was not there before is
    new only for a rule that was judged nowhere: a team that opens a second pipeline goes on with the rules that it
    knows.
    """
    # Before the first judgement nothing can come late.
    if not before:
        return frozenset()
    known = {(verdict.rule, verdict.source) for verdict in before}
    old, new = _once_kept(before), Covered.of(after)
    late: set[tuple[str, str]] = set()
    for rule in ruleset.rules:
        # A rule that nobody had asked about before is new, and not late.
        if not any((rule.id, source) in known for name in rule.signals for source in sources_of(catalogue[name])):
            continue
        then, now = judged_in(rule, catalogue, old), judged_in(rule, catalogue, new)
        among = old.pipelines if then else new.pipelines
        late.update((rule.id, pipeline) for pipeline in now - then if pipeline in among)
    return frozenset(late)


def still_late(ruleset: RuleSet, late: Late) -> Late:
    """Return *late* without what the operator's own file has switched on since."""
    unconfirmed = {rule.id for rule in ruleset.rules if not rule.confirmed}
    return frozenset(pair for pair in late if pair[0] in unconfirmed)


def split(
    ruleset: RuleSet, verdicts: pl.DataFrame, pipelines: pl.DataFrame, late: Late
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return *verdicts* in two frames: of active rules, and of those muted by shadow.

    The first has the rules that are on, not applicable where they are late; the second all others, not applicable
    where they are active. *pipelines* has deal_id and pipeline.
    """
    placed = verdicts.join(pipelines, on="deal_id", how="left", maintain_order="left")
    active: list[pl.Expr] = []
    muted: list[pl.Expr] = []
    for rule in ruleset.rules:
        names = [pipeline for rule_id, pipeline in late if rule_id == rule.id]
        if rule.mode == "shadow":
            muted.append(pl.col(rule.id))
        elif not names:
            active.append(pl.col(rule.id))
        else:
            active.append(_blanked(rule, in_pipelines(names)))
            muted.append(_blanked(rule, ~in_pipelines(names)))
    return placed.select("deal_id", *active), placed.select("deal_id", *muted)


def _blanked(rule: Rule, where: pl.Expr) -> pl.Expr:
    return pl.when(where).then(pl.lit(NOT_APPLICABLE, dtype=pl.Int8)).otherwise(rule.id).alias(rule.id)


def _once_kept(before: Sequence[CoverageVerdict]) -> Covered:
    """Return the verdicts with what lapsed counted as kept, and what was due too rarely to tell."""
    kept = (verdict.judged or verdict.lapsed or verdict.lack == "too few to tell" for verdict in before)
    return Covered.of(replace(verdict, judged=judged) for verdict, judged in zip(before, kept, strict=True))
