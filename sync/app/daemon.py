"""The daemon: cycles on a schedule, one at a time per connection, until a signal asks it to stop."""

from __future__ import annotations

import importlib.metadata
import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

import structlog

from sync.app.reload import LOOK_EVERY_S
from sync.app.schedule import Timetable
from sync.app.workspace import STOP_WITHIN_S, Workspace
from sync.config.sections import Schedule
from sync.errors import CollisionError

PACKAGES: Final = ("connectors", "rules", "sandbox", "sync")
DISTRIBUTION: Final = "dealwarden"
_WATCH: Final = "look for changes"  # no connection can be called so

log = structlog.get_logger("dealwarden.daemon")


def run_schedule(workspace: Workspace, schedule: Schedule, look_for_changes: Callable[[], None] | None = None) -> bool:
    """Run cycles until SIGTERM or SIGINT, the first at once; a running cycle stops between two writes.

    Each connection has its own thread, so that a slow or failing connection delays no other. *look_for_changes* is
    called every few seconds in a thread of its own. Return whether every cycle ended: one that waits for its CRM is
    given up after a while, and is then like a killed one to the next.
    """
    names, every_s = tuple(workspace.config.connections), schedule.every.total_seconds()
    timetable = Timetable()
    for name in names:
        cycle = partial(run_connection, workspace, name)
        timetable.repeat(name, cycle, every_s=every_s, jitter_s=schedule.jitter.total_seconds())
    if look_for_changes is not None:
        timetable.repeat(_WATCH, partial(_watch, look_for_changes), every_s=LOOK_EVERY_S)
    with _stop_signals() as stopped:
        timetable.start()
        log.info("daemon.started", connections=names, every_s=every_s)
        while not select.select([stopped], [], [], LOOK_EVERY_S)[0]:
            timetable.look()
        number = os.read(stopped, 1)
        log.info("daemon.stopping", signal=signal.Signals(number[0]).name)
        workspace.stop_requested.set()
        running = timetable.end(STOP_WITHIN_S)
        if running:
            log.warning("daemon.gave_up_waiting", connections=running, after_s=STOP_WITHIN_S)
        log.info("daemon.stopped")
    return not running


def _watch(look_for_changes: Callable[[], None]) -> None:
    try:
        look_for_changes()
    except Exception:  # logged under a name of ours; APScheduler would go on too
        log.exception("reload.crashed")


def run_connection(workspace: Workspace, name: str) -> None:
    """Run one cycle of one connection; an error is logged, and the next cycle tries again."""
    if workspace.stop_requested.is_set() or name not in workspace.config.connections:
        return
    try:
        workspace.run(name, "sync")
    except Exception:  # a fault in a cycle must not end the daemon
        log.exception("cycle.crashed", connection=name)


def refuse_collisions(owners: Mapping[str, list[str]] | None = None) -> None:
    """Refuse to start where another distribution has a package of the same name, whose code would run instead.

    Raises:
        CollisionError: names that distribution.
    """
    distributions = importlib.metadata.packages_distributions() if owners is None else owners
    for package in PACKAGES:
        others = sorted(set(distributions.get(package, ())) - {DISTRIBUTION})
        if others:
            raise CollisionError(
                f"the installed distribution {others[0]!r} also has a package called {package!r}, as dealwarden does; "
                "install dealwarden into an environment of its own"
            )


@contextmanager
def _stop_signals() -> Iterator[int]:
    """Return a file descriptor that yields the number of each SIGTERM or SIGINT.

    The wake-up descriptor is written to whichever thread the signal reaches, and unlike an Event it can be set while
    the main thread waits.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    receivers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    before = signal.set_wakeup_fd(writer)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        for number, receiver in receivers.items():
            signal.signal(number, receiver)
        os.close(writer)
        os.close(reader)
