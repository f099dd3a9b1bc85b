"""Time as a simulation has it: it passes when somebody waits, and at no other moment."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.host import Host
from sandbox.server.clock import Clock

START = datetime(2026, 6, 15, 13, 0, tzinfo=UTC)


class VirtualClock(Clock):
    """The clock of the CRM and of the host alike; what was put off happens while it passes."""

    def __init__(self) -> None:
        super().__init__(START)
        self.hold()
        self.host_ahead = timedelta()  # how far the host's own idea of the time is off
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def advance(self, seconds: float) -> None:
        """Let time pass, and with it everything that was put off."""
        until = self.now() + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= until:
            at, _, act = heapq.heappop(self._due)
            self.set(max(at, self.now()))
            act()
        self.set(max(until, self.now()))

    def put_off(self, seconds: float, act: Callable[[], object]) -> None:
        """Let *act* happen *seconds* from now."""
        heapq.heappush(self._due, (self.now() + timedelta(seconds=seconds), next(self._order), act))

    def host(self) -> Host:
        """The host of a process in this world; its clock may be wrong, its stop-watch is not."""
        return Host(
            sleep=self.advance,
            monotonic=self._elapsed,
            now=lambda: self.now() + self.host_ahead,
        )

    def _elapsed(self) -> float:
        return (self.now() - START).total_seconds()
