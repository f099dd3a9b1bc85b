"""The clock of the simulated CRMs: it can be set, and ticks on from any value."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that starts at *start* and runs at the host's pace, whatever it is set to."""

    def __init__(self, start: datetime, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._base = start.astimezone(UTC)
        self._mark = monotonic()
        self._held = False

    def now(self) -> datetime:
        """The time that the CRMs believe it is, in UTC."""
        with self._lock:
            return self._now()

    def set(self, now: datetime) -> None:
        """Go on from *now*, forwards or back."""
        with self._lock:
            self._base, self._mark = now.astimezone(UTC), self._monotonic()

    def advance(self, seconds: float) -> None:
        """Jump by *seconds*; a negative number goes back."""
        with self._lock:
            self._base += timedelta(seconds=seconds)

    def hold(self) -> None:
        """Stand still at a whole second from now on, except for what sets or advances it."""
        with self._lock:
            self._base, self._held = self._now().replace(microsecond=0), True

    def _now(self) -> datetime:
        # The host's monotonic clock drives it: a host clock that is corrected must not move the CRMs' time.
        return self._base if self._held else self._base + timedelta(seconds=self._monotonic() - self._mark)
