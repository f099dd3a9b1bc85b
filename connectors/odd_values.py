"""Values that cannot be what their column says: years that no deal knows, numbers that no sum survives.

One such value must cost no more than itself: it counts as unknown, and the operator is told once a column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""No deal, person or mail is older or later; CRMs hold years 1, 202 and 20226 where a person mistyped one."""

LARGEST: Final = 1e15
"""Salesforce's largest currency field has 18 digits with two decimals; from here on a float loses cents, then units."""

_NUMBER: Final = re.compile(r"\s*[+-]?(?:[\d.,_]+(?:e[+-]?\d+)?|inf(?:inity)?|nan)\s*", re.IGNORECASE)
_STARTS_LIKE_A_TIME: Final = re.compile(r"\s*[+-]?\d+(?:[-/.:T]|\s*$)")

OUTSIDE_YEARS: Final = f"outside the years {FIRST_DAY.year} to {LAST_DAY.year}"
NO_SIZE: Final = "not finite, or beyond 15 digits"


@dataclass(frozen=True, slots=True)
class OddValues:
    """Values of one column that were read as null, since the column cannot hold what the CRM said.

    *reason* follows "is" in a sentence; *record_ids* name the rows by their primary key, or by the id that people see.
    """

    table: str
    column: str
    reason: str
    record_ids: tuple[str, ...]


def plausible_number(value: float) -> float | None:
    """Return a number, None for one that is not finite or larger than any amount or count."""
    return value if math.isfinite(value) and abs(value) < LARGEST else None


def plausible_day(value: date) -> date | None:
    """Return a day, None outside 1900-2199."""
    return value if FIRST_DAY <= value <= LAST_DAY else None


def plausible_moment(value: datetime) -> datetime | None:
    """Return a moment in UTC (a naive one counts as UTC), None outside 1900-2199."""
    # Asked by year before the conversion: moving year 1 or 9999 to another zone overflows.
    if not FIRST_DAY.year - 1 <= value.year <= LAST_DAY.year + 1:
        return None
    at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return at if plausible_day(at.date()) else None


def why_odd(raw: Any, dtype: pl.DataType) -> str:
    """Return the reason why *raw* became null in a column of this type, for a note to the operator."""
    if isinstance(dtype, pl.Date | pl.Datetime):
        return OUTSIDE_YEARS if _STARTS_LIKE_A_TIME.match(str(raw)[:40]) else "no date"
    if dtype.is_numeric():
        return NO_SIZE if not isinstance(raw, bool) and _NUMBER.fullmatch(str(raw)[:400]) else "no number"
    return "neither true nor false" if dtype == pl.Boolean else "of another type"


class OddValueCount:
    """The odd values of a pull by table, column and reason; a record that comes again in the overlap counts once."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str, str], dict[str, None]] = {}

    def add(self, odd: Iterable[OddValues]) -> None:
        """Take what one page held."""
        for values in odd:
            place = (values.table, values.column, values.reason)
            self._records.setdefault(place, {}).update(dict.fromkeys(values.record_ids))

    def notes(self) -> tuple[str, ...]:
        """Return one line for each column and reason, with the count and one example."""
        return tuple(
            f"{table}.{column}: {_counted(len(records))} {reason} and count{'s' if len(records) == 1 else ''} as "
            f"unknown, as in {next(iter(records))}; correct {'it' if len(records) == 1 else 'them'} in the CRM."
            for (table, column, reason), records in sorted(self._records.items())
        )


def _counted(count: int) -> str:
    return "1 value is" if count == 1 else f"{count:,} values are"
