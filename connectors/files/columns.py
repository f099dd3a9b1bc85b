"""From the text of an export to the types of a canonical table, with the place of every value that does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from connectors.errors import InvalidResponseError
from connectors.files.csv_text import CsvText, line_of
from connectors.files.formats import Dates, Numbers, utc
from connectors.odd_values import FIRST_DAY, LARGEST, LAST_DAY, OddValues, why_odd
from connectors.tables import ELEMENTS, ROLES, UTC_TIME

SHOWN: Final = 5
"""Wrong values that one message names."""

_ANSWERS: Final = {
    answer: meant
    for meant, answers in (
        (True, "true, yes, y, 1, wahr, ja, oui, vrai, si, sí, verdadero, vero, sim, verdadeiro, sant, はい, x, ✓"),
        (False, "false, no, n, 0, falsch, nein, non, faux, falso, não, nao, nee, onwaar, nej, falskt, いいえ"),
    )
    for answer in answers.split(", ")
}
_WORDS: Final = {
    ("roles", "role"): ROLES,
    ("touches", "kind"): ("meeting", "call", "email", "other"),
    ("touches", "direction"): ("two_way", "inbound", "outbound", "unknown"),
}
"""Columns that hold one of a few words."""

_LEVELS: Final = frozenset(f"{element}_level" for element in ELEMENTS)


@dataclass(frozen=True, slots=True)
class Export:
    """One file as it was read: its name for messages, its columns with blanks as null, its text if it is CSV.

    *columns* maps canonical columns to the file's own names of them.
    """

    name: str
    frame: pl.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    text: CsvText | None = None
    notes: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        """Return where the row with this index is: its line in a CSV file, else its number."""
        return f"{self.name}: row {row + 1}" if self.text is None else f"{self.name}:{line_of(self.text, row)}"


@dataclass(frozen=True, slots=True)
class Typed:
    """The columns of a table in their types; the rows whose values are odd, and what only a person can answer."""

    frame: pl.DataFrame
    odd: Mapping[tuple[str, str], Sequence[int]]
    questions: tuple[str, ...] = ()


def typed(table: str, export: Export, columns: Sequence[tuple[str, pl.DataType]], dates: Dates) -> Typed:
    """Read the *columns* of *table* that the export has; *dates* is how the file writes them.

    Values that no such column can hold are odd and null. Values that are something else altogether are refused.

    Raises:
        InvalidResponseError: values that do not fit their column; names file, line, column, and what was expected.
    """
    values, wrong, questions = [], [], []
    odd: dict[tuple[str, str], list[int]] = {}
    for name, kind in columns:
        own_name = export.columns[name]
        cells = export.frame[own_name]
        column = _Column(table, name, kind, own_name)
        read, question = column.read(cells, dates, comma_is_likely=export.text is not None and _odd_separator(export))
        read = read.alias(name)
        impossible = column.impossible(cells, read)
        misfits = cells.is_not_null() & read.is_null() & ~impossible
        if question is None:
            wrong += [(row, own_name, str(cells[row]), column.expected()) for row in misfits.arg_true().to_list()]
        else:
            questions.append(f"{export.name}: [{own_name}] {question}")
        for row in impossible.arg_true().to_list():
            odd.setdefault((name, why_odd(cells[row], kind)), []).append(row)
        values.append(read.set(impossible, None))
    if wrong:
        raise InvalidResponseError("; ".join(_shown(export, sorted(wrong))))
    return Typed(pl.DataFrame(values), odd, tuple(questions))


def odd_values(table: str, read: Typed, ids: Sequence[str]) -> tuple[OddValues, ...]:
    """Return the odd values of a table whose rows have these *ids*."""
    return tuple(
        OddValues(table, column, reason, tuple(ids[row] for row in rows)) for (column, reason), rows in read.odd.items()
    )


def _odd_separator(export: Export) -> bool:
    return export.text is not None and export.text.separator != ","


def _shown(export: Export, wrong: Sequence[tuple[int, str, str, str]]) -> Iterator[str]:
    for row, name, cell, expected in wrong[:SHOWN]:
        yield f'{export.place(row)}: [{name}] found "{cell[:40]}", expected {expected}'
    if len(wrong) > SHOWN:
        yield f"and {len(wrong) - SHOWN:,} more in this file"


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a table, and its name in the file."""

    table: str
    name: str
    kind: pl.DataType
    own_name: str

    def read(self, cells: pl.Series, dates: Dates, *, comma_is_likely: bool) -> tuple[pl.Series, str | None]:
        """Convert the cells; what does not fit becomes null. Also the question that keeps all of them unread."""
        if cells.dtype != pl.String:
            return _from_typed(cells, self.kind), None
        if words := _WORDS.get((self.table, self.name)):
            return cells.set(~cells.is_in(words), None), None
        if self.kind == pl.String:
            return cells, None
        if self.kind == pl.Boolean:
            return cells.str.to_lowercase().replace_strict(_ANSWERS, default=None, return_dtype=pl.Boolean), None
        if self.kind in (pl.Date, UTC_TIME):
            return self._times(cells, dates)
        return self._numbers(cells, comma_is_likely=comma_is_likely)

    def _times(self, cells: pl.Series, dates: Dates) -> tuple[pl.Series, str | None]:
        texts = {text: dates.moment(text) for text in cells.unique().drop_nulls()}
        question = None
        if dates.ambiguous is not None and any(at is None for at in texts.values()):
            question = (
                f'"{dates.ambiguous}" may be day or month first, and no date of the file says which: set '
                'date_order = "day-first" or "month-first"; until then its dates are unknown'
            )
        elif dates.mixed is not None and any(at is None for at in texts.values()):
            question = (
                f'"{dates.mixed[0]}" has the day first and "{dates.mixed[1]}" the month: export the dates in one form, '
                "best as 2026-02-23; until then they are unknown"
            )
        read = {text: _as_kind(at, self.kind) for text, at in texts.items()}
        return pl.Series([None if text is None else read[text] for text in cells], dtype=self.kind), question

    def _numbers(self, cells: pl.Series, *, comma_is_likely: bool) -> tuple[pl.Series, str | None]:
        numbers = Numbers.of(cells.drop_nulls().to_list(), comma_is_likely=comma_is_likely)
        if numbers.ambiguous is not None and self.kind == pl.Float64:
            nothing = pl.Series([None], dtype=self.kind).new_from_index(0, cells.len())
            return nothing, (
                f'"{numbers.ambiguous}" may be a thousand or a fraction: export numbers without grouping, as 1200.50; '
                "until then they are unknown"
            )
        read = pl.Series([None if text is None else numbers.number(text) for text in cells], dtype=pl.Float64)
        if self.kind == pl.Float64:
            return read, None
        whole = read.set((read != read.floor()).fill_null(value=False), None)
        if self.name in _LEVELS:
            whole = whole.set(~whole.is_between(0, 3).fill_null(value=True) & whole.is_finite(), None)
        # Numbers beyond the type stay for `impossible` to see, which makes them null.
        return whole if whole.abs().max() is not None and _beyond(whole).any() else whole.cast(self.kind), None

    def impossible(self, cells: pl.Series, read: pl.Series) -> pl.Series:
        """Return which cells are of the right form and cannot be true: years and sizes that no deal knows."""
        if self.kind in (pl.Date, UTC_TIME):
            days = read.dt.date() if self.kind == UTC_TIME else read
            return (~days.is_between(FIRST_DAY, LAST_DAY)).fill_null(value=False) | self._beyond_years(cells, read)
        if read.dtype.is_numeric():
            return _beyond(read.cast(pl.Float64))
        return pl.repeat(value=False, n=cells.len(), dtype=pl.Boolean, eager=True)

    def _beyond_years(self, cells: pl.Series, read: pl.Series) -> pl.Series:
        """Return which unread cells are dates of a form that is right but for a year that Python does not know."""
        if cells.dtype != pl.String:
            return pl.repeat(value=False, n=cells.len(), dtype=pl.Boolean, eager=True)
        return (read.is_null() & cells.str.contains(_ODD_YEAR)).fill_null(value=False)

    def expected(self) -> str:
        """Return what a cell of the column may be, for a message."""
        if words := _WORDS.get((self.table, self.name)):
            return f"one of {', '.join(words)}"
        if self.name in _LEVELS:
            return "a level, 0 to 3"
        if self.kind == UTC_TIME:
            return "a time as in 2026-06-15T09:00:00Z"
        names = {pl.Boolean: "true or false", pl.Date: "a date as in 2026-06-15", pl.Float64: "a number as in 1200.50"}
        return next(
            (words for dtype, words in names.items() if self.kind == dtype),
            "a whole number" if self.kind.is_integer() else "text",
        )


_ODD_YEAR: Final = r"^(?:0000|[+-]?\d{5,6})-\d{2}-\d{2}(?:$|[T ])"


def _beyond(numbers: pl.Series) -> pl.Series:
    return (~(numbers.is_finite() & (numbers.abs() < LARGEST))).fill_null(value=False)


def _as_kind(at: datetime | None, kind: pl.DataType) -> Any:
    if at is None or kind == pl.Date:
        return None if at is None else at.date()
    # Moving year 1 or 9999 to UTC overflows; such a moment becomes null anyway, in whatever zone.
    at = utc(at)
    return at.astimezone(UTC) if 2 <= at.year <= 9998 else at.replace(tzinfo=UTC)


def _from_typed(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """Convert a column that Parquet has typed; a time without a zone counts as UTC."""
    if isinstance(cells.dtype, pl.Datetime) and kind == UTC_TIME:
        aware = cells if cells.dtype.time_zone else cells.dt.replace_time_zone("UTC")
        return aware.dt.convert_time_zone("UTC").cast(kind)
    try:
        return cells.cast(kind, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series([None], dtype=kind).new_from_index(0, cells.len())
