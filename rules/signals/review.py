"""Deals that have closed: how they ended, and what has been written down about why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import local_day, owner_days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.mapped_fields import Fields, source_of

REVIEW_ANSWERS: Final = ("loss_category", "decision_influencer", "lessons")
"""The fields that hold the three answers of a review."""

# What people choose to get past a required field.
_NO_REASON: Final = ("other", "others", "unknown", "n/a", "none", "tbd")


def catalogue() -> list[Signal]:
    """Return the signals of this module; of their sources only whether they can be read and are mapped is asked."""
    boolean, number = SignalType.BOOLEAN, SignalType.NUMBER
    return [
        Signal("outcome", SignalType.TEXT, "How the deal ended: won or lost; unknown while it is open."),
        Signal("closed_on", SignalType.DATE, "Day on which the deal closed."),
        Signal("business_days_since_close", number, "Business days since the deal closed.", "business days", ages=True),
        Signal("last_phase", SignalType.PHASE, "The phase that the deal was in before it closed.", history="full"),
        Signal(
            "loss_reason_noted",
            boolean,
            "Whether a reason for losing is noted, other than 'other'.",
            sources=(source_of("loss_reason"),),
        ),
        Signal(
            "win_reason_noted",
            boolean,
            "Whether a reason for winning is noted, other than 'other'.",
            sources=(source_of("win_reason"),),
        ),
        Signal(
            "review_answers",
            number,
            "How many of the three questions of a review are answered.",
            sources=tuple(source_of(name) for name in REVIEW_ANSWERS),
        ),
    ]


def last_phases(tables: Mapping[str, pl.DataFrame], deals: pl.LazyFrame, phases: pl.LazyFrame) -> pl.LazyFrame:
    """Return the phase that each deal left last, one row per deal; *deals* has pipeline, *phases* is the phase map."""
    left = phases.rename({"stage_id": "old", "phase": "_last_phase"})
    return (
        tables["changes"]
        .lazy()
        .filter(pl.col("field") == "stage")
        .join(deals.select("deal_id", "pipeline"), on="deal_id")
        .join(left, on=["pipeline", "old"], nulls_equal=True)
        .sort("deal_id", "at", "change_id")
        .group_by("deal_id", maintain_order=True)
        .agg(pl.col("_last_phase").last())
    )


def review_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module from the deal's own columns and extras."""
    fields, closed = Fields(facts), pl.col("is_closed").fill_null(False)
    fresh = pl.lit("deals" not in facts.stale_tables)
    closed_on = pl.when(closed & fresh).then(local_day(pl.col("closed_at"), facts.time_zone))
    answers = [fields.filled(name).cast(pl.Int64) for name in REVIEW_ANSWERS]
    values = {
        "outcome": pl.when(closed & pl.col("is_won")).then(pl.lit("won")).when(closed).then(pl.lit("lost")),
        "closed_on": closed_on,
        "business_days_since_close": owner_days_between(closed_on, pl.lit(facts.today), facts.calendars),
        "last_phase": pl.when(closed).then("_last_phase"),
        "loss_reason_noted": _says(fields, "loss_reason"),
        "win_reason_noted": _says(fields, "win_reason"),
        "review_answers": pl.sum_horizontal(answers, ignore_nulls=False),
    }
    return [value.alias(name) for name, value in values.items()]


def _says(fields: Fields, name: str) -> pl.Expr:
    word = fields.value(name).str.strip_chars().str.to_lowercase()
    return fields.filled(name) & ~word.is_in(_NO_REASON).fill_null(False)
