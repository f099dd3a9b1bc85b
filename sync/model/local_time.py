"""The clock on the wall of an org, from the CRM's own time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def local_time(time_zone: str, now: datetime) -> datetime:
    """Return *now* in an org's zone, whose midnight turns the connection's day; UTC where the zone is unknown."""
    try:
        return now.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return now
