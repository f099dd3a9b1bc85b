"""Dates and numbers as people's exports write them, read in a stated order and never guessed where two readings fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal

DateOrder = Literal["day-first", "month-first"]

_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?!\d)")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_EAST_ASIAN: Final = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_NAMED: Final = re.compile(r"(?:(\d{1,2})\.?[ -])?([A-Za-z]{3,9})\.?[ -](?:(\d{1,2}),?[ ])?(\d{4}|\d{2})(?!\d)")
_CLOCK: Final = re.compile(r"[,T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*$")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIVOT: Final = 69
"""Two digits below it are a year of this century, as POSIX reads them."""

_MONEY: Final = r"(?:[A-Z]{1,3})?[\u20a0-\u20cf$£¥]|[A-Z]{3}|kr\.?|zł|Kč|Ft|lei|R"
_AROUND_NUMBER: Final = re.compile(rf"^(?:{_MONEY})\s*(?=[\d+\-.,(])|\s*(?:%|{_MONEY})$")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f'\u2019]")


@dataclass(frozen=True, slots=True)
class Dates:
    """How a file writes slashed dates; *ambiguous* is a date that may be two days, *mixed* are two that contradict."""

    order: DateOrder | None = None
    ambiguous: str | None = None
    mixed: tuple[str, str] | None = None

    @classmethod
    def of(cls, texts: Iterable[str], configured: DateOrder | None = None) -> Dates:
        """Find the order of day and month from all dates of a file: one part above 12 decides for all of them."""
        first: dict[DateOrder, str] = {}
        either: str | None = None
        for text in texts:
            if (match := _SLASHED.match(text.strip())) is None:
                continue
            left, right = int(match[1]), int(match[2])
            if left > 12 >= right:
                first.setdefault("day-first", text)
            elif right > 12 >= left:
                first.setdefault("month-first", text)
            elif left != right:
                either = either or text
        if configured is not None:
            return cls(configured)
        if len(first) > 1:
            return cls(mixed=(first["day-first"], first["month-first"]))
        return cls(next(iter(first), None), ambiguous=None if first else either)

    def moment(self, text: str) -> datetime | None:
        """Return a date or time as it is written, naive where no zone is; None where it is none.

        In this order: ISO 8601; year first; dots, day first; names of months in English; slashes by the file's order.
        """
        text = text.strip()
        try:
            return datetime.fromisoformat(text.replace(" ", "T", 1) if text[10:11] == " " else text)
        except ValueError:
            pass
        for read in (self._year_first, self._dotted, self._named, self._slashed):
            if (dated := read(text)) is not None:
                on, rest = dated
                return _at(on, rest)
        return None

    def _slashed(self, text: str) -> tuple[date, str] | None:
        if (match := _SLASHED.match(text)) is None:
            return None
        left, right, year = int(match[1]), int(match[2]), _year(match[3])
        if self.order is None and left != right:
            return None
        day, month = (right, left) if self.order == "month-first" else (left, right)
        return _date(year, month, day, text[match.end() :])

    @staticmethod
    def _year_first(text: str) -> tuple[date, str] | None:
        match = _YEAR_FIRST.match(text) or _EAST_ASIAN.match(text)
        return match and _date(int(match[1]), int(match[2]), int(match[3]), text[match.end() :])

    @staticmethod
    def _dotted(text: str) -> tuple[date, str] | None:
        match = _DOTTED.match(text)
        return match and _date(_year(match[3]), int(match[2]), int(match[1]), text[match.end() :])

    @staticmethod
    def _named(text: str) -> tuple[date, str] | None:
        match = _NAMED.match(text)
        if match is None or match[2][:3].casefold() not in _MONTHS or not (match[1] or match[3]):
            return None
        month = _MONTHS.index(match[2][:3].casefold()) + 1
        return _date(_year(match[4]), month, int(match[1] or match[3]), text[match.end() :])


def _date(year: int, month: int, day: int, rest: str) -> tuple[date, str] | None:
    try:
        return date(year, month, day), rest
    except ValueError:
        return None


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < _PIVOT else 1900)


def _at(on: date, rest: str) -> datetime | None:
    if not rest.strip():
        return datetime.combine(on, time())
    if (match := _CLOCK.match(rest)) is None:
        return None
    hour = int(match[1])
    if match[4]:
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    try:
        return datetime.combine(on, time(hour, int(match[2]), int(match[3] or 0)))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the numbers of a column are written: whether a comma is their decimal mark."""

    decimal_comma: bool = False
    ambiguous: str | None = None

    @classmethod
    def of(cls, texts: Sequence[str], *, comma_is_likely: bool) -> Numbers:
        """Find the decimal mark of a column from all its values.

        *comma_is_likely* says that the file's separator is not a comma, as where commas are decimal marks: there
        "1.200" alone may be either, and is asked about.
        """
        bare = [_bare(text) for text in texts]
        if any(_is_decimal_comma(text) for text in bare):
            return cls(decimal_comma=True)
        dotted = [text for text in bare if "." in text and "," not in text]
        thousands = [text for text in dotted if re.fullmatch(r"[+-]?\d{1,3}\.\d{3}", text)]
        if comma_is_likely and dotted and len(thousands) == len(dotted):
            return cls(ambiguous=thousands[0])
        return cls(decimal_comma=any(text.count(".") > 1 for text in dotted))

    def number(self, text: str) -> float | None:
        """Return a number without its currency, percent sign and grouping; None where it is none."""
        if not self.decimal_comma:
            try:
                return float(text)
            except ValueError:
                pass
        bare = _bare(text)
        negative = bare.startswith("(") and bare.endswith(")")
        bare = bare.strip("()")
        bare = bare.replace(".", "").replace(",", ".") if self.decimal_comma else bare.replace(",", "")
        if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)", bare):
            return None
        return -float(bare) if negative else float(bare)


def _bare(text: str) -> str:
    return _BLANKS.sub("", _AROUND_NUMBER.sub("", text.strip()))


def _is_decimal_comma(text: str) -> bool:
    """Whether a number can only be read with a decimal comma: "1.200,5", "12,50", "0,125"."""
    _, comma, rest = text.rpartition(",")
    return (
        bool(comma) and text.count(",") == 1 and "." not in rest and (len(rest) != 3 or "." in text or text[0] == "0")
    )


def utc(at: datetime) -> datetime:
    """Return a moment with a zone: a naive one is UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
