"""When cycles run: APScheduler starts them at an interval, and no step of the host's clock moves them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from apscheduler.executors.base import BaseExecutor, MaxInstancesReachedError, run_job
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

STEP_S: Final = 2.0
"""A difference between the clocks that grows by this between two looks is a step: NTP slews far more slowly."""

log = structlog.get_logger("dealwarden.daemon")


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


class SteadyJobs(MemoryJobStore):  # type: ignore[misc]  # APScheduler has no types
    """Jobs that are due by the monotonic clock, though APScheduler reckons by the host's.

    APScheduler waits by the monotonic clock and asks here what is due. A step that the host's clock made until then is
    first added to the time of every job.
    """

    def __init__(self, clock: ClockWatch) -> None:
        super().__init__()
        self._clock = clock

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """Return the jobs that are due at *now*, the present time of the host's clock."""
        step = timedelta(seconds=self._clock.look())
        if step:
            for job in self.get_all_jobs():
                job.modify(next_run_time=job.next_run_time + step)
        due: list[Job] = super().get_due_jobs(now)
        return due


class DaemonThreads(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Runs each job on a thread of its own, which does not keep the process from ending while it waits for a CRM.

    A start that comes while the job still runs is made up for once, right after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads: dict[str, threading.Thread] = {}
        self._overdue: set[str] = set()

    def submit_job(self, job: Job, run_times: Sequence[datetime]) -> None:
        """Start the job, or note that it is overdue while it runs."""
        with self._lock:
            try:
                super().submit_job(job, run_times)
            except MaxInstancesReachedError:
                self._overdue.add(job.id)

    def join(self, within_s: float) -> list[str]:
        """Wait for running jobs to end, for *within_s* in all; return the ids of those that still run."""
        deadline = time.monotonic() + within_s
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        return [name for name, thread in self._threads.items() if thread.is_alive()]

    def _do_submit_job(self, job: Job, run_times: Sequence[datetime]) -> None:
        thread = threading.Thread(target=self._run, args=(job, run_times), name=job.id, daemon=True)
        self._threads[job.id] = thread
        thread.start()

    def _run(self, job: Job, run_times: Sequence[datetime]) -> None:
        events: list[Any] = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        with self._lock:
            self._run_job_success(job.id, events)
            overdue = job.id in self._overdue
            self._overdue.discard(job.id)
        if overdue:  # without the lock: the scheduler takes its own first, then this one
            with suppress(JobLookupError):  # the schedule has ended
                job.modify(next_run_time=datetime.now(UTC))


class Timetable:
    """What is done again and again, from start to start, until the end."""

    def __init__(self, clock: ClockWatch | None = None) -> None:
        self._threads = DaemonThreads()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._threads},
            jobstores={"default": SteadyJobs(clock or ClockWatch())},
        )

    def repeat(self, name: str, work: Callable[[], object], *, every_s: float, jitter_s: float = 0.0) -> None:
        """Do *work* at once and then at an interval, each time later by a random part of *jitter_s*."""
        self._scheduler.add_job(
            work,
            IntervalTrigger(seconds=every_s, jitter=jitter_s, timezone=UTC),
            id=name,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def look(self) -> None:
        """Reckon anew what is due: APScheduler would wait out a step that falls between its own two looks."""
        self._scheduler.wakeup()

    def end(self, within_s: float) -> list[str]:
        """Start nothing more, wait so long for what runs; return the names of what still runs."""
        self._scheduler.shutdown(wait=False)
        return self._threads.join(within_s)
