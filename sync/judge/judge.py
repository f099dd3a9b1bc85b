"""The judgement of some deals, whose canonical frames were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rules.judgement import evaluate, score, shadow, streaks
from rules.judgement.shadow import Late
from rules.judgement.streaks import Past
from rules.model import Facts, RuleSet
from rules.signals.asked import asked
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.compute import compute
from sync.judge.chunks import Tables

OUT_OF_SCOPE = "The deal is out of scope."
MUTED = "The deal is muted."
OUTSIDE = "The deal is not in the pilot."


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgement says of some deals.

    *signals* has one row per deal, also of excluded ones, with what the rules ask for; all other frames have only deals
    that are judged. *verdicts* and *findings* are of the active rules, *shadow_verdicts* and *shadow* the same of those
    in shadow.
    """

    signals: pl.DataFrame
    verdicts: pl.DataFrame
    findings: pl.DataFrame
    shadow_verdicts: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame
    owners: pl.DataFrame

    @property
    def excluded(self) -> Mapping[str, str]:
        """The deals that are not judged, each with the reason that its tasks state when they close."""
        rows = self.signals.filter(~in_scope()).select("deal_id", "muted")
        return {deal_id: MUTED if muted else OUT_OF_SCOPE for deal_id, muted in rows.iter_rows()}

    @property
    def outside(self) -> Mapping[str, str]:
        """The deals that are certainly not in the pilot, with the reason that their tasks state when they close."""
        return dict.fromkeys(self.signals.filter(~pl.col("in_pilot"))["deal_id"].to_list(), OUTSIDE)

    @property
    def pilot(self) -> frozenset[str]:
        """The deals that are certainly in the pilot."""
        return frozenset(self.signals.filter("in_pilot")["deal_id"].to_list())


def in_scope() -> pl.Expr:
    """Return which rows of a signals frame are judged: not muted, and not certainly out of scope."""
    return pl.col("in_scope").ne_missing(False) & ~pl.col("muted")


def judge(
    tables: Tables,
    facts: Facts,
    ruleset: RuleSet,
    past: Past,
    late: Late = frozenset(),
    *,
    every_signal: bool = False,
) -> Judged:
    """Judge the deals of *tables* by all rules of *ruleset*, given what earlier judgements left behind.

    *late* are the (rule, pipeline) that became judgeable only after the first judgement: they stay in shadow.
    Only the signals that the rules ask for are computed, unless *every_signal* is to be shown.
    """
    frame = compute(tables, facts, ruleset, None if every_signal else asked(ruleset))
    catalogue = with_extras(CATALOGUE, facts.extras)
    judgement = evaluate.judge(ruleset, frame.filter(in_scope()), facts, catalogue, past.fired())
    settled = streaks.settle(ruleset.rules, judgement.verdicts, past, facts.today, facts.calendars.connection)
    active, muted = shadow.split(ruleset, settled.verdicts, frame.select("deal_id", "pipeline"), late)
    active_rules = ruleset.active()
    findings = evaluate.findings_of(active_rules, active)
    # "Not a risk" takes a finding out of the score, and only there: its rule still holds.
    counted = score.without(active_rules, active, past.waived) if past.waived else active
    counting = evaluate.findings_of(active_rules, counted) if past.waived else findings
    return Judged(
        signals=frame,
        verdicts=active,
        findings=findings,
        shadow_verdicts=muted,
        shadow=evaluate.findings_of(ruleset, muted),
        streaks=settled.streaks,
        scores=score.score(active_rules, counted, counting),
        owners=tables["owners"],
    )
