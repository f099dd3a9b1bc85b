"""The sum of a score in words: one line a finding, so that a reader can add it up again."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from rules.model import RuleSet, Severity

_STATED: Final = ["rule_id", "severity", "points", "explained_by", "carries", "count"]


def worded(ruleset: RuleSet, sums: pl.DataFrame) -> pl.DataFrame:
    """Return deal_id and ``reasons``, the lines of each deal in the order of *sums*, joined by line feeds."""
    # Deals share few different lines: each is worded once.
    known = sums.select(_STATED).unique()
    lines = known.with_columns(
        pl.Series("line", [line(ruleset, row) for row in known.iter_rows(named=True)], dtype=pl.String)
    )
    told = sums.join(lines, on=_STATED, how="left", nulls_equal=True, maintain_order="left")
    return told.group_by("deal_id", maintain_order=True).agg(pl.col("line").str.join("\n").alias("reasons"))


def line(ruleset: RuleSet, row: dict[str, Any]) -> str:
    """Return what a finding adds, its title, rule and severity; or under which other it is counted."""
    rule, severity = ruleset.rule(row["rule_id"]), Severity(row["severity"])
    named = f"{rule.title} ({rule.id}, {severity.word}"
    if row["explained_by"] is not None:
        return f"already counted under {ruleset.rule(row['explained_by']).title}: {named})"
    if row["carries"] > severity:
        named += f"; {Severity(row['carries']).word} by what it explains"
    beyond_first = int(row["count"] or 1) - 1
    if beyond_first > 0:
        named += f"; {beyond_first} more of its kind"
    return f"+{row['points']:g} {named})"
