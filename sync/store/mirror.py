"""The mirror: pages of the CRM's rows, committed together with the cursor that follows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, and_, delete, select, update

from connectors.model import PRIMARY_KEY, TABLES, Page, empty
from sync.store.bases import take_bases
from sync.store.codec import decode_stored, encode, stored_schema
from sync.store.connections import save_cursor
from sync.store.database import Database, Row, Work
from sync.store.dirty import TASK, add_marks, marks_of, task_marks
from sync.store.history import record_changes
from sync.store.runs import Spent, note_spent
from sync.store.schema import MIRROR, still_open

_IGNORED: Final = {"deals": frozenset({"modified_at", "last_activity_on"})}
"""Columns that our own writes move: a difference in them alone is no change."""

_VERSIONED: Final = frozenset({"deals", "own_tasks"})
"""Tables whose rows carry ``modified_at``: an older row never replaces a newer one."""

_CASCADE: Final = {
    "deals": (("roles", "deal_id"), ("own_scores", "deal_id")),
    "touches": (("touch_links", "touch_id"),),
}
"""What goes together with a row: (table, column that names the row)."""

_BEFORE: Final = ":before"


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that differ from the mirror, in the database's types.

    *written* are all of them, *changed* those that differ in what counts, with the mirror's values beside them in
    columns that end in ``:before``.
    """

    written: pl.DataFrame
    changed: pl.DataFrame


class Mirror(Database):
    """Writing what was read from the CRM."""

    def commit_page(self, conn: int, page: Page, spent: Spent | None = None) -> int:
        """Commit the rows of *page* and its cursor in one transaction; give how many rows differed in content.

        Rows that differ are marked for judgement, except our own scores and what we did to our own tasks. A row that
        is older than the mirror's is left out. *spent* are the calls that the run has sent so far.
        """
        with self.write(conn) as work:
            if spent is not None:
                note_spent(work, conn, spent)
            commit = _Commit(work, conn)
            for table in page.replace:
                commit.replace(table, page.tables.get(table, empty(table)))
            for table, frame in page.tables.items():
                if table not in page.replace:
                    commit.upsert(table, frame)
            for table, ids in page.gone.items():
                commit.remove(table, ids)
            for table, present in page.present.items():
                commit.keep_only(table, present)
            for table, (column, values) in page.whole.items():
                commit.keep_those_of(table, column, values, page.tables.get(table, empty(table)))
            add_marks(work, conn, commit.marks)
            if page.cursor is not None:
                save_cursor(work, conn, page.cursor)
            return commit.count

    def own_tasks_upsert(self, conn: int, tasks: pl.DataFrame) -> None:
        """Take over our tasks as the CRM was just seen to hold them."""
        with self.write(conn) as work:
            commit = _Commit(work, conn)
            commit.upsert("own_tasks", tasks)
            add_marks(work, conn, commit.marks)

    def own_scores_upsert(self, conn: int, scores: pl.DataFrame) -> None:
        """Take over our scores as the CRM was just seen to hold them."""
        with self.write(conn) as work:
            _Commit(work, conn).upsert("own_scores", scores)


class _Commit:
    """The rows of one page on their way into the mirror: how many differed, and which marks they set."""

    def __init__(self, work: Work, conn: int) -> None:
        self._work, self._conn = work, conn
        self.marks: set[tuple[str, str]] = set()
        self.count = 0

    def upsert(self, table: str, frame: pl.DataFrame) -> None:
        """Write the rows that differ."""
        if frame.schema != TABLES[table]:
            raise ValueError(f"a page carries {table} with other columns or types than the canonical table")
        if frame.is_empty():
            return
        incoming = encode(_newest(table, frame))
        stored = self._stored(table, incoming)
        if set(stored).issuperset(incoming.rows()):
            return  # what the overlap brings again is mostly the same
        found = _difference(table, incoming, decode_stored(stored, TABLES[table]))
        numbered = found.written.select(pl.lit(self._conn).alias("conn"), *TABLES[table].names())
        self._work.upsert(MIRROR[table], numbered.rows())
        if table == "deals":
            record_changes(self._work, self._conn, found.changed)
        if table == "own_tasks":
            seen = frame.filter(pl.col("task_id").is_in(found.written["task_id"].to_list()))
            take_bases(self._work, self._conn, _newest(table, seen))
            self.marks |= task_marks(found.changed)
        self._note(table, found.changed)
        self._note(table, _before(table, found.changed), counts=False)

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Make the mirror's table hold *frame* and nothing else."""
        key = list(PRIMARY_KEY[table])
        rows, incoming = self._read(table), encode(frame)
        if set(rows) == set(incoming.rows()):
            return  # owners and stages come whole in every cycle, and hardly ever change
        stored = decode_stored(rows, TABLES[table])
        leaving = stored.join(incoming.select(key), on=key, how="anti")
        self._work.remove(MIRROR[table], [(self._conn, *row) for row in leaving.select(key).rows()])
        self._note(table, leaving)
        self.upsert(table, frame)

    def remove(self, table: str, ids: Iterable[str], column: str | None = None) -> None:
        """Delete the rows that are named by *ids* in *column* (their key if None), and what goes with them.

        Our own tasks stay, as deleted: that they existed decides what may be made anew.
        """
        column = column or PRIMARY_KEY[table][0]
        columns = MIRROR[table].c
        named = self._work.among(columns[column], f"gone {table}", ids)
        chosen = and_(columns.conn == self._conn, named)
        if table == "own_tasks":
            still_there = and_(chosen, columns.is_deleted.is_distinct_from(1))
            dismissed = self._work.fetch(select(columns.deal_id).where(still_there, columns.deal_id.is_not(None)))
            self.marks |= {(TASK, row[0]) for row in dismissed}
            self.count += self._work.run(update(MIRROR[table]).where(still_there).values(is_deleted=1))
            return
        leaving = self._work.frame(select(*_columns(table)).where(chosen), stored_schema(TABLES[table]))
        if leaving.is_empty():
            return
        self._note(table, leaving)
        for other, name in _CASCADE.get(table, ()):
            self.remove(other, leaving[PRIMARY_KEY[table][0]].to_list(), name)
        self._work.run(delete(MIRROR[table]).where(chosen))

    def keep_only(self, table: str, present: Iterable[str]) -> None:
        """Delete what a sweep no longer found; of the deals it asks about the open ones only."""
        (key,) = (MIRROR[table].c[name] for name in PRIMARY_KEY[table])
        there = self._work.want(f"present {table}", present)
        query = select(key).where(MIRROR[table].c.conn == self._conn, key.not_in(there))
        absent = self._work.fetch(query.where(still_open()) if table == "deals" else query)
        self.remove(table, [row[0] for row in absent])

    def keep_those_of(self, table: str, column: str, values: Iterable[str], frame: pl.DataFrame) -> None:
        """Of the rows that have one of *values* in *column*, keep those that *frame* names."""
        (key,) = (MIRROR[table].c[name] for name in PRIMARY_KEY[table])
        theirs = MIRROR[table].c[column].in_(self._work.want(f"whole {table}", values))
        named = self._work.want(f"named {table}", frame[PRIMARY_KEY[table][0]].to_list())
        query = select(key).where(MIRROR[table].c.conn == self._conn, theirs, key.not_in(named))
        self.remove(table, [row[0] for row in self._work.fetch(query)])

    def _note(self, table: str, rows: pl.DataFrame, *, counts: bool = True) -> None:
        self.marks |= marks_of(table, rows)
        self.count += rows.height if counts else 0

    def _stored(self, table: str, incoming: pl.DataFrame) -> list[Row]:
        if len(PRIMARY_KEY[table]) > 1:
            return self._read(table)
        (key,) = PRIMARY_KEY[table]
        known = self._work.among(MIRROR[table].c[key], f"known {table}", incoming[key].to_list())
        chosen = and_(MIRROR[table].c.conn == self._conn, known)
        return self._work.fetch(select(*_columns(table)).where(chosen))

    def _read(self, table: str) -> list[Row]:
        return self._work.fetch(select(*_columns(table)).where(MIRROR[table].c.conn == self._conn))


def _columns(table: str) -> list[ColumnElement[Any]]:
    return [MIRROR[table].c[name] for name in TABLES[table].names()]


def _newest(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep one row per key: the newest, or the last where rows carry no version."""
    if len(PRIMARY_KEY[table]) == 1 and frame[PRIMARY_KEY[table][0]].n_unique() == frame.height:
        return frame
    if table in _VERSIONED:
        frame = frame.sort("modified_at", nulls_last=False, maintain_order=True)
    return frame.unique(PRIMARY_KEY[table], keep="last", maintain_order=True)


def _difference(table: str, incoming: pl.DataFrame, stored: pl.DataFrame) -> Difference:
    key = list(PRIMARY_KEY[table])
    before = {name: name + _BEFORE for name in _rest(table)}
    known = stored.lazy().rename(before).with_columns(pl.lit(1).alias("known"))
    joined = incoming.lazy().join(known, on=key, how="left", maintain_order="left")
    if table in _VERSIONED:
        older = pl.col("modified_at") < pl.col("modified_at" + _BEFORE)
        joined = joined.filter(~older.fill_null(value=False))
    written = joined.filter(_differs(table, everything=True)).collect()
    return Difference(written, written.filter(_differs(table, everything=False)) if table in _IGNORED else written)


@cache
def _differs(table: str, *, everything: bool) -> pl.Expr:
    """Say which rows are new or differ from the mirror's, in any column or in one that counts."""
    ignored = frozenset() if everything else _IGNORED.get(table, frozenset())
    counting = [name for name in _rest(table) if name not in ignored]
    differ = [pl.col(name).ne_missing(pl.col(name + _BEFORE)) for name in counting]
    return pl.any_horizontal(pl.col("known").is_null(), *differ)


def _rest(table: str) -> list[str]:
    return [name for name in TABLES[table].names() if name not in PRIMARY_KEY[table]]


def _before(table: str, changed: pl.DataFrame) -> pl.DataFrame:
    """Give the mirror's values of rows that it knew."""
    known = changed.filter(pl.col("known").is_not_null())
    key = PRIMARY_KEY[table]
    return known.select(
        pl.col(name) if name in key else pl.col(name + _BEFORE).alias(name) for name in TABLES[table].names()
    )
