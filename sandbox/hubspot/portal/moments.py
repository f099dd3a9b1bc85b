"""Moments and days as the wire writes them, and as callers may write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000


@lru_cache(maxsize=16_384)
def stamp(moment: datetime) -> str:
    """Write a moment; the texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def moment_of(text: str) -> datetime:
    """Read a moment that `stamp` wrote."""
    return datetime.fromisoformat(text)


def read_moment(text: str) -> str:
    """Read a moment given as milliseconds since 1970, as ISO 8601 or as a day; ValueError where it is none."""
    if _is_number(text):
        return _from_ms(text)
    moment = datetime.fromisoformat(text)
    try:
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None


def read_day(text: str) -> str:
    """Read a day given as YYYY-MM-DD, or as the milliseconds or the moment of its midnight in UTC."""
    if _is_number(text) and int(text) % _DAY_MS:
        raise ValueError(f"{text} is at no midnight in UTC")
    if len(text) == 10 and not _is_number(text):
        return date.fromisoformat(text).isoformat()
    written = read_moment(text)
    if not written.endswith("T00:00:00.000Z"):
        raise ValueError(f"{text} is at no midnight in UTC")
    return written[:10]


def _from_ms(text: str) -> str:
    try:
        return stamp(_EPOCH + timedelta(milliseconds=int(text)))
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
