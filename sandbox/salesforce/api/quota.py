"""The calls that an org may make in 24 hours."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_WINDOW_H = 24


class Quota:
    """Counts calls by hour of the org's time; those of the last 24 hours are used.

    The quirk `daily_used` puts a number in place of what was counted before; `daily_max` is the allowance.
    """

    def __init__(self, now: Callable[[], datetime], quirks: Mapping[str, Any]) -> None:
        self._now, self._quirks = now, quirks
        self._lock = threading.Lock()
        self._hours: Counter[int] = Counter()
        self._preset: int | None = None

    @property
    def maximum(self) -> int:
        """Calls allowed in any 24 hours."""
        return int(self._quirks["daily_max"])

    def used(self) -> int:
        """Calls that count at present."""
        with self._lock:
            return self._current(self._hour()).total()

    def spend(self) -> bool:
        """Count one call, or say that none is left."""
        with self._lock:
            hour = self._hour()
            hours = self._current(hour)
            if hours.total() >= self.maximum:
                return False
            hours[hour] += 1
            return True

    def header(self) -> str:
        """The value of Sforce-Limit-Info."""
        return f"api-usage={self.used()}/{self.maximum}"

    def _hour(self) -> int:
        return int(self._now().timestamp()) // 3600

    def _current(self, hour: int) -> Counter[int]:
        preset = self._quirks["daily_used"]
        if preset != self._preset:
            self._preset = preset
            self._hours = Counter() if preset is None else Counter({hour: int(preset)})
        # A rolling window, by the hour: a day's allowance comes back a little every hour, not at midnight.
        for past in [h for h in self._hours if not hour - _WINDOW_H < h <= hour]:
            del self._hours[past]
        return self._hours
