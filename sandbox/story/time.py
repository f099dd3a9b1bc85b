"""When things happen in a made-up pipeline: on workdays, in working hours, in the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random


def working_time(rng: Random, moment: datetime) -> datetime:
    """Move *moment* to a working hour of the same day or, at a weekend, of the Friday before."""
    # Touches at weekends would make silence in business days and in calendar days differ by chance.
    weekday = moment.weekday()
    day = moment - timedelta(days=weekday - 4) if weekday > 4 else moment
    return day.replace(hour=rng.randrange(7, 17), minute=rng.randrange(0, 60, 5), second=0, microsecond=0)
