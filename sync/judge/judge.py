"""The judgement of some deals, whose canonical frames were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from rules.judgement import causes, covers, evaluate, score, shadow, streaks
from rules.judgement.demands import Demand, measured_by
from rules.judgement.limits import limits
from rules.judgement.shadow import Late
from rules.judgement.streaks import Past
from rules.judgement.sums import reasons
from rules.model import Facts, RuleSet
from rules.signals.asked import asked
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.compute import compute
from rules.signals.events import happened
from sync.judge.chunks import Tables
from sync.judge.sample import Sample, sample

OUT_OF_SCOPE = "The deal is out of scope."
MUTED = "The deal is muted."
OUTSIDE = "The deal is not in the pilot."


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgement says of some deals.

    *signals* has one row per deal, also of excluded ones, with what the rules ask for; all other frames have only deals
    that are judged. *verdicts* and *findings* are of the active rules, *shadow_verdicts* and *shadow* the same of those
    in shadow. *sample* is what the deals say of coverage, if that was demanded.
    """

    signals: pl.DataFrame
    verdicts: pl.DataFrame
    findings: pl.DataFrame
    sums: pl.DataFrame
    shadow_verdicts: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame
    owners: pl.DataFrame
    sample: Sample | None = None

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
    return _judged(frame, tables, facts, ruleset, past, late)


def judge_and_measure(
    tables: Tables, facts: Facts, ruleset: RuleSet, past: Past, late: Late, demanded: Sequence[Demand]
) -> Judged:
    """Do the same, and measure what is *demanded* of coverage on the same signals."""
    frame = compute(tables, facts, ruleset, measured_by(asked(ruleset)))
    measured = sample(tables, frame.filter(in_scope()), facts, demanded)
    return replace(_judged(frame, tables, facts, ruleset, past, late), sample=measured)


def _judged(frame: pl.DataFrame, tables: Tables, facts: Facts, ruleset: RuleSet, past: Past, late: Late) -> Judged:
    catalogue = with_extras(CATALOGUE, facts.extras)
    judgement = evaluate.judge(ruleset, frame.filter(in_scope()), facts, catalogue, past.fired())
    settled = streaks.settle(ruleset.rules, judgement.verdicts, past, facts.today, facts.calendars.connection)
    active, muted = shadow.split(ruleset, settled.verdicts, frame.select("deal_id", "pipeline"), late)
    active_rules = ruleset.active()
    findings = evaluate.findings_of(active_rules, active)
    # "Not a risk" takes a finding out of the score, and only there: its rule still holds.
    counting = causes.unwaived(active_rules, findings, frame, past.waived)
    sums = reasons(active_rules, counting, frame)
    scores = score.score(active_rules, active, sums)
    shown = covers.without_covered(active_rules, counting, frame)
    return Judged(
        signals=shown.join(scores.select("deal_id", "score", "band"), on="deal_id", how="left", maintain_order="left"),
        verdicts=active,
        findings=_with_causes(active_rules, findings, sums, frame),
        sums=sums,
        shadow_verdicts=muted,
        shadow=evaluate.findings_of(ruleset, muted),
        streaks=settled.streaks,
        scores=scores,
        owners=tables["owners"],
    )


def _with_causes(ruleset: RuleSet, findings: pl.DataFrame, sums: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Add to *findings* what they carry, their worth and their cause, the threshold crossed, and the day of an event.

    A finding that a person waived is in no sum: it carries itself, and is worth nothing.
    """
    pair = ["deal_id", "rule_id"]
    causes_of = sums.select(*pair, "carries", "worth", "explained_by")
    return (
        findings.join(causes_of, on=pair, how="left", maintain_order="left")
        .join(limits(ruleset, findings, signals), on=pair, how="left", maintain_order="left")
        .join(happened(ruleset, findings, signals), on=pair, how="left", maintain_order="left")
        .with_columns(pl.coalesce("carries", "severity"), pl.col("worth").fill_null(0.0))
    )
