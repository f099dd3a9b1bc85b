"""When cycles run: at an interval of the monotonic clock, which no step of the host's clock moves."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

STEP_S: Final = 2.0
"""A difference between the clocks that grows by this between two looks is a step: NTP slews far more slowly."""

log = structlog.get_logger("dealwarden.daemon")


def repeat(
    work: Callable[[], object],
    stop: threading.Event,
    *,
    every_s: float,
    jitter_s: float = 0.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Do *work* at once and then every so many seconds, from start to start, until *stop* is set.

    A start that comes while the work still runs is made up for once, right after it. *jitter_s* is the longest random
    delay of a start; it does not add up.
    """
    due, delay = monotonic(), 0.0
    while not stop.wait(max(0.0, due + delay - monotonic())):
        work()
        due = max(due + every_s, monotonic())
        delay = random.uniform(0.0, jitter_s)  # spreads daemons, guards nothing


class ClockWatch:
    """Notices when the host's clock was set: certificates, tokens and times in logs go by it."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._offset = wall() - monotonic()

    def look(self) -> float:
        """Return by how many seconds the host's clock was set since the last look, forward or back; log a step."""
        offset = self._wall() - self._monotonic()
        step = offset - self._offset
        self._offset = offset
        if abs(step) < STEP_S:
            return 0.0
        log.warning("clock.stepped", seconds=round(step, 1))
        return step
