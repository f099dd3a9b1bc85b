"""On which day something happened that a rule about events speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.model import Rule, RuleSet

EVENT_DAYS: Final[Mapping[str, str]] = {
    "close_date_pushes": "close_date_pushed_on",
    "close_date_slip_days": "close_date_pushed_on",
    "close_date_push_in_phase": "close_date_pushed_on",
    "competitor_in_phase": "competitor_added_on",
    "days_since_competitor_added": "competitor_added_on",
    "amount_drop_percent": "amount_fell_on",
    "days_since_amount_fell": "amount_fell_on",
    "furthest_phase": "phase_regressed_on",
}
"""The signal that gives the day of the latest event behind a signal; a rule about events has to name one of these."""

HAPPENED: Final = pl.Schema({"deal_id": pl.String(), "rule_id": pl.String(), "happened_on": pl.Date()})
"""One row per finding of a rule about events: the day of the latest of them."""


def event_days(rule: Rule) -> tuple[str, ...]:
    """Return the signals that give the day of what *rule* is about; none for a rule that is about no event."""
    if rule.about != "event":
        return ()
    return tuple(sorted({EVENT_DAYS[name] for name in rule.signals if name in EVENT_DAYS}))


def happened(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return when the events behind *findings* (deal_id, rule_id) happened last, as `HAPPENED`."""
    parts = []
    for rule in ruleset.rules:
        days = event_days(rule)
        held = findings.filter(pl.col("rule_id") == rule.id).select("deal_id", "rule_id") if days else None
        if held is not None and not held.is_empty():
            rows = held.join(signals.select("deal_id", *days), on="deal_id", how="left")
            parts.append(rows.select("deal_id", "rule_id", pl.max_horizontal(days).alias("happened_on")))
    return pl.concat(parts).cast(HAPPENED) if parts else HAPPENED.to_frame()
