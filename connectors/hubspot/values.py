"""What HubSpot's property values say: they are text, whatever their type."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors import columns
from connectors.columns import Record, number, text
from connectors.mapping import FieldKind
from connectors.odd_values import plausible_moment

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FLAGS: Final = {"true": True, "false": False}


def properties(record: Record) -> Record:
    """Return a record's properties with its id among them."""
    read = {name: _as_text(value) for name, value in record["properties"].items()}
    return {**read, "hs_object_id": str(record["id"])}


def _as_text(value: Any) -> str | None:
    """Return a value as the text that HubSpot promises all of them to be; JSON of another type is written out."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def flag(value: Any) -> bool | None:
    """Return a boolean, None for what is none."""
    # Property values are text, pipeline metadata too; definitions have real booleans.
    return _FLAGS.get(str(value).casefold())


def moment(value: Any) -> datetime | None:
    """Return a time, written as ISO 8601 or as milliseconds since 1970."""
    # Former values and some formula properties come as milliseconds where the record itself has ISO 8601.
    if isinstance(value, int | float) and not isinstance(value, bool):
        counted = number(value)
        value = None if counted is None else str(int(counted))
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        try:
            return plausible_moment(_EPOCH + timedelta(milliseconds=int(value)))
        except (OverflowError, ValueError):  # int itself refuses thousands of digits
            return None
    return columns.moment(value)


def milliseconds(at: datetime) -> str:
    """Return a moment as HubSpot's searches and task properties want it: milliseconds since 1970, as text."""
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def day(value: Any) -> date | None:
    """Return the day of a ``date`` property, which is written as a day or as the midnight in UTC that begins it."""
    at = moment(value)
    return at.date() if at else None


def local_day(value: Any, zone: ZoneInfo) -> date | None:
    """Return the day on which a moment falls in the portal's zone, where people read it."""
    at = moment(value)
    return at.astimezone(zone).date() if at else None


def typed(value: Any, kind: FieldKind) -> Any:
    """Return the value of a mapped property as the level of an element is read from it."""
    match kind:
        case "checkbox":
            return flag(value)
        case "number":
            return number(value)
        case "date":
            return day(value)
        case _:
            return text(value)
