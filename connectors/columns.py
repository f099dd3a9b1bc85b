"""From records of a CRM to frames: one converter per value type, none of which fails on an odd value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

import polars as pl

from connectors.model import TABLES

Record = Mapping[str, Any]
Column = tuple[str, Callable[[Any], Any]]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Rows:
    """What some records become: frames of canonical tables, ids proven gone, and which ids went into which."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    gone: dict[str, tuple[str, ...]] = field(default_factory=dict)
    merged: dict[str, dict[str, str]] = field(default_factory=dict)


def text(value: Any) -> str | None:
    """Return text as it is, None for nothing."""
    # Both CRMs send an emptied text as "" on some paths and null on others.
    return None if value is None or value == "" else str(value)


def number(value: Any) -> float | None:
    """Return a number, None for what is none."""
    # bool is an int in Python: a checkbox mapped as a number would become 0 or 1.
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def count(value: Any) -> int | None:
    """Return a whole number, None for what is none."""
    amount = number(value)
    return None if amount is None else int(amount)


def flag(value: Any) -> bool | None:
    """Return a boolean, None for what is none."""
    return value if isinstance(value, bool) else None


def day(value: Any) -> date | None:
    """Return the day of a date, or of a time."""
    try:
        # The first ten characters are the day in a date and in a datetime alike.
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        return None


def moment(value: Any) -> datetime | None:
    """Return a time in UTC."""
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def columns(records: Sequence[Record], wanted: Mapping[str, Column]) -> dict[str, list[Any]]:
    """Convert records column by column."""
    return {column: [convert(record.get(name)) for record in records] for column, (name, convert) in wanted.items()}


def frame(table: str, values: Mapping[str, Sequence[Any]], height: int) -> pl.DataFrame:
    """Build a frame of exactly the schema of *table*; columns that are not given are null."""
    if not height:
        return _empty(table).clone()
    nothing = [None] * height
    return pl.DataFrame([_series(name, values.get(name, nothing), dtype) for name, dtype in TABLES[table].items()])


@cache
def _empty(table: str) -> pl.DataFrame:
    return pl.DataFrame(schema=TABLES[table])


@lru_cache(maxsize=64)  # most columns of a table are another CRM's, and pages are of one height
def _nulls(dtype: pl.DataType, height: int) -> pl.Series:
    return pl.Series([None] * height, dtype=dtype)


def _series(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    if values.count(None) == len(values):
        return _nulls(dtype, len(values)).alias(name)
    if isinstance(dtype, pl.Datetime):  # Polars takes ten times as long over moments as over numbers
        values = [_microseconds(value) for value in values]
    return pl.Series(name, values, dtype=dtype, strict=False)


def _microseconds(value: Any) -> int | None:
    if not isinstance(value, datetime):
        return None
    return ((value.replace(tzinfo=UTC) if value.tzinfo is None else value) - _EPOCH) // _MICROSECOND
