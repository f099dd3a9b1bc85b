"""What HubSpot's property values say: they are text, whatever their type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors import columns
from connectors.columns import Record, number, text
from connectors.mapping import FieldKind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FLAGS: Final = {"true": True, "false": False}


def properties(record: Record) -> Record:
    """Give a record's properties with its id among them."""
    return {**record["properties"], "hs_object_id": str(record["id"])}


def flag(value: Any) -> bool | None:
    """Give a boolean, None for what is none."""
    return _FLAGS.get(str(value).casefold())


def moment(value: Any) -> datetime | None:
    """Give a time, written as ISO 8601 or as milliseconds since 1970."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        try:
            return _EPOCH + timedelta(milliseconds=int(value))
        except OverflowError:
            return None
    return columns.moment(value)


def milliseconds(at: datetime) -> str:
    """Return a moment as HubSpot's searches and task properties want it: milliseconds since 1970, as text."""
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def day(value: Any) -> date | None:
    """Give the day of a ``date`` property: a day as it is, or the midnight in UTC that stands for it."""
    found = moment(value)
    return found.date() if found else None


def local_day(value: Any, zone: ZoneInfo) -> date | None:
    """Give the day on which a moment falls in the portal's zone, where people read it."""
    found = moment(value)
    return found.astimezone(zone).date() if found else None


def typed(value: Any, kind: FieldKind) -> Any:
    """Give the value of a mapped property as the level of an element is read from it."""
    if kind == "checkbox":
        return flag(value)
    return number(value) if kind == "number" else text(value)
