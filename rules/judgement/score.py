"""The risk score: a sum that can be redone by hand from the findings, and the band that it falls into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from rules.judgement.sum_text import worded
from rules.judgement.sums import reasons
from rules.model import NOT_APPLICABLE, Bands, RuleSet, Severity

MOST: Final = 100.0
"""No score is higher."""

BANDS: Final = ("healthy", "watch", "at risk", "severe")
"""The words for scores, from the lowest up; the rule set says where each begins."""

_FLOORS: Final = ((Severity.CRITICAL, BANDS.index("at risk")), (Severity.HIGH, BANDS.index("watch")))
"""The least band of a deal with a finding of that severity which nothing explains: a safety net under the points."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The rule whose clearing would lower a deal's score the most, its effects left standing."""

    rule_id: str
    score: float
    without: float


def score(ruleset: RuleSet, verdicts: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """Return deal_id, score, band, band_by, confidence and reasons of each row of *verdicts*, in its order.

    *sums* is what `reasons` returns for these deals. Confidence is the share of known verdicts among the rules that may
    apply, in whole percent; 100 where none may. *band_by* is "score", or "severity" where a floor decided. Reasons are
    one line per finding: they change when the set or level of findings does, and not else.
    """
    total = sums.group_by("deal_id").agg(pl.col("points").sum().clip(upper_bound=MOST).alias("score"))
    scored = (
        verdicts.select("deal_id", _confidence([rule.id for rule in ruleset.rules]).alias("confidence"))
        .join(total, on="deal_id", how="left", maintain_order="left")
        .join(_floors(sums), on="deal_id", how="left", maintain_order="left")
        .with_columns(pl.col("score").fill_null(0.0), pl.col("floor").fill_null(0))
        .with_columns(_place(pl.col("score"), ruleset.bands).alias("by_points"))
        .with_columns(
            _word(pl.max_horizontal("by_points", "floor")).alias("band"),
            pl.when(pl.col("floor") > pl.col("by_points"))
            .then(pl.lit("severity"))
            .otherwise(pl.lit("score"))
            .alias("band_by"),
        )
        .join(worded(ruleset, sums), on="deal_id", how="left", maintain_order="left")
    )
    decided = pl.when(pl.col("band_by") == "severity").then(
        pl.concat_str(
            "reasons", pl.lit("\nat least "), "band", pl.lit(", whatever the points, for the severity of a finding")
        )
    )
    reasons = pl.coalesce(decided, "reasons", pl.lit("")).alias("reasons")
    return scored.select("deal_id", "score", "band", "band_by", "confidence", reasons)


def counterfactual(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> Counterfactual | None:
    """Return the rule whose clearing lowers the score of a deal most, None if none does.

    *findings* and *signals* are of that deal alone. What the rule explained stands by itself once it is clear.
    """
    now = _score_of(ruleset, findings, signals)
    adding = reasons(ruleset, findings, signals).filter(pl.col("points") > 0)["rule_id"]
    options = [
        (_score_of(ruleset, findings.filter(pl.col("rule_id") != rule_id), signals), rule_id) for rule_id in adding
    ]
    without, rule_id = min(options, default=(MOST, ""))
    return Counterfactual(rule_id, now, without) if without < now else None


def _score_of(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> float:
    return min(MOST, float(reasons(ruleset, findings, signals)["points"].sum()))


def _floors(sums: pl.DataFrame) -> pl.DataFrame:
    """Return deal_id and ``floor``, the place of the least band, of the deals that a severe finding keeps up."""
    stands = sums.filter(pl.col("explained_by").is_null() & (pl.col("count").fill_null(1) > 0))
    floor: pl.Expr = pl.lit(0)
    for severity, place in reversed(_FLOORS):
        floor = pl.when(pl.col("carries") >= int(severity)).then(place).otherwise(floor)
    return stands.group_by("deal_id").agg(pl.col("carries").max()).select("deal_id", floor.alias("floor"))


def _place(score: pl.Expr, bands: Bands) -> pl.Expr:
    """Return the place of a score's band in `BANDS`."""
    return pl.sum_horizontal((score >= start).cast(pl.Int32) for start in (bands.watch, bands.at_risk, bands.severe))


def _word(place: pl.Expr) -> pl.Expr:
    return place.replace_strict(dict(enumerate(BANDS)), return_dtype=pl.String)


def _confidence(rules: Iterable[str]) -> pl.Expr:
    """Return known verdicts as a share of those that may apply, in whole percent."""
    columns = [pl.col(rule) for rule in rules]
    asked = _count(column.is_null() | (column != NOT_APPLICABLE) for column in columns)
    known = _count(column.is_not_null() & (column != NOT_APPLICABLE) for column in columns)
    return pl.when(asked > 0).then((known / asked * 100).round(0, mode="half_away_from_zero")).otherwise(100.0)


def _count(flags: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(pl.lit(0, dtype=pl.Int64), *flags)
