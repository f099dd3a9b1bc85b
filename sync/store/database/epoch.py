"""Times and days as the whole numbers that the database keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, overload

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(1970, 1, 1)
_MICROSECOND: Final = timedelta(microseconds=1)


@overload
def micros(moment: datetime) -> int: ...
@overload
def micros(moment: datetime | None) -> int | None: ...
def micros(moment: datetime | None) -> int | None:
    """Return an aware *moment* as microseconds since 1970, exactly."""
    # Whole numbers all the way: a float of seconds loses microseconds, and a row would seem changed.
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def moment(value: int) -> datetime: ...
@overload
def moment(value: int | None) -> datetime | None: ...
def moment(value: int | None) -> datetime | None:
    """Return the UTC time that is *value* microseconds after the start of 1970."""
    return None if value is None else _EPOCH + value * _MICROSECOND


@overload
def day_number(day: date) -> int: ...
@overload
def day_number(day: date | None) -> int | None: ...
def day_number(day: date | None) -> int | None:
    """Return a day as the number of days since 1970."""
    return None if day is None else (day - _FIRST_DAY).days


@overload
def day_of(number: int) -> date: ...
@overload
def day_of(number: int | None) -> date | None: ...
def day_of(number: int | None) -> date | None:
    """Return the day that is *number* days after the first of 1970."""
    return None if number is None else _FIRST_DAY + timedelta(days=number)
