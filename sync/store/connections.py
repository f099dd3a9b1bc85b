"""Connections by their CRM's own id, and what is known of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select, update

from connectors.base import Capabilities
from connectors.model import Org
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import day_of, micros, moment
from sync.store.database.schema import connections, cursors
from sync.store.dirty import ALL, add_marks


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is known of the org last reached under a name: *at* is the CRM's time up to which it was read."""

    conn: int
    org: Org
    capabilities: Capabilities
    at: datetime


@dataclass(frozen=True, slots=True)
class Connections:
    """The orgs that this database knows."""

    transactions: Transactions

    def register(self, org: Org, *, kind: str, name: str, now: datetime) -> int:
        """Return the number of the connection to *org*, new if need be; *name* is what the config calls it now."""
        identity = (connections.c.kind == kind) & (connections.c.org_id == org.org_id)
        current = {
            "name": name,
            "org_name": org.name,
            "time_zone": org.time_zone,
            "currency": org.currency,
            "is_sandbox": None if org.is_sandbox is None else int(org.is_sandbox),
            "last_seen": micros(now),
        }
        with self.transactions.write() as work:
            # The org's id is the identity: a connection that the config renames keeps its tasks, episodes and audit.
            if not work.run(update(connections).where(identity).values(**current)):
                fresh = {"kind": kind, "org_id": org.org_id, "mark_seq": 0, "judged_complete": 0}
                work.insert(connections, [fresh | current])
                # Nothing of a new org has been judged yet.
                add_marks(work, _number(work, kind, org.org_id), [(ALL, "")])
            return _number(work, kind, org.org_id)

    def org_of(self, name: str) -> str | None:
        """Return the id of the org last reached under this name of the config, or None."""
        with self.transactions.read() as work:
            row = work.first(_last_named(name, "org_id"))
        return None if row is None else str(row[0])

    def number_of(self, name: str) -> int | None:
        """Return the number of the connection to the org last reached under this name of the config, or None."""
        with self.transactions.read() as work:
            row = work.first(_last_named(name, "conn"))
        return None if row is None else int(row[0])

    def known_capabilities(self, name: str) -> tuple[str, Capabilities] | None:
        """Return the org last reached under this name and its stored capabilities, or None."""
        with self.transactions.read() as work:
            row = work.first(_last_named(name, "org_id", "capabilities"))
        return None if row is None or row[1] is None else (str(row[0]), _capabilities(row[1]))

    def enforced_day(self, conn: int) -> date | None:
        """Return the day, by the connection's time, on which a cycle first enforced; None if none is known."""
        with self.transactions.read() as work:
            row = work.first(select(connections.c.enforced_day).where(connections.c.conn == conn))
        return None if row is None or row[0] is None else day_of(int(row[0]))

    def save_capabilities(self, conn: int, caps: Capabilities) -> None:
        """Save what the org lets the integration user do."""
        known = update(connections).where(connections.c.conn == conn)
        with self.transactions.write(conn) as work:
            work.run(known.values(capabilities=json.dumps(asdict(caps))))

    def capabilities(self, conn: int) -> Capabilities | None:
        """Return what the org last let the integration user do, or None if that was never saved."""
        with self.transactions.read() as work:
            row = work.first(select(connections.c.capabilities).where(connections.c.conn == conn))
        return None if row is None or row[0] is None else _capabilities(row[0])

    def last_seen(self, name: str) -> LastSeen | None:
        """Return the org last reached under this name of the config; None if no read of it ever ended."""
        columns = connections.c
        newest = select(func.max(cursors.c.complete_through)).where(cursors.c.conn == columns.conn).scalar_subquery()
        query = select(
            columns.conn,
            columns.org_id,
            columns.org_name,
            columns.time_zone,
            columns.currency,
            columns.is_sandbox,
            newest,
        ).where(columns.name == name)
        with self.transactions.read() as work:
            row = work.first(query.order_by(columns.last_seen.desc(), columns.conn.desc()).limit(1))
        if row is None or row[6] is None:
            return None
        capabilities = self.capabilities(row[0])
        at = moment(row[6])
        if capabilities is None or at is None:
            return None
        sandbox = None if row[5] is None else bool(row[5])
        return LastSeen(row[0], Org(row[1], row[2], row[3], row[4], sandbox), capabilities, at)


@cache
def _last_named(name: str, *columns: str) -> Select[Any]:
    named = select(*(connections.c[column] for column in columns)).where(connections.c.name == name)
    # A name that was bound to another org since means the org reached last.
    return named.order_by(connections.c.last_seen.desc(), connections.c.conn.desc()).limit(1)


def _number(work: Work, kind: str, org_id: str) -> int:
    row = work.first(select(connections.c.conn).where(connections.c.kind == kind, connections.c.org_id == org_id))
    assert row is not None
    return int(row[0])


def _capabilities(text: str) -> Capabilities:
    stored = json.loads(text)
    return Capabilities(**(stored | {"problems": tuple(stored["problems"])}))
