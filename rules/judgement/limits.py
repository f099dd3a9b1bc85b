"""The thresholds that findings crossed, for the texts that state them."""

from __future__ import annotations

from typing import Final

import polars as pl

from rules.language.compile import to_polars
from rules.model import Rule, RuleSet

LIMITS: Final = pl.Schema({"deal_id": pl.String(), "rule_id": pl.String(), "limit": pl.Float64()})
"""One row per finding of a rule that measures: the threshold of its severity, in the unit of its measure."""


def limits(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return the thresholds of *findings* (deal_id, rule_id, severity), as `LIMITS`; null where a level has none.

    A finding that is kept, or between its level and its target, states the threshold of the severity that it has.
    """
    measuring = [rule for rule in ruleset.rules if rule.levels]
    held = findings.filter(pl.col("rule_id").is_in([rule.id for rule in measuring]))
    if held.is_empty():
        return LIMITS.to_frame()
    rows = held.select("deal_id", "rule_id", "severity").join(signals, on="deal_id", how="left")
    parts = [
        rows.filter(pl.col("rule_id") == rule.id).select("deal_id", "rule_id", _threshold(rule).alias("limit"))
        for rule in measuring
    ]
    return pl.concat(parts).cast(LIMITS)


def _threshold(rule: Rule) -> pl.Expr:
    chosen: pl.Expr = pl.lit(None, dtype=pl.Float64)
    for level in reversed(rule.levels):
        by_severity = {int(severity): float(value) for severity, value in level.thresholds.items()}
        least = float(level.thresholds[min(level.thresholds)])
        value = pl.col("severity").replace_strict(by_severity, default=least, return_dtype=pl.Float64)
        chosen = value if level.where is None else pl.when(to_polars(level.where)).then(value).otherwise(chosen)
    return chosen
