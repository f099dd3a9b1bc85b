"""Cycles run by the monotonic clock, and a host's clock that is set is reported."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from sync.app.schedule import ClockWatch, repeat


@dataclass
class Clocks:
    """A monotonic clock and a host's clock that pass as a test wants."""

    monotonic: float = 1_000.0
    wall: float = 1_750_000_000.0

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


@dataclass
class Waiting(threading.Event):
    """A stop that is never set before the end, and whose waiting takes no time."""

    clocks: Clocks
    until: float
    begun: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def wait(self, timeout: float | None = None) -> bool:
        self.clocks.pass_(timeout or 0.0)
        return self.clocks.monotonic >= self.until


def starts(clocks: Clocks, stop: Waiting, lasts: float = 0.0) -> list[float]:
    """Run work that lasts so long every 600 s, and return when it began, in seconds from the start."""
    zero, begun = clocks.monotonic, []

    def work() -> None:
        begun.append(clocks.monotonic - zero)
        clocks.pass_(lasts)

    repeat(work, stop, every_s=600, monotonic=lambda: clocks.monotonic)
    return begun


def test_work_begins_at_once_and_then_from_start_to_start() -> None:
    clocks = Clocks()
    assert starts(clocks, Waiting(clocks, 1_000.0 + 1_900), lasts=100) == [0, 600, 1200, 1800]


def test_work_that_outlasts_the_interval_is_followed_by_the_next_at_once_and_by_no_more() -> None:
    clocks = Clocks()
    assert starts(clocks, Waiting(clocks, 1_000.0 + 3_000), lasts=1_300) == [0, 1300, 2600]


@pytest.mark.parametrize("step", [-3600.0, -86_400.0, 400 * 86_400.0])
def test_a_step_of_the_host_s_clock_is_logged_once(step: float) -> None:
    clocks = Clocks()
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.monotonic)
    with capture_logs() as logs:
        clocks.pass_(5)
        watch.look()
        clocks.wall += step
        clocks.pass_(5)
        assert watch.look() == pytest.approx(step)
        clocks.pass_(5)
        watch.look()
    assert [(entry["event"], entry["seconds"], entry["log_level"]) for entry in logs] == [
        ("clock.stepped", step, "warning")
    ]


def test_a_clock_that_only_drifts_is_no_step() -> None:
    clocks = Clocks()
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.monotonic)
    with capture_logs() as logs:
        for _ in range(100):
            clocks.pass_(5)
            clocks.wall += 0.005
            watch.look()
    assert logs == []
