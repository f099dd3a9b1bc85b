"""Days as judgement counts them: local calendar days, and business days in a calendar of weekends and days off."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from rules.days.business_days import PLAIN, Calendar, Calendars
from rules.days.span import Span

OWNER_COUNTRY: Final = "_owner_country"
"""Column of a deal's row that holds its owner's country, as the CRM writes it."""

_WEEK: Final = range(7)


def local_day(moment: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the calendar day on which a UTC *moment* falls in *time_zone*."""
    return moment.dt.convert_time_zone(time_zone).dt.date()


def days_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Return whole calendar days from *start* to *end*; negative if *end* is earlier."""
    return (end - start).dt.total_days()


def business_days_between(start: pl.Expr, end: pl.Expr, calendar: Calendar = PLAIN) -> pl.Expr:
    """Return the business days from *start* on that have passed before *end*.

    Monday to Thursday is 3; Saturday to Monday is 0.
    """
    week = [day not in calendar.weekend for day in _WEEK]
    return pl.business_day_count(start, end, week_mask=week, holidays=sorted(calendar.days_off)).cast(pl.Int64)


def owner_days_between(start: pl.Expr, end: pl.Expr, calendars: Calendars) -> pl.Expr:
    """Return the business days from *start* on that have passed before *end*, as the deal's owner counts them."""
    counted = business_days_between(start, end, calendars.connection)
    for calendar, countries in calendars.elsewhere().items():
        elsewhere = business_days_between(start, end, calendar)
        counted = pl.when(pl.col(OWNER_COUNTRY).is_in(countries)).then(elsewhere).otherwise(counted)
    return counted


def business_day_after(day: date, count: int, calendar: Calendar = PLAIN) -> date:
    """Return the business day that is *count* business days after *day*; 0 returns *day*, or the next one."""
    day = _business_day_from(day, calendar)
    for _ in range(count):
        day = _business_day_from(day + timedelta(days=1), calendar)
    return day


def day_after(day: date, span: Span, calendar: Calendar = PLAIN) -> date:
    """Return the day on which *span* is over that begins on *day*."""
    return business_day_after(day, span.count, calendar) if span.business else day + timedelta(days=span.count)


def _business_day_from(day: date, calendar: Calendar) -> date:
    while not calendar.is_business_day(day):
        day += timedelta(days=1)
    return day
