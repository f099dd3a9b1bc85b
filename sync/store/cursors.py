"""Cursors: where the next read of each source begins, and up to when each table was read whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, delete, select

from connectors.model import Cursor
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import cursors

_TABLE: Final = "table:"
"""Begins the names under which whole tables are kept among the cursors."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Positions of sources, and times of tables."""

    transactions: Transactions

    def all(self, conn: int) -> dict[str, Cursor]:
        """Return where the next read of each source begins, by source."""
        with self.transactions.read() as work:
            rows = work.fetch(_cursors(conn))
        return {source: Cursor(source, position, moment(through)) for source, position, through in rows}

    def note_complete(self, conn: int, tables: Iterable[str], through: datetime) -> None:
        """Save up to when these canonical tables have been read whole."""
        with self.transactions.write(conn) as work:
            # A table that several sources fill has no cursor of its own, so it is kept under a name that no source has.
            work.upsert(cursors, [(conn, f"{_TABLE}{name}", "", micros(through)) for name in sorted(tables)])

    def complete_through(self, conn: int) -> dict[str, datetime]:
        """Return up to when each canonical table was last read whole, by table; one that never was is missing."""
        columns = cursors.c
        of_tables = (columns.conn == conn) & columns.source.startswith(_TABLE)
        with self.transactions.read() as work:
            rows = work.fetch(select(columns.source, columns.complete_through).where(of_tables))
        return {source.removeprefix(_TABLE): moment(through) for source, through in rows}

    def reset(self, conn: int, sources: Iterable[str] | None = None) -> None:
        """Forget where these sources (all, if None) were, so that they are read from the beginning."""
        statement = delete(cursors).where(cursors.c.conn == conn)
        with self.transactions.write(conn) as work:
            work.run(statement if sources is None else statement.where(cursors.c.source.in_(list(sources))))


def save_cursor(work: Work, conn: int, cursor: Cursor) -> None:
    """Save where the next read of a source begins, in the transaction of what was read."""
    work.upsert(cursors, [(conn, cursor.source, cursor.position, micros(cursor.complete_through))])


@cache
def _cursors(conn: int) -> Select[Any]:
    columns = cursors.c
    query = select(columns.source, columns.position, columns.complete_through)
    return query.where(columns.conn == conn, ~columns.source.startswith(_TABLE))
