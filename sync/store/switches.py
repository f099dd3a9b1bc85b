"""Switches: connections that a person set to observe whatever the configuration says, until a person resumes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from sync.store.audit import record
from sync.store.database import Database
from sync.store.schema import switches


class Switches(Database):
    """Which connections only observe, and why."""

    def observing(self, conn: int) -> str | None:
        """Say why a connection only observes; None where the configuration decides."""
        with self.read() as work:
            row = work.one(select(switches.c.why).where(switches.c.conn == conn))
        return None if row is None else str(row[0])

    def observe(self, conn: int, action: str, about: str, by: str, now: datetime) -> None:
        """Let a connection only observe from now on, a running cycle included, and remember who did what for it."""
        with self.write(conn) as work:
            work.upsert(switches, [(conn, f"{about} was {action} by {by}")])
            record(work, conn, action, about, by, now)

    def resume(self, conn: int, about: str, by: str, now: datetime) -> bool:
        """Let the configuration decide again; say whether anything else did before."""
        with self.write(conn) as work:
            if not work.run(delete(switches).where(switches.c.conn == conn)):
                return False
            record(work, conn, "resumed", about, by, now)
        return True
