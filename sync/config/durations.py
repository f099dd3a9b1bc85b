"""Durations as people write them in a config: ``10 minutes``, ``2 hours``."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_SHAPE = re.compile(r"\s*(\d+)\s*([a-z]+?)s?\s*", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Read a whole number and a unit: second, minute, hour or day, with or without the plural s.

    Raises:
        ValueError: the text is no such duration; the message says what was expected.
    """
    match = _SHAPE.fullmatch(text)
    unit = _SECONDS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError(
            f'found "{text}", expected a whole number and seconds, minutes, hours or days, as in "10 minutes"'
        )
    try:
        return timedelta(seconds=int(match[1]) * unit)
    except OverflowError:
        raise ValueError(f'found "{text}", expected a duration that a calendar can hold') from None
