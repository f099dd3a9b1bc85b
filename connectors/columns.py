"""From records of a CRM to frames: one converter per value type, none of which fails on an odd value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from connectors.model import TABLES

Record = Mapping[str, Any]
Column = tuple[str, Callable[[Any], Any]]


@dataclass(slots=True)
class Rows:
    """What some records become: frames of canonical tables, and ids proven gone."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    gone: dict[str, tuple[str, ...]] = field(default_factory=dict)


def text(value: Any) -> str | None:
    """Give text as it is, None for nothing."""
    return None if value is None or value == "" else str(value)


def number(value: Any) -> float | None:
    """Give a number, None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def count(value: Any) -> int | None:
    """Give a whole number, None for what is none."""
    found = number(value)
    return None if found is None else int(found)


def flag(value: Any) -> bool | None:
    """Give a boolean, None for what is none."""
    return value if isinstance(value, bool) else None


def day(value: Any) -> date | None:
    """Give the day of a date, or of a time."""
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        return None


def moment(value: Any) -> datetime | None:
    """Give a time in UTC."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def columns(records: Sequence[Record], wanted: Mapping[str, Column]) -> dict[str, list[Any]]:
    """Convert records column by column."""
    return {column: [convert(record.get(name)) for record in records] for column, (name, convert) in wanted.items()}


def frame(table: str, values: Mapping[str, Sequence[Any]], height: int) -> pl.DataFrame:
    """Build a frame of exactly the schema of *table*; columns that are not given are null."""
    return pl.DataFrame(
        [
            pl.Series(name, values[name], dtype=dtype, strict=False)
            if name in values
            else pl.Series(name, [None] * height, dtype=dtype)
            for name, dtype in TABLES[table].items()
        ]
    )
