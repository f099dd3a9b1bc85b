"""Switches: whether a connection may write, by a person's decision or by the configuration, and when that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, delete, select, update

from sync.store.audit import record
from sync.store.database.database import Transactions
from sync.store.database.schema import connections, switches


@dataclass(frozen=True, slots=True)
class Switches:
    """Which connections only observe whatever the configuration says, and why; and which mode they last ran in."""

    transactions: Transactions

    def observing(self, conn: int) -> str | None:
        """Return why a connection only observes; None where the configuration decides."""
        with self.transactions.read() as work:
            row = work.first(_why(conn))
        return None if row is None else str(row[0])

    def observe(self, conn: int, action: str, about: str, by: str, now: datetime) -> None:
        """Make a connection only observe from now on, a running cycle included, and note in the audit who decided."""
        with self.transactions.write(conn) as work:
            work.upsert(switches, [(conn, f"{about} was {action} by {by}")])
            record(work, conn, action, about, by, now)

    def resume(self, conn: int, about: str, by: str, now: datetime) -> bool:
        """Leave it to the configuration again; return whether it was not left to it before."""
        with self.transactions.write(conn) as work:
            if not work.run(delete(switches).where(switches.c.conn == conn)):
                return False
            record(work, conn, "resumed", about, by, now)
        return True

    def note_mode(self, conn: int, mode: str, about: str, by: str, now: datetime) -> None:
        """Save the mode that a cycle begins in; a mode other than the last cycle's is noted in the audit."""
        connection = connections.c.conn == conn
        # Read first: a cycle in the same mode, which is nearly every one, writes nothing.
        with self.transactions.read() as work:
            row = work.first(select(connections.c.mode).where(connection))
        before = None if row is None else row[0]
        if before == mode:
            return
        with self.transactions.write(conn) as work:
            work.run(update(connections).where(connection).values(mode=mode))
            if before is not None:
                record(work, conn, "switched", f"{about}: {before} to {mode}", by, now)


@cache
def _why(conn: int) -> Select[tuple[str]]:
    return select(switches.c.why).where(switches.c.conn == conn)
