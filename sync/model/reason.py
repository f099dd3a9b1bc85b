"""One addend of a deal's score, as explanations, reports and exports show it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import polars as pl

from rules.judgement.sum_text import line
from rules.model import RuleSet, Severity


@dataclass(frozen=True, slots=True)
class Reason:
    """What a finding adds to the score of its deal; nothing where *explained_by* names the rule that counts for it."""

    rule_id: str
    severity: str
    points: float
    explained_by: str | None
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Return the reason in its fixed JSON shape."""
        return {name: getattr(self, name) for name in ("rule_id", "severity", "points", "explained_by")}


def reasons_by_deal(ruleset: RuleSet, sums: pl.DataFrame) -> dict[str, tuple[Reason, ...]]:
    """Return the reasons of each deal in the order of *sums*, a frame of `rules.judgement.sums.REASONS`."""
    by_deal: dict[str, list[Reason]] = defaultdict(list)
    for row in sums.iter_rows(named=True):
        word = Severity(row["severity"]).word
        reason = Reason(row["rule_id"], word, row["points"], row["explained_by"], line(ruleset, row))
        by_deal[row["deal_id"]].append(reason)
    return {deal_id: tuple(reasons) for deal_id, reasons in by_deal.items()}
