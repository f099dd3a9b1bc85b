"""The lease on PostgreSQL: a row by the server's time, so that daemons on several hosts exclude each other.

Its holder renews it while it lives. Beside the row it keeps a locked file: on the same host that proves at once, on the
kernel's word, whether the holder is still there; elsewhere only the term decides.
"""

from __future__ import annotations

import os
import platform
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, Connection, Engine, delete, literal_column, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError, LeaseLostError, is_locked, locked
from sync.store.database.schema import leases

TERM_S: Final = 60
"""How long a holder on another host keeps the lease without renewing it, by the server's time."""

_RENEW_S: Final = TERM_S / 4

_NOW: Final = literal_column("(extract(epoch from clock_timestamp()) * 1000000)::bigint", BigInteger)

Explain = Callable[[BaseException], StoreError | None]


@contextmanager
def hold_row(engine: Engine, connection: str) -> Iterator[RowLease]:
    """Hold the lease row of *connection*, renewed from a thread of its own, for as long as the block runs.

    Raises:
        LeaseHeldError: another process has it: one that is alive, or one elsewhere that was heard of less than a term
            ago.
    """
    # Not the process id, which another host or a restart may use too.
    holder = uuid.uuid4().hex
    with locked(_proof(holder)):
        lease = RowLease(engine, connection, holder)
        lease.take()
        stopped = threading.Event()
        beat = threading.Thread(target=lease.keep, args=(stopped,), name=f"lease {connection}", daemon=True)
        beat.start()
        try:
            yield lease
        finally:
            stopped.set()
            beat.join()
            lease.release()


class RowLease:
    """The lease of one connection in the hands of *holder*."""

    def __init__(self, engine: Engine, connection: str, holder: str) -> None:
        self._engine, self._connection, self._holder = engine, connection, holder
        self._mine = (leases.c.connection == connection) & (leases.c.holder == holder)
        self._renewed = float("-inf")  # by this host's monotonic clock

    def take(self) -> None:
        """Become the holder.

        Raises:
            LeaseHeldError: somebody else is.
        """
        with self._engine.begin() as connection:
            fresh = postgresql.insert(leases).values(connection=self._connection, **self._signature())
            taken = fresh.on_conflict_do_nothing().returning(leases.c.holder)
            if connection.execute(taken).first() is None:
                self._take_over(connection)
        self._renewed = time.monotonic()

    def fence(self, connection: Connection) -> None:
        """Let a writing transaction go on while the lease is held, and nobody take it before that transaction ends."""
        # The renewing thread may have been paused along with the process: do not rely on it before a write.
        if time.monotonic() - self._renewed > _RENEW_S:
            self.renew()
        # A renewal passes this lock, a take-over does not.
        held = select(leases.c.holder).where(self._mine).with_for_update(key_share=True, read=True)
        if connection.execute(held).first() is None:
            raise self._lost(connection)

    def renew(self) -> None:
        """Report that the holder is alive.

        Raises:
            LeaseLostError: too late, another process has it.
        """
        with self._engine.begin() as connection:
            if not connection.execute(update(leases).where(self._mine).values(expires_at=_expiry())).rowcount:
                raise self._lost(connection)
        self._renewed = time.monotonic()

    def keep(self, stopped: threading.Event) -> None:
        """Renew until *stopped*; a server that cannot be reached is tried again, a lost lease is left to ``fence``."""
        while not stopped.wait(_RENEW_S):
            try:
                self.renew()
            except LeaseLostError:
                return
            except DBAPIError:
                continue

    def release(self) -> None:
        """Release the lease; where that fails it expires by itself."""
        with suppress(DBAPIError), self._engine.begin() as connection:
            connection.execute(delete(leases).where(self._mine))

    def _take_over(self, connection: Connection) -> None:
        columns = (leases.c.holder, leases.c.host, leases.c.pid, (leases.c.expires_at < _NOW).label("expired"))
        row = leases.c.connection == self._connection
        # Skipping a locked row: who is about to write holds it, and is alive.
        free = connection.execute(select(*columns).where(row).with_for_update(skip_locked=True)).first()
        if free is None:  # its holder is writing at this moment, or just gave it back
            raise self._held(connection)
        if not free.expired and not _is_dead(free.holder):
            raise LeaseHeldError(self._connection, free.pid, _elsewhere(free.host))
        connection.execute(update(leases).where(row).values(**self._signature()))
        _proof(free.holder).unlink(missing_ok=True)

    def _signature(self) -> dict[str, object]:
        return {"holder": self._holder, "host": platform.node(), "pid": os.getpid(), "expires_at": _expiry()}

    def _held(self, connection: Connection) -> LeaseHeldError:
        row = self._now_held_by(connection)
        return LeaseHeldError(self._connection, *row) if row else LeaseHeldError(self._connection, None)

    def _lost(self, connection: Connection) -> LeaseLostError:
        row = self._now_held_by(connection)
        return LeaseLostError(self._connection, *row) if row else LeaseLostError(self._connection, None)

    def _now_held_by(self, connection: Connection) -> tuple[int, str | None] | None:
        query = select(leases.c.pid, leases.c.host).where(leases.c.connection == self._connection)
        row = connection.execute(query).first()
        return None if row is None else (row.pid, _elsewhere(row.host))


def _expiry() -> object:
    return _NOW + TERM_S * 1_000_000


def _elsewhere(host: str) -> str | None:
    return None if host == platform.node() else host


def _proof(holder: str) -> Path:
    """Return the file that *holder* keeps locked; systemd's folder outlives a restart of the service, /tmp may not."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or tempfile.gettempdir()
    return Path(folder) / f"dealwarden-{holder}.lease"


def _is_dead(holder: str) -> bool:
    """Whether *holder* is certainly dead: its file is on this host, and nobody has it locked."""
    return re.fullmatch(r"[0-9a-f]{32}", holder) is not None and is_locked(_proof(holder)) is False
