"""The death of a process, at any moment that matters: between its steps, its commits and its requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sync.store.database.backend import Backend
from sync.store.database.database import Database, Work


class Killed(BaseException):
    """The process is dead; no handler of the product catches it, and nothing works any more while it unwinds."""


class Crash:
    """Counts the moments at which the process may die, and kills it at the chosen one."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._left: int | None = None
        self._only_writes = False
        self.dead = False

    def arm(self, moments: int | None, *, writing: bool = False) -> None:
        """Let the process die at the given moment from now on, or not at all; *writing*: of those while it writes."""
        self._left, self._only_writes, self.dead = moments, writing, False

    def point(self, name: str, *, writes: bool = False) -> None:
        """Pass a moment."""
        if self.dead:
            raise Killed(name)
        if self._left is None or (self._only_writes and not writes):
            return
        self._left -= 1
        if self._left <= 0:
            self.dead = True
            self.seen[name] += 1
            raise Killed(name)


class MortalDatabase(Database):
    """The product's own database, whose process may die around every commit."""

    def __init__(self, backend: Backend, crash: Crash) -> None:
        super().__init__(backend)
        self.crash = crash

    @contextmanager
    def write(self, conn: int | None = None) -> Iterator[Work]:
        """Run a transaction, or die before, in or after it."""
        self.crash.point("before a transaction", writes=True)
        with super().write(conn) as work:
            yield work
            self.crash.point("before a commit", writes=True)
        self.crash.point("after a commit", writes=True)
