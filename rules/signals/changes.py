"""What changed on a deal: pushes and slip of the close date, falls of the amount, the next step, a new competitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import days_between, local_day
from rules.language.signal import Signal, SignalType
from rules.model import Facts

PUSH_WINDOW_DAYS: Final = 180
"""Moves of the close date count for this many days."""

LEAST_PUSH_DAYS: Final = 7
"""A move of the close date by less is no push: month ends and weekends are tidied up."""

AMOUNT_WINDOW_DAYS: Final = 90
"""Changes of the amount count for this many days."""

_NUMBER, _DATE = SignalType.NUMBER, SignalType.DATE


def catalogue() -> list[Signal]:
    """Return the signals of this module."""

    def recorded(name: str, kind: SignalType, meaning: str, *, unit: str = "", ages: bool = False) -> Signal:
        return Signal(name, kind, meaning, unit, history="since_install", ages=ages)

    pushes = f"How often the close date was moved back by {LEAST_PUSH_DAYS} days or more in {PUSH_WINDOW_DAYS} days."
    slip = f"Days by which the close date is later than it was {PUSH_WINDOW_DAYS} days ago, or at first."
    fall = f"By how much the amount is lower than it was {AMOUNT_WINDOW_DAYS} days ago."
    return [
        recorded("close_date_pushes", _NUMBER, pushes, ages=True),
        recorded("close_date_pushed_on", _DATE, "Day on which the close date was last moved back.", ages=True),
        recorded("close_date_before", _DATE, "The close date that close_date_slip_days counts from.", ages=True),
        recorded("close_date_slip_days", _NUMBER, slip, unit="days", ages=True),
        recorded(
            "close_date_push_in_phase",
            _NUMBER,
            "Days by which the close date was moved back since the deal entered its phase.",
            unit="days",
        ),
        recorded("amount_before", _NUMBER, "The amount that amount_drop_percent counts from.", unit="money", ages=True),
        recorded("amount_drop_percent", _NUMBER, fall, unit="percent", ages=True),
        recorded("amount_fell_on", _DATE, "Day on which the amount last fell.", ages=True),
        recorded("days_since_amount_fell", _NUMBER, "Days since amount_fell_on.", unit="days", ages=True),
        recorded("competitor_added_on", _DATE, "Day on which competition was first noted, or noted anew."),
        recorded(
            "competitor_in_phase",
            SignalType.BOOLEAN,
            "Whether competition was noted anew since the deal entered its phase.",
        ),
        recorded("days_since_competitor_added", _NUMBER, "Days since competitor_added_on.", unit="days", ages=True),
        recorded(
            "next_step_since",
            _DATE,
            "Day since which the next step reads as it does, at the latest: its last change, else the deal's.",
        ),
        recorded("days_since_next_step_change", _NUMBER, "Days since next_step_since.", unit="days", ages=True),
    ]


def changes_of(tables: Mapping[str, pl.DataFrame], facts: Facts, entered: pl.LazyFrame) -> pl.LazyFrame:
    """Return what changed, one row per deal that has any change; *entered* has deal_id and phase_entered_on."""
    day = local_day(pl.col("at"), facts.time_zone)
    age = days_between(day, pl.lit(facts.today))
    old_date, new_date = _date("old"), _date("new")
    pushed = _is("close_date") & (new_date > old_date)
    far = (new_date - old_date).dt.total_days() >= LEAST_PUSH_DAYS
    recent_push = pushed & far & age.is_between(0, PUSH_WINDOW_DAYS)
    recent_move = _is("close_date") & old_date.is_not_null() & age.is_between(0, PUSH_WINDOW_DAYS)
    old_amount, new_amount = _amount("old"), _amount("new")
    recent_amount = _is("amount") & old_amount.is_not_null() & age.is_between(0, AMOUNT_WINDOW_DAYS)
    noted = _is("competition") & ~_blank("new") & (_blank("old") | (pl.col("old") != pl.col("new")))
    return (
        tables["changes"]
        .lazy()
        .join(entered, on="deal_id", how="left")
        # By id where moments are equal: first and last must not depend on the order of rows.
        .sort("deal_id", "at", "change_id")
        .group_by("deal_id", maintain_order=True)
        .agg(
            recent_push.sum().cast(pl.Int64).alias("_pushes"),
            day.filter(recent_push).max().alias("_pushed_on"),
            old_date.filter(recent_move).first().alias("_close_date_before"),
            (new_date - old_date)
            .dt.total_days()
            .filter(pushed & (day >= pl.col("phase_entered_on")))
            .sum()
            .alias("_push_in_phase"),
            old_amount.filter(recent_amount).first().alias("_amount_before"),
            new_amount.filter(recent_amount).last().alias("_amount_after"),
            day.filter(recent_amount & (new_amount < old_amount)).max().alias("_amount_fell_on"),
            day.filter(noted).max().alias("_competitor_added_on"),
            day.filter(_is("next_step")).max().alias("_next_step_changed_on"),
        )
    )


def change_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module from the columns of ``changes_of``; unknown where history cannot be read."""
    seen = pl.lit(facts.readable.get("changes", True) and not facts.stale_tables & {"changes", "deals"})
    # Without a move inside the window the date has not slipped.
    before = pl.coalesce("_close_date_before", "close_date")
    amount, lowered = pl.col("_amount_before"), pl.col("_amount_before") - pl.col("_amount_after")
    drop = pl.when(amount > 0).then((lowered / amount * 100).clip(lower_bound=0)).otherwise(0.0)
    # Where no change was recorded, the next step is at most as old as the last change of the deal.
    touched = local_day(pl.col("modified_at"), facts.time_zone)
    values = {
        "close_date_pushes": pl.col("_pushes").fill_null(0),
        "close_date_pushed_on": pl.col("_pushed_on"),
        "close_date_before": before,
        "close_date_slip_days": days_between(before, pl.col("close_date")).clip(lower_bound=0),
        "close_date_push_in_phase": pl.when(pl.col("phase_entered_on").is_not_null()).then(
            pl.col("_push_in_phase").fill_null(0)
        ),
        "amount_before": amount,
        "amount_drop_percent": drop,
        "amount_fell_on": pl.col("_amount_fell_on"),
        "days_since_amount_fell": days_between(pl.col("_amount_fell_on"), pl.lit(facts.today)),
        "competitor_added_on": pl.col("_competitor_added_on"),
        "competitor_in_phase": pl.when(pl.col("phase_entered_on").is_not_null()).then(
            (pl.col("_competitor_added_on") >= pl.col("phase_entered_on")).fill_null(False)
        ),
        "days_since_competitor_added": days_between(pl.col("_competitor_added_on"), pl.lit(facts.today)),
        "next_step_since": pl.coalesce("_next_step_changed_on", touched),
        "days_since_next_step_change": days_between(pl.coalesce("_next_step_changed_on", touched), pl.lit(facts.today)),
    }
    return [pl.when(seen).then(value).alias(name) for name, value in values.items()]


def _is(field: str) -> pl.Expr:
    return pl.col("field") == field


def _date(name: str) -> pl.Expr:
    return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _amount(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _blank(name: str) -> pl.Expr:
    """Whether an element's history says that it was empty: no text, or level 0."""
    return pl.col(name).is_null() | pl.col(name).str.strip_chars().is_in(["", "0"])
