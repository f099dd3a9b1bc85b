"""Cycles are due by the monotonic clock, and a host's clock that is set is reported."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from structlog.testing import capture_logs

from sync.app.schedule import ClockWatch, DaemonThreads, SteadyJobs

STEPS = (-3600.0, -86_400.0, 400 * 86_400.0)


@dataclass
class Clocks:
    """A monotonic clock and a host's clock that pass as a test wants."""

    monotonic: float = 1_000.0
    wall: float = 1_750_000_000.0

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.wall, UTC)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def jobs(clocks: Clocks) -> Iterator[SteadyJobs]:
    """The store of a scheduler that starts nothing, with a job that is due in 600 s."""
    store = SteadyJobs(ClockWatch(lambda: clocks.wall, lambda: clocks.monotonic))
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": store})
    scheduler.start(paused=True)
    due = clocks.now() + timedelta(seconds=600)
    scheduler.add_job(print, IntervalTrigger(seconds=600, timezone=UTC), id="acme", next_run_time=due)
    yield store
    scheduler.shutdown()


def due(jobs: SteadyJobs, clocks: Clocks) -> list[str]:
    return [job.id for job in jobs.get_due_jobs(clocks.now())]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_host_s_clock_makes_no_job_due(step: float, jobs: SteadyJobs, clocks: Clocks) -> None:
    clocks.wall += step
    clocks.pass_(599)
    assert due(jobs, clocks) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_job_is_due_in_time_whatever_step_the_host_s_clock_made(
    step: float, jobs: SteadyJobs, clocks: Clocks
) -> None:
    clocks.wall += step
    clocks.pass_(600)
    assert due(jobs, clocks) == ["acme"]


def test_a_job_is_due_in_time_when_the_host_s_clock_was_wrong_for_a_while(jobs: SteadyJobs, clocks: Clocks) -> None:
    clocks.wall -= 3600
    clocks.pass_(300)
    due(jobs, clocks)
    clocks.wall += 3600
    clocks.pass_(300)
    assert due(jobs, clocks) == ["acme"]


@pytest.mark.parametrize("step", STEPS)
def test_the_scheduler_waits_until_a_job_is_due_by_the_clock_that_was_set(
    step: float, jobs: SteadyJobs, clocks: Clocks
) -> None:
    clocks.wall += step
    due(jobs, clocks)
    assert jobs.get_next_run_time() == clocks.now() + timedelta(seconds=600)


def test_work_that_outlasts_its_interval_is_done_again_at_once() -> None:
    began, passed_by, end, again = (threading.Event() for _ in range(4))
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": DaemonThreads()})

    def work() -> None:
        if end.is_set():
            again.set()
        began.set()
        end.wait(10)

    hourly = IntervalTrigger(hours=1, timezone=UTC)
    scheduler.add_job(work, hourly, id="long", next_run_time=datetime.now(UTC))
    scheduler.start()
    assert began.wait(10)
    scheduler.modify_job("long", next_run_time=datetime.now(UTC))
    scheduler.add_job(passed_by.set, hourly, id="other", next_run_time=datetime.now(UTC))  # due after the long one
    assert passed_by.wait(10)

    end.set()

    assert again.wait(10)
    scheduler.shutdown()


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_host_s_clock_is_logged_once(step: float, clocks: Clocks) -> None:
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


def test_a_clock_that_only_drifts_is_no_step(clocks: Clocks) -> None:
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.monotonic)
    with capture_logs() as logs:
        for _ in range(100):
            clocks.pass_(5)
            clocks.wall += 0.005
            watch.look()
    assert logs == []
