"""Writes that become visible after they were made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sandbox.hubspot.portal.change import Change
from sandbox.hubspot.portal.refusals import RecordError
from sandbox.hubspot.portal.storage import Storage

Action = Callable[[Change], Any]


class LateWrites:
    """Carries out writes at once, or keeps people's back where these commit late."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._waiting: list[tuple[datetime, Change, Action]] = []
        self.due: datetime | None = None  # when the write that is being committed became visible

    def perform(self, change: Change, action: Action) -> None:
        """Carry out one write, now or later; it is refused now, if it is."""
        delay = 0 if change.api else change.quirks["late_commit_s"]
        if not delay:
            with self._storage.atomic():
                action(change)
            return
        with suppress(_Rehearsed), self._storage.atomic():
            action(change)
            # Rolled back here and made again when due, so that a refusal comes at once and the row comes late.
            raise _Rehearsed
        self._waiting.append((change.now + timedelta(seconds=delay), change, action))

    def commit(self, now: datetime) -> None:
        """Carry out the writes that are due, under the stamps of when they were made."""
        while self._waiting and self._waiting[0][0] <= now:
            self.due, change, action = self._waiting.pop(0)
            with suppress(RecordError), self._storage.atomic():
                action(change)
        self.due = None


class _Rehearsed(Exception):  # noqa: N818
    """Ends a rehearsal, and leaves no trace of it."""
