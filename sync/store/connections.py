"""Connections by their CRM's own id, what is known of them, and where their next reads begin."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, delete, select, update

from connectors.base import Capabilities
from connectors.model import Cursor, Org
from sync.store.database.database import Database, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import connections, cursors
from sync.store.dirty import ALL, add_marks

_TABLE: Final = "table:"
"""Begins the names under which whole tables stand among the cursors."""


class Connections(Database):
    """Which orgs this database knows."""

    def connection_id(self, org: Org, *, kind: str, name: str, now: datetime) -> int:
        """Give the number of the connection to *org*, made if it is new; *name* is what the config calls it now."""
        identity = (connections.c.kind == kind) & (connections.c.org_id == org.org_id)
        current = {
            "name": name,
            "org_name": org.name,
            "time_zone": org.time_zone,
            "currency": org.currency,
            "is_sandbox": None if org.is_sandbox is None else int(org.is_sandbox),
            "last_seen": micros(now),
        }
        with self.write() as work:
            if not work.run(update(connections).where(identity).values(**current)):
                fresh = {"kind": kind, "org_id": org.org_id, "mark_seq": 0, "judged_complete": 0}
                work.insert(connections, [fresh | current])
                add_marks(work, _number(work, kind, org.org_id), [(ALL, "")])
            return _number(work, kind, org.org_id)

    def org_of(self, name: str) -> str | None:
        """Give the id of the org last reached under this name of the config, or None."""
        with self.read() as work:
            row = work.one(_last_named(name, "org_id"))
        return None if row is None else str(row[0])

    def number_of(self, name: str) -> int | None:
        """Give the number of the connection to the org last reached under this name of the config, or None."""
        with self.read() as work:
            row = work.one(_last_named(name, "conn"))
        return None if row is None else int(row[0])

    def known_capabilities(self, name: str) -> tuple[str, Capabilities] | None:
        """Give the org last reached under this name and its stored capabilities, or None."""
        with self.read() as work:
            row = work.one(_last_named(name, "org_id", "capabilities"))
        return None if row is None or row[1] is None else (str(row[0]), _capabilities(row[1]))

    def save_capabilities(self, conn: int, caps: Capabilities) -> None:
        """Remember what the org lets us do."""
        known = update(connections).where(connections.c.conn == conn)
        with self.write(conn) as work:
            work.run(known.values(capabilities=json.dumps(asdict(caps))))

    def capabilities(self, conn: int) -> Capabilities | None:
        """Give what the org last let us do, or None."""
        with self.read() as work:
            row = work.one(select(connections.c.capabilities).where(connections.c.conn == conn))
        return None if row is None or row[0] is None else _capabilities(row[0])

    def cursors(self, conn: int) -> dict[str, Cursor]:
        """Give where the next read of each source begins."""
        with self.read() as work:
            rows = work.fetch(_cursors(conn))
        return {source: Cursor(source, position, moment(through)) for source, position, through in rows}

    def note_complete(self, conn: int, tables: Iterable[str], through: datetime) -> None:
        """Remember up to when these canonical tables have been read whole."""
        with self.write(conn) as work:
            work.upsert(cursors, [(conn, f"{_TABLE}{name}", "", micros(through)) for name in sorted(tables)])

    def complete_through(self, conn: int) -> dict[str, datetime]:
        """Give up to when each canonical table was last read whole."""
        columns = cursors.c
        mine = (columns.conn == conn) & columns.source.startswith(_TABLE)
        with self.read() as work:
            rows = work.fetch(select(columns.source, columns.complete_through).where(mine))
        return {source.removeprefix(_TABLE): moment(through) for source, through in rows}

    def reset_cursors(self, conn: int, sources: Iterable[str] | None = None) -> None:
        """Forget where these sources (all, if None) were, so that they are read from the beginning."""
        statement = delete(cursors).where(cursors.c.conn == conn)
        with self.write(conn) as work:
            work.run(statement if sources is None else statement.where(cursors.c.source.in_(list(sources))))


def save_cursor(work: Work, conn: int, cursor: Cursor) -> None:
    """Remember where the next read of a source begins."""
    work.upsert(cursors, [(conn, cursor.source, cursor.position, micros(cursor.complete_through))])


@cache
def _cursors(conn: int) -> Select[Any]:
    columns = cursors.c
    query = select(columns.source, columns.position, columns.complete_through)
    return query.where(columns.conn == conn, ~columns.source.startswith(_TABLE))


@cache
def _last_named(name: str, *columns: str) -> Select[Any]:
    named = select(*(connections.c[column] for column in columns)).where(connections.c.name == name)
    return named.order_by(connections.c.last_seen.desc(), connections.c.conn.desc()).limit(1)


def _number(work: Work, kind: str, org_id: str) -> int:
    row = work.one(select(connections.c.conn).where(connections.c.kind == kind, connections.c.org_id == org_id))
    assert row is not None
    return int(row[0])


def _capabilities(text: str) -> Capabilities:
    stored = json.loads(text)
    return Capabilities(**(stored | {"problems": tuple(stored["problems"])}))
