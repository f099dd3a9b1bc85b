"""Relative dates of SOQL, such as TODAY or LAST_N_DAYS:30, as ranges of days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]
"""First day, and the day after the last."""


def days(name: str, count: int | None, today: date) -> Days | None:
    """The range that a relative date names on this day, weeks from Sunday; None where SOQL knows no such name."""
    if count is None:
        fixed = _FIXED.get(name)
        return fixed(today) if fixed else None
    counted = _COUNTED.get(name)
    return counted(today, count) if counted else None


def _span(start: date, length: int) -> Days:
    return start, start + timedelta(days=length)


def _week(today: date, shift: int) -> Days:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return _span(sunday + timedelta(weeks=shift), 7)


def _month_start(today: date, shift: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + shift, 12)
    return date(year, month + 1, 1)


def _months(today: date, shift: int, length: int) -> Days:
    return _month_start(today, shift), _month_start(today, shift + length)


def _quarter(today: date, shift: int) -> Days:
    return _months(today, shift * 3 - (today.month - 1) % 3, 3)


def _year(today: date, shift: int) -> Days:
    return _months(today, shift * 12 - (today.month - 1), 12)


def _ago(today: date, shift: int) -> Days:
    return _span(today + timedelta(days=shift), 1)


_FIXED: dict[str, Callable[[date], Days]] = {
    "YESTERDAY": lambda today: _ago(today, -1),
    "TODAY": lambda today: _ago(today, 0),
    "TOMORROW": lambda today: _ago(today, 1),
    "LAST_90_DAYS": lambda today: _span(today - timedelta(days=90), 91),
    "NEXT_90_DAYS": lambda today: _span(today + timedelta(days=1), 90),
    "LAST_WEEK": lambda today: _week(today, -1),
    "THIS_WEEK": lambda today: _week(today, 0),
    "NEXT_WEEK": lambda today: _week(today, 1),
    "LAST_MONTH": lambda today: _months(today, -1, 1),
    "THIS_MONTH": lambda today: _months(today, 0, 1),
    "NEXT_MONTH": lambda today: _months(today, 1, 1),
    "LAST_QUARTER": lambda today: _quarter(today, -1),
    "THIS_QUARTER": lambda today: _quarter(today, 0),
    "NEXT_QUARTER": lambda today: _quarter(today, 1),
    "LAST_YEAR": lambda today: _year(today, -1),
    "THIS_YEAR": lambda today: _year(today, 0),
    "NEXT_YEAR": lambda today: _year(today, 1),
}
_COUNTED: dict[str, Callable[[date, int], Days]] = {
    "LAST_N_DAYS": lambda today, n: _span(today - timedelta(days=n), n + 1),
    "NEXT_N_DAYS": lambda today, n: _span(today + timedelta(days=1), n),
    "N_DAYS_AGO": lambda today, n: _ago(today, -n),
    "LAST_N_WEEKS": lambda today, n: (_week(today, -n)[0], _week(today, 0)[0]),
    "NEXT_N_WEEKS": lambda today, n: (_week(today, 1)[0], _week(today, n)[1]),
    "LAST_N_MONTHS": lambda today, n: _months(today, -n, n),
    "NEXT_N_MONTHS": lambda today, n: _months(today, 1, n),
    "LAST_N_QUARTERS": lambda today, n: (_quarter(today, -n)[0], _quarter(today, 0)[0]),
    "NEXT_N_QUARTERS": lambda today, n: (_quarter(today, 1)[0], _quarter(today, n)[1]),
    "LAST_N_YEARS": lambda today, n: (_year(today, -n)[0], _year(today, 0)[0]),
    "NEXT_N_YEARS": lambda today, n: (_year(today, 1)[0], _year(today, n)[1]),
}
