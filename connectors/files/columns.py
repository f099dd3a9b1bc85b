"""From the text of an export to the types of a canonical table, with the place of every value that does not fit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from connectors.errors import InvalidResponseError
from connectors.model import ELEMENTS, ROLES, UTC_TIME

SHOWN: Final = 5
"""Wrong values that one message names."""

_ANSWERS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_WORDS: Final = {
    ("roles", "role"): ROLES,
    ("touches", "kind"): ("meeting", "call", "email", "other"),
    ("touches", "direction"): ("two_way", "inbound", "outbound", "unknown"),
}
"""Columns that hold one of a few words."""

_LEVELS: Final = frozenset(f"{element}_level" for element in ELEMENTS)


@dataclass(frozen=True, slots=True)
class Export:
    """One file as it was read: its name for messages, its bytes, and its columns, blanks as null."""

    name: str
    content: bytes
    frame: pl.DataFrame

    def place(self, row: int) -> str:
        """Return where the row with this index is: its line in a CSV file (a quoted text may span several lines)."""
        if self.name.endswith(".parquet"):
            return f"{self.name}: row {row + 1}"
        lines = csv.reader(io.StringIO(self.content.decode("utf-8-sig"), newline=""))
        # Only a wrong value asks for its line, so the file is not indexed beforehand.
        starts, line = [], 1
        for fields in lines:
            if fields:
                starts.append(line)
            line = lines.line_num + 1
        return f"{self.name}:{starts[row + 1]}"


def typed(table: str, export: Export, columns: Sequence[tuple[str, pl.DataType]]) -> pl.DataFrame:
    """Read the *columns* of *table* that the export has.

    Raises:
        InvalidResponseError: values that do not fit their column; names file, line, column, and what was expected.
    """
    values, wrong = [], []
    for name, kind in columns:
        cells = export.frame[name]
        read = _read(table, name, cells, kind)
        misfits = (cells.is_not_null() & read.is_null()).arg_true().to_list()
        wrong += [(row, name, str(cells[row]), _expected(table, name, kind)) for row in misfits]
        values.append(read.alias(name))
    if wrong:
        raise InvalidResponseError("; ".join(_told(export, sorted(wrong))))
    return pl.DataFrame(values)


def _told(export: Export, wrong: Sequence[tuple[int, str, str, str]]) -> Iterator[str]:
    for row, name, cell, expected in wrong[:SHOWN]:
        yield f'{export.place(row)}: [{name}] found "{cell[:40]}", expected {expected}'
    if len(wrong) > SHOWN:
        yield f"and {len(wrong) - SHOWN:,} more in this file"


def _read(table: str, name: str, cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """Convert one column; what does not fit becomes null."""
    if cells.dtype != pl.String:
        return _from_typed(cells, kind)
    if words := _WORDS.get((table, name)):
        return cells.set(~cells.is_in(words), None)
    if kind == pl.String:
        return cells
    if kind == pl.Boolean:
        return cells.str.to_lowercase().replace_strict(_ANSWERS, default=None, return_dtype=pl.Boolean)
    if kind == pl.Date:
        return cells.str.to_date("%Y-%m-%d", strict=False)
    if kind == UTC_TIME:
        moments = {text: _moment(text) for text in cells.unique().drop_nulls()}
        return pl.Series([None if text is None else moments[text] for text in cells], dtype=UTC_TIME)
    number = cells.cast(kind, strict=False)
    # Polars reads "inf" and "NaN" as numbers, which no later comparison could use.
    if kind == pl.Float64:
        return number.set(~number.is_finite().fill_null(True), None)
    return number.set(~number.is_between(0, 3), None) if name in _LEVELS else number


def _from_typed(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """Convert a column that Parquet has typed; a time without a zone counts as UTC."""
    if isinstance(cells.dtype, pl.Datetime) and kind == UTC_TIME:
        aware = cells if cells.dtype.time_zone else cells.dt.replace_time_zone("UTC")
        return aware.dt.convert_time_zone("UTC").cast(kind)
    try:
        return cells.cast(kind, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series([None], dtype=kind).new_from_index(0, cells.len())


def _moment(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _expected(table: str, name: str, kind: pl.DataType) -> str:
    if words := _WORDS.get((table, name)):
        return f"one of {', '.join(words)}"
    if name in _LEVELS:
        return "a level, 0 to 3"
    if kind == UTC_TIME:
        return "a time as in 2026-06-15T09:00:00Z"
    names = {pl.Boolean: "true or false", pl.Date: "a date as in 2026-06-15", pl.Float64: "a number as in 1200.50"}
    return next(
        (words for dtype, words in names.items() if kind == dtype), "a whole number" if kind.is_integer() else "text"
    )
