"""The sum behind a score: what each finding adds, so that anyone can redo it by hand."""

from __future__ import annotations

from typing import Final

import polars as pl

from rules.judgement.causes import explained, with_points
from rules.judgement.covers import counts
from rules.model import RuleSet

REASONS: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "rule_id": pl.String(),
        "family": pl.String(),
        "severity": pl.Int8(),
        "points": pl.Float64(),
        "explained_by": pl.String(),
        "carries": pl.Int8(),
        "worth": pl.Float64(),
        "count": pl.Float64(),
    }
)
"""One row per finding: causes in the order of what they add, each followed by what it explains.

The *points* of a deal add up to its score before the limit of 100; a finding that another explains adds 0. *severity*
is the finding's own, *carries* the highest of its group and *worth* its most points, *count* how many facts a rule with
a count found."""

_PAIR: Final = ["deal_id", "rule_id"]


def reasons(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return what each finding adds to its deal's score, as `REASONS`.

    *findings* (deal_id, rule_id, severity, ...) are those that count; *signals* has what explanations and counts name.
    A cause carries the most points and the highest severity of its group. In a family the finding worth most adds its
    points, every other one the family's ``each``, and a rule that names a ``count`` once more ``each`` for everything
    counted beyond the first; ``most`` limits the family. Elements that other findings cover are not counted, and a rule
    left without any adds nothing.
    """
    if findings.is_empty():
        return REASONS.to_frame()
    worth = with_points(ruleset, findings.select(*_PAIR, "severity"))
    causes = explained(ruleset, worth, signals)
    roots = causes.select("deal_id", covered_by="rule_id", covering_root="cause")
    covering = pl.when(pl.col("count") == 0).then(pl.coalesce("covering_root", "covered_by"))
    marked = (
        worth.join(causes, on=_PAIR, how="left", maintain_order="left")
        .join(counts(ruleset, worth, signals), on=_PAIR, how="left", maintain_order="left")
        .join(roots, on=["deal_id", "covered_by"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("cause", covering).alias("explained_by"))
    )
    return _summed(ruleset, _carried(marked))


def _carried(marked: pl.DataFrame) -> pl.DataFrame:
    """Add what each finding carries for its group: highest severity (``carries``) and most points (``worth``)."""
    groups = (
        marked.filter(pl.col("cause").is_not_null())
        .group_by("deal_id", pl.col("cause").alias("rule_id"))
        .agg(pl.col("severity").max().alias("_severity"), pl.col("points").max().alias("_points"))
    )
    return (
        marked.join(groups, on=_PAIR, how="left", maintain_order="left")
        .with_columns(
            pl.max_horizontal("severity", "_severity").alias("carries"),
            pl.max_horizontal("points", "_points").alias("worth"),
        )
        .drop("_severity", "_points")
    )


def _summed(ruleset: RuleSet, carried: pl.DataFrame) -> pl.DataFrame:
    """Let each finding add what its family gives it, causes first, each with what it explains below it."""
    by_rule = {rule.id: rule.family for rule in ruleset.rules}
    each = {family.id: family.each for family in ruleset.families.values()}
    most = {family.id: family.most for family in ruleset.families.values() if family.most is not None}
    stands = pl.col("explained_by").is_null()
    beyond_first = (pl.col("count").fill_null(1) - 1).clip(lower_bound=0)
    family = ["deal_id", "family"]
    ranked = (
        carried.with_columns(pl.col("rule_id").replace_strict(by_rule, return_dtype=pl.String).alias("family"))
        .with_columns(
            pl.col("family").replace_strict(each, default=0.0, return_dtype=pl.Float64).alias("each"),
            pl.col("family").replace_strict(most, default=None, return_dtype=pl.Float64).alias("most"),
        )
        .sort(
            "deal_id",
            "family",
            stands,
            "worth",
            "severity",
            "rule_id",
            descending=[False, False, True, True, True, False],
        )
        .with_columns(pl.int_range(pl.len()).over(family).alias("rank"))
        .with_columns(
            pl.when(stands)
            .then(pl.when(pl.col("rank") == 0).then("worth").otherwise("each") + pl.col("each") * beyond_first)
            .otherwise(0.0)
            .alias("adds")
        )
    )
    limit = pl.max_horizontal("most", pl.col("worth").first().over(family))
    upto = pl.col("adds").cum_sum().over(family)
    limited = pl.when(pl.col("most").is_null()).then(upto).otherwise(pl.min_horizontal(upto, limit))
    summed = ranked.with_columns(limited.alias("upto")).with_columns(
        (pl.col("upto") - pl.col("upto").shift(fill_value=0.0).over(family)).alias("points")
    )
    return _in_order(summed).select(REASONS.names()).cast(REASONS)


def _in_order(summed: pl.DataFrame) -> pl.DataFrame:
    """Sort each deal's findings: what stands by itself by what it adds, and below it what it explains."""
    heads = summed.select(
        "deal_id", explained_by="rule_id", head_points="points", head_carries="carries", head_family="family"
    )
    own = pl.col("explained_by").is_null()
    return (
        summed.join(heads, on=["deal_id", "explained_by"], how="left", maintain_order="left")
        .with_columns(
            own.alias("own"),
            pl.coalesce("explained_by", "rule_id").alias("head"),
            pl.coalesce("head_points", "points"),
            pl.coalesce("head_carries", "carries"),
        )
        .sort(
            "deal_id",
            "head_points",
            "head_carries",
            "head",
            "own",
            "severity",
            "rule_id",
            descending=[False, True, True, False, True, True, False],
        )
    )
