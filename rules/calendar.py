"""Days as judgement counts them: local calendar days, and business days from Monday to Friday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

_SATURDAY: Final = 5


def local_day(moment: pl.Expr, time_zone: str) -> pl.Expr:
    """Give the calendar day on which a UTC *moment* falls in *time_zone*."""
    return moment.dt.convert_time_zone(time_zone).dt.date()


def days_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Give whole calendar days from *start* to *end*; negative if *end* is earlier."""
    return (end - start).dt.total_days()


def business_days_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Give the business days from *start* on that have passed before *end*.

    Monday to Thursday is 3; Saturday to Monday is 0.
    """
    return pl.business_day_count(start, end).cast(pl.Int64)


def business_day_after(day: date, count: int) -> date:
    """Give the business day that is *count* business days after *day*; 0 gives *day*, or the Monday after a weekend."""
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
    return day
