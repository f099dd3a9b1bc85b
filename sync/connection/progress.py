"""How long work reports how far it is: on a terminal as a line that moves, elsewhere as log lines, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_LOG_EVERY_S = 5.0


class Progress(Protocol):
    """Something that shows how far a cycle is."""

    def stage(self, connection: str, what: str, done: int | None, total: int | None) -> None:
        """Return what *connection* is doing; *total* is None where nobody knows it beforehand."""


class SilentProgress:
    """Shows nothing."""

    def stage(self, connection: str, what: str, done: int | None, total: int | None) -> None:
        """Do nothing."""


class LogProgress:
    """Logs each new stage, and a running one every few seconds, so that a long pull is seen to move."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = structlog.get_logger("dealwarden.progress")
        self._monotonic = monotonic
        self._last: dict[str, tuple[str, float]] = {}

    def stage(self, connection: str, what: str, done: int | None, total: int | None) -> None:
        """Log the stage, unless the same one was logged a moment ago."""
        now = self._monotonic()
        last_what, last_at = self._last.get(connection, ("", 0.0))
        if what == last_what and now - last_at < _LOG_EVERY_S:
            return
        self._last[connection] = (what, now)
        self._log.info("stage.advanced", connection=connection, stage=what, done=done, total=total)


class TerminalProgress:
    """Shows one moving line per connection on a terminal's error stream."""

    def __init__(self) -> None:
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def stage(self, connection: str, what: str, done: int | None, total: int | None) -> None:
        """Move the connection's line."""
        count = "" if done is None else f"{done:,}" if total is None else f"{done:,} of {total:,}"
        text = f"{connection}: {what}"
        if connection in self._tasks:
            self.bars.update(self._tasks[connection], description=text, count=count)
        else:
            self._tasks[connection] = self.bars.add_task(text, total=None, count=count)


@contextmanager
def shown_progress(*, terminal: bool, quiet: bool = False) -> Iterator[Progress]:
    """Yield the progress for the place; a terminal's line is gone once the work is done."""
    if quiet:
        yield SilentProgress()
    elif terminal:
        shown = TerminalProgress()
        with shown.bars:
            yield shown
    else:
        yield LogProgress()
