"""The risk score: a sum that can be redone by hand from the findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from rules.judgement.evaluate import findings_of
from rules.model import CLEAR, NOT_APPLICABLE, Rule, RuleSet, Severity

MOST: Final = 100.0
"""No score is higher."""

BANDS: Final = ((25.0, "healthy"), (50.0, "watch"), (75.0, "at risk"))
"""Each band ends below its bound; from the last bound on a deal is severe."""

_SEVERE: Final = "severe"
_TEXTS: Final = {
    "rule_id": pl.String(),
    "severity": pl.Int8(),
    "worth": pl.Float64(),
    "text": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The family whose clearing would lower a deal's score the most."""

    family: str
    score: float
    without: float


def band(score: float) -> str:
    """Return the word for *score*."""
    return next((word for bound, word in BANDS if score < bound), _SEVERE)


def score(ruleset: RuleSet, verdicts: pl.DataFrame, findings: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return deal_id, score, band, confidence and reasons of each row of *verdicts*, in its order.

    *findings* are those among the verdicts, where they are known already.

    The worst finding of each family counts once, families add up, 100 is the most. Confidence is the share of known
    verdicts among the rules that may apply, in whole percent; 100 where none may. Reasons are one line per finding, in
    the order of what it adds: they change when the set or level of findings does, and not else.
    """
    rules = [rule.id for rule in ruleset.rules]
    sums = [_family_points(ruleset, family) for family in sorted({rule.family for rule in ruleset.rules})]
    total = pl.sum_horizontal(sums).clip(upper_bound=MOST) if sums else pl.lit(0.0)
    # Unknown verdicts count as asked, so that they lower confidence instead of dropping out of it.
    asked = _count(pl.col(rule).is_null() | (pl.col(rule) != NOT_APPLICABLE) for rule in rules)
    known = _count(pl.col(rule).is_not_null() & (pl.col(rule) != NOT_APPLICABLE) for rule in rules)
    confidence = pl.when(asked > 0).then((known / asked * 100).round(0, mode="half_away_from_zero")).otherwise(100.0)
    scored = verdicts.select("deal_id", total.cast(pl.Float64).alias("score"), confidence.alias("confidence"))
    named = scored.with_columns(_band_of(pl.col("score")).alias("band"))
    known_findings = findings_of(ruleset, verdicts) if findings is None else findings
    joined = named.join(_reasons(ruleset, known_findings), on="deal_id", how="left", maintain_order="left")
    return joined.select("deal_id", "score", "band", "confidence", pl.col("reasons").fill_null(""))


def without(ruleset: RuleSet, verdicts: pl.DataFrame, waived: Mapping[str, Collection[str]]) -> pl.DataFrame:
    """Return *verdicts* with the findings of *waived* families, each on some deals, as clear: they add nothing."""
    clear = [
        pl.when(pl.col("deal_id").is_in(list(waived[rule.family])) & (pl.col(rule.id) > CLEAR))
        .then(pl.lit(CLEAR, verdicts.schema[rule.id]))
        .otherwise(pl.col(rule.id))
        .alias(rule.id)
        for rule in ruleset.rules
        if rule.family in waived and rule.id in verdicts.columns
    ]
    return verdicts.with_columns(clear)


def counterfactual(ruleset: RuleSet, verdicts: Mapping[str, int | None]) -> Counterfactual | None:
    """Return the family whose clearing lowers the score of a deal with these *verdicts* most; None if none does."""
    points: dict[str, float] = {}
    for rule in ruleset.rules:
        verdict = verdicts.get(rule.id)
        if verdict is not None and verdict > CLEAR:
            worth = _points(ruleset, rule, Severity(verdict))
            points[rule.family] = max(worth, points.get(rule.family, 0.0))
    total = sum(points.values())
    options = [(min(MOST, total - worth), family) for family, worth in points.items()]
    # Ties go by name, so that the same findings always name the same family.
    without, family = min(options, default=(MOST, ""))
    now = min(MOST, total)
    return Counterfactual(family, now, without) if without < now else None


def _points(ruleset: RuleSet, rule: Rule, severity: Severity) -> float:
    return float(ruleset.families[rule.family].points.get(severity, 0.0))


def _family_points(ruleset: RuleSet, family: str) -> pl.Expr:
    """Return what *family* adds: the points of its worst finding."""
    worth = [
        pl.col(rule.id)
        .replace_strict(
            {int(severity): _points(ruleset, rule, severity) for severity in Severity},
            default=0.0,
            return_dtype=pl.Float64,
        )
        .fill_null(0.0)
        for rule in ruleset.rules
        if rule.family == family
    ]
    return pl.max_horizontal(worth)


def _reasons(ruleset: RuleSet, findings: pl.DataFrame) -> pl.DataFrame:
    """Return deal_id and reasons of the deals that have any of *findings*."""
    texts = pl.DataFrame(
        [
            (rule.id, int(severity), _points(ruleset, rule, severity), f"{rule.title} ({rule.id}, {severity.word})")
            for rule in ruleset.rules
            for severity in Severity
        ],
        schema=_TEXTS,
        orient="row",
    )
    worded = findings.join(texts, on=["rule_id", "severity"], maintain_order="left")
    # Findings come worst first within a family: the first adds its points, the others add nothing.
    first = pl.struct("deal_id", "family").is_first_distinct()
    added = worded.with_columns(pl.when(first).then("worth").otherwise(0.0).alias("adds"))
    line = pl.concat_str(pl.lit("+"), pl.col("adds").cast(pl.String).str.strip_suffix(".0"), pl.lit(" "), "text")
    return (
        added.sort("deal_id", "adds", "severity", "family", "rule_id", descending=[False, True, True, False, False])
        .group_by("deal_id", maintain_order=True)
        .agg(line.str.join("\n").alias("reasons"))
    )


def _band_of(total: pl.Expr) -> pl.Expr:
    words: pl.Expr = pl.lit(_SEVERE)
    for bound, word in reversed(BANDS):
        words = pl.when(total < bound).then(pl.lit(word)).otherwise(words)
    return words


def _count(flags: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(pl.lit(0, dtype=pl.Int64), *flags)
