"""From records of a CRM to frames: one converter per value type, none of which fails on an odd value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

import polars as pl

from connectors.mapping import FieldKind
from connectors.odd_values import OddValues, plausible_day, plausible_moment, plausible_number, why_odd
from connectors.tables import TABLES

Record = Mapping[str, Any]
Column = tuple[str, Callable[[Any], Any]]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Rows:
    """What some records become: frames of canonical tables, and ids proven gone.

    *odd* are the values that had to become null; *merged* says of ids that were merged away into which they went.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    gone: dict[str, tuple[str, ...]] = field(default_factory=dict)
    odd: tuple[OddValues, ...] = ()
    merged: dict[str, dict[str, str]] = field(default_factory=dict)


def text(value: Any) -> str | None:
    """Return text as it is, None for nothing."""
    # Both CRMs send an emptied text as "" on some paths and null on others.
    return None if value is None or value == "" else str(value)


def number(value: Any) -> float | None:
    """Return a number, None for what is none, is not finite, or is larger than any amount."""
    # bool is an int in Python: a checkbox mapped as a number would become 0 or 1.
    if isinstance(value, bool) or value is None:
        return None
    try:
        return plausible_number(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def count(value: Any) -> int | None:
    """Return a whole number, None for what is none."""
    amount = number(value)
    return None if amount is None else int(amount)


def flag(value: Any) -> bool | None:
    """Return a boolean, None for what is none."""
    return value if isinstance(value, bool) else None


def day(value: Any) -> date | None:
    """Return the day of a date, or of a time; None outside 1900-2199."""
    try:
        # The first ten characters are the day in a date and in a datetime alike.
        return plausible_day(date.fromisoformat(value[:10]))
    except (TypeError, ValueError):
        return None


def moment(value: Any) -> datetime | None:
    """Return a time in UTC; None outside 1900-2199."""
    try:
        return plausible_moment(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return None


@dataclass(slots=True)
class Reading:
    """Converts the columns of one table; a value that its column cannot hold becomes null and is noted in *odd*.

    *ids* name the records, in their order, so that a note can give an example.
    """

    table: str
    ids: Sequence[str]
    odd: list[OddValues] = field(default_factory=list)

    def column(self, name: str, raw: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
        """Convert one column of the table."""
        values = [convert(value) for value in raw]
        if convert is not text:
            self.note(name, raw, values, TABLES[self.table][name])
        return values

    def columns(self, records: Sequence[Record], wanted: Mapping[str, Column]) -> dict[str, list[Any]]:
        """Convert records column by column."""
        return {
            column: self.column(column, [record.get(name) for record in records], convert)
            for column, (name, convert) in wanted.items()
        }

    def note(self, name: str, raw: Sequence[Any], values: Sequence[Any], dtype: pl.DataType) -> None:
        """Note which of the *raw* values are something and became null; *name* may be a mapped extra's."""
        by_reason: dict[str, list[str]] = {}
        for at, value in enumerate(values):
            if value is None and raw[at] is not None and raw[at] != "":
                by_reason.setdefault(why_odd(raw[at], dtype), []).append(self.ids[at])
        self.odd += [OddValues(self.table, name, reason, tuple(ids)) for reason, ids in by_reason.items()]

    def extras(self, records: Sequence[Record], paths: Mapping[str, Extra]) -> list[str]:
        """Return the mapped extras of each record as one JSON object."""
        read = {name: self._extra(name, records, extra) for name, extra in paths.items()}
        return [
            json.dumps({name: values[at] for name, values in read.items()}, ensure_ascii=False)
            for at in range(len(records))
        ]

    def _extra(self, name: str, records: Sequence[Record], extra: Extra) -> list[Any]:
        raw = [extra.get(record) for record in records]
        check = _CHECKED_EXTRAS.get(extra.kind)
        if check is None:
            # JSON has no word for NaN or infinity, which Python's reader of JSON takes in all the same.
            return [None if isinstance(value, float) and number(value) is None else value for value in raw]
        convert, dtype = check
        values = [value if value is None or convert(value) is not None else None for value in raw]
        self.note(name, raw, values, dtype)
        return values


@dataclass(frozen=True, slots=True)
class Extra:
    """Where a mapped extra is read of a record, and the kind of field that the CRM says it is."""

    get: Callable[[Record], Any]
    kind: FieldKind = "other"


_CHECKED_EXTRAS: Final[Mapping[FieldKind, tuple[Callable[[Any], Any], pl.DataType]]] = {
    "number": (number, pl.Float64()),
    "date": (day, pl.Date()),
}
"""Kinds of extras whose values a rule computes with; all others are texts to it."""


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
