"""The mirror: pages of the CRM's rows, committed together with the cursor that follows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from sqlalchemy import and_, delete, not_, select, update

from connectors.model import PRIMARY_KEY, TABLES, Cursor, Page, empty
from sync.store.cursors import save_cursor
from sync.store.database.codec import encode
from sync.store.database.database import Row, Transactions, Work
from sync.store.database.mirror_schema import MIRROR, still_open
from sync.store.differing import VERSIONED, counting, differing
from sync.store.dirty import TASK, add_marks, marks_of, task_marks
from sync.store.frames import rows_of
from sync.store.history import record_changes
from sync.store.origins import note_merged, note_seen
from sync.store.runs import Spent, note_spent
from sync.store.task_fields import observe_fields

_CASCADE: Final = {
    "deals": (("roles", "deal_id"), ("own_scores", "deal_id")),
    "touches": (("touch_links", "touch_id"),),
}
"""What goes together with a row: (table, column that names the row)."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """The canonical tables, as last read from the CRM."""

    transactions: Transactions

    def commit_page(self, conn: int, page: Page, spent: Spent | None = None, cursors: Iterable[Cursor] = ()) -> int:
        """Commit the rows of *page* and its cursor in one transaction; return how many rows differed in content.

        Rows that differ are marked for judgement, except managed scores and our own writes to managed tasks. A row
        that is older than the mirror's is skipped. *spent* are the calls that the run has sent so far, *cursors* those
        of earlier pages without rows.
        """
        with self.transactions.write(conn) as work:
            if spent is not None:
                note_spent(work, conn, spent)
            commit = _Commit(work, conn)
            for table in page.replace:
                commit.replace(table, _carried(page, table))
            for table, frame in page.tables.items():
                if table not in page.replace:
                    commit.upsert(table, frame)
            for table, ids in page.gone.items():
                commit.remove(table, ids)
            for table, present in page.present.items():
                commit.keep_only(table, present)
            if "deals" in page.merged:
                note_merged(work, conn, page.merged["deals"])
            for table, (column, values) in page.whole.items():
                commit.keep_those_of(table, column, values, _carried(page, table))
            add_marks(work, conn, commit.marks)
            for cursor in (*cursors, page.cursor):
                if cursor is not None:
                    save_cursor(work, conn, cursor)
            return commit.count

    def save_tasks(self, conn: int, tasks: pl.DataFrame, *, by_stamp: bool = True) -> None:
        """Save managed tasks as the CRM was just seen to hold them.

        Unless it goes *by_stamp*, a row replaces the mirror's also where its stamp is older.
        """
        with self.transactions.write(conn) as work:
            commit = _Commit(work, conn)
            commit.upsert("own_tasks", tasks, by_stamp=by_stamp)
            add_marks(work, conn, commit.marks)


class _Commit:
    """The rows of one page on their way into the mirror: how many differed, and which marks they set."""

    def __init__(self, work: Work, conn: int) -> None:
        self._work, self._conn = work, conn
        self.marks: set[tuple[str, str]] = set()
        self.count = 0

    def upsert(self, table: str, frame: pl.DataFrame, *, by_stamp: bool = True) -> None:
        """Write the rows that differ, and are not older unless it does not go *by_stamp*."""
        if frame.schema != TABLES[table]:
            raise ValueError(f"a page carries {table} with other columns or types than the canonical table")
        if frame.is_empty():
            return
        # A page may carry a row twice, as when it is changed while its pages are read.
        newest = _newest(table, frame)
        incoming = encode(newest).rows()
        changed_rows = differing(table, incoming, self._stored(table, incoming), by_stamp=by_stamp)
        if not changed_rows:
            return  # what the overlap brings again is mostly the same
        self._work.upsert(MIRROR[table], [(self._conn, *row) for row, _ in changed_rows])
        changed = counting(table, changed_rows)
        if table == "deals":
            # Only here both the row before and the row after are known.
            record_changes(self._work, self._conn, changed)
        if table == "own_tasks":
            differing_tasks = newest.filter(pl.col("task_id").is_in([row[0] for row, _ in changed_rows]))
            observe_fields(self._work, self._conn, differing_tasks)
            note_seen(self._work, self._conn, differing_tasks)
            self.marks |= task_marks(changed)
        self._note(table, [row for row, _ in changed])
        # A role that moved from one deal to another concerns both.
        self.marks |= marks_of(table, [before for _, before in changed if before is not None])

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Replace the mirror's table by *frame*."""
        stored, incoming = self._read(table), encode(frame).rows()
        if set(stored) == set(incoming):
            return  # owners and stages come whole in every cycle, and hardly ever change
        width = len(PRIMARY_KEY[table])
        staying = {row[:width] for row in incoming}
        leaving = [row for row in stored if row[:width] not in staying]
        self._work.remove(MIRROR[table], [(self._conn, *row[:width]) for row in leaving])
        self._note(table, leaving)
        self.upsert(table, frame)

    def remove(self, table: str, ids: Iterable[str], column: str | None = None) -> None:
        """Delete the rows that are named by *ids* in *column* (their key if None), and what goes with them.

        Managed tasks stay, as deleted: that they existed decides whether another may be created.
        """
        gone = list(ids)
        if not gone:
            return
        column = column or PRIMARY_KEY[table][0]
        columns = MIRROR[table].c
        named = self._work.among(columns[column], f"gone {table}", gone)
        chosen = and_(columns.conn == self._conn, named)
        if table == "own_tasks":
            still_there = and_(chosen, columns.is_deleted.is_distinct_from(1))
            dismissed = self._work.fetch(select(columns.deal_id).where(still_there, columns.deal_id.is_not(None)))
            self.marks |= {(TASK, row[0]) for row in dismissed}
            self.count += self._work.run(update(MIRROR[table]).where(still_there).values(is_deleted=1))
            return
        leaving = self._work.fetch(rows_of(table, self._conn).where(named))
        if not leaving:
            return
        self._note(table, leaving)
        # The CRM deletes these along and reports the deletion of the parent alone.
        for other, name in _CASCADE.get(table, ()):
            self.remove(other, [row[0] for row in leaving], name)
        self._work.run(delete(MIRROR[table]).where(chosen))

    def keep_only(self, table: str, present: Iterable[str]) -> None:
        """Delete what a sweep no longer found; of the deals it asks about the open ones only."""
        (key,) = (MIRROR[table].c[name] for name in PRIMARY_KEY[table])
        is_present = self._work.among(key, f"present {table}", present)
        query = select(key).where(MIRROR[table].c.conn == self._conn, not_(is_present))
        absent = self._work.fetch(query.where(still_open()) if table == "deals" else query)
        self.remove(table, [row[0] for row in absent])

    def keep_those_of(self, table: str, column: str, values: Iterable[str], frame: pl.DataFrame) -> None:
        """Of the rows that have one of *values* in *column*, keep those that *frame* names."""
        (key,) = (MIRROR[table].c[name] for name in PRIMARY_KEY[table])
        of_values = self._work.among(MIRROR[table].c[column], f"whole {table}", values)
        named = self._work.among(key, f"named {table}", frame[PRIMARY_KEY[table][0]].to_list())
        query = select(key).where(MIRROR[table].c.conn == self._conn, of_values, not_(named))
        self.remove(table, [row[0] for row in self._work.fetch(query)])

    def _note(self, table: str, rows: Sequence[Row]) -> None:
        self.marks |= marks_of(table, rows)
        self.count += len(rows)

    def _stored(self, table: str, incoming: Sequence[Row]) -> list[Row]:
        # Rows with a composite key cannot be asked for by a list of ids.
        if len(PRIMARY_KEY[table]) > 1:
            return self._read(table)
        (key,) = PRIMARY_KEY[table]
        known = self._work.among(MIRROR[table].c[key], f"known {table}", [row[0] for row in incoming])
        return self._work.fetch(rows_of(table, self._conn).where(known))

    def _read(self, table: str) -> list[Row]:
        return self._work.fetch(rows_of(table, self._conn))


def _carried(page: Page, table: str) -> pl.DataFrame:
    return page.tables[table] if table in page.tables else empty(table)


def _newest(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per key: the newest, or the last where rows carry no version."""
    if len(PRIMARY_KEY[table]) == 1 and frame[PRIMARY_KEY[table][0]].n_unique() == frame.height:
        return frame
    if table in VERSIONED:
        frame = frame.sort("modified_at", nulls_last=False, maintain_order=True)
    return frame.unique(PRIMARY_KEY[table], keep="last", maintain_order=True)
