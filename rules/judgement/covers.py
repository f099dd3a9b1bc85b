"""Covers: elements of MEDDPICC that another finding speaks of already, taken out of the gate's count and text.

A rule that *covers* an element holds because of it: "no economic buyer" and "Economic Buyer 0 of 2" are one fact. The
gate's verdict never changes by it; a gate all of whose gaps are covered adds nothing and is counted under the rule that
covers them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from rules.judgement.causes import with_points
from rules.model import RuleSet
from rules.signals.gate import FOCUS
from rules.signals.meddpicc import ELEMENT_NAMES

COUNTS: Final = pl.Schema(
    {"deal_id": pl.String(), "rule_id": pl.String(), "count": pl.Float64(), "covered_by": pl.String()}
)
"""One row per finding whose rule names a count: how much it counts, and the rule that covers it where that is 0."""


def counts(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return what the findings of rules with a ``count`` count, covered elements left out, as `COUNTS`."""
    counting = {rule.id: rule.count for rule in ruleset.rules if rule.count is not None}
    held = findings.filter(pl.col("rule_id").is_in(list(counting)))
    if held.is_empty():
        return COUNTS.to_frame()
    covering = _covering(ruleset, findings)
    best = covering.unique("deal_id", keep="first", maintain_order=True).select("deal_id", covered_by="by")
    reduced = without_covered(
        ruleset, findings, signals.join(held.select("deal_id").unique(), on="deal_id", how="semi")
    )
    parts = [
        held.filter(pl.col("rule_id") == rule_id)
        .select("deal_id", "rule_id")
        .join(reduced.select("deal_id", pl.col(signal).cast(pl.Float64).alias("count")), on="deal_id", how="left")
        for rule_id, signal in sorted(counting.items())
    ]
    return pl.concat(parts).join(best, on="deal_id", how="left").select(COUNTS.names())


def without_covered(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return *signals* with the covered elements taken out of the gate's gaps, in the order of its rows.

    *findings* (deal_id, rule_id, severity) are those that count. Where the gate is not among the signals there is
    nothing to take out.
    """
    lists = [name for name in ("meddpicc_focus", "meddpicc_gaps") if name in signals.columns]
    covering = _covering(ruleset, findings)
    if "meddpicc_missing" not in signals.columns or covering.is_empty():
        return signals
    covered = covering.group_by("deal_id").agg(pl.col("name").unique().alias("_covered"))
    gaps = signals.select("deal_id", "meddpicc_missing", *lists).join(covered, on="deal_id")
    rows = [_reduced(row, lists) for row in gaps.drop_nulls("meddpicc_missing").iter_rows(named=True)]
    columns = ["deal_id", "meddpicc_missing", *lists, *({"meddpicc_gap_count"} & set(signals.columns))]
    reduced = pl.DataFrame(rows, schema={name: signals.schema[name] for name in columns}, orient="row")
    return signals.update(reduced, on="deal_id", how="left", maintain_order="left")


def _covering(ruleset: RuleSet, findings: pl.DataFrame) -> pl.DataFrame:
    """Return deal_id, name of an element, and the rule that covers it (``by``), the worst of a deal first."""
    covers = pl.DataFrame(
        [(rule.id, ELEMENT_NAMES[element]) for rule in ruleset.rules for element in rule.covers],
        schema={"by": pl.String(), "name": pl.String()},
        orient="row",
    )
    held = with_points(ruleset, findings.select("deal_id", "rule_id", "severity")).rename({"rule_id": "by"})
    return held.join(covers, on="by").sort("deal_id", "severity", "points", "by", descending=[False, True, True, False])


def _reduced(row: Mapping[str, Any], lists: Sequence[str]) -> dict[str, Any]:
    """Return the gate's lists of a deal without what is covered; gaps are worded in the order of what is missing."""
    covered, missing = set(row["_covered"]), row["meddpicc_missing"]
    kept = [place for place, name in enumerate(missing) if name not in covered]
    left = [missing[place] for place in kept]
    values: dict[str, Any] = {"deal_id": row["deal_id"], "meddpicc_missing": left, "meddpicc_gap_count": len(left)}
    if "meddpicc_focus" in lists:
        values["meddpicc_focus"] = left[:FOCUS]
    if "meddpicc_gaps" in lists:
        values["meddpicc_gaps"] = [row["meddpicc_gaps"][place] for place in kept]
    return values
