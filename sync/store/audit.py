"""The audit: who decided what and when. Lines are added and never changed: the program has no way to change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of a person: *about* names the plan, run or org decided on; *at* is the host's time."""

    at: datetime
    action: str
    about: str
    by: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The decisions of people."""

    transactions: Transactions

    def note(self, conn: int, entry: Entry) -> None:
        """Add a line about a decision that leaves no other trace."""
        with self.transactions.write(conn) as work:
            record(work, conn, entry.action, entry.about, entry.by, entry.at)

    def entries(self, conn: int, limit: int = 100) -> Sequence[Entry]:
        """Return the newest *limit* decisions, newest first."""
        columns = audit.c
        query = select(columns.at, columns.action, columns.about, columns.person).where(columns.conn == conn)
        with self.transactions.read() as work:
            rows = work.fetch(query.order_by(columns.seq.desc()).limit(limit))
        return [Entry(moment(at), action, about, by) for at, action, about, by in rows]


def record(work: Work, conn: int, action: str, about: str, by: str, now: datetime) -> None:
    """Add a line in the transaction that carries out the decision."""
    work.insert(audit, [{"conn": conn, "at": micros(now), "action": action, "about": about, "person": by}])
