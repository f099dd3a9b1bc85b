"""Transactions on the database, with bulk reading and writing on the driver's own cursor."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, Self

import polars as pl
from sqlalchemy import ColumnElement, Connection, Executable, Select, Table, delete, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import CompoundSelect

from sync.store.database.backend import Backend, Lease, Query, Row, noted, wanted
from sync.store.database.codec import decode
from sync.store.database.opening import open_backend

_FEW: Final = 50
"""So many ids stand in a statement itself; noting them would cost two more."""

__all__ = ["Database", "Query", "Row", "Transactions", "Work"]


class Work:
    """One transaction: all of it is committed, or none."""

    def __init__(self, connection: Connection, backend: Backend) -> None:
        self._connection = connection
        self._backend = backend

    def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Execute *statement* and give how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def one(self, query: Query) -> Row | None:
        """Give the first row of *query*, if it has any."""
        row = self._connection.execute(query).first()
        return None if row is None else tuple(row)

    def fetch(self, query: Query) -> list[Row]:
        """Give all rows of *query* as the driver has them."""
        return [row for batch in self._backend.batches(self._connection, query, stream=False) for row in batch]

    def frame(self, query: Query, schema: pl.Schema) -> pl.DataFrame:
        """Read *query* into a frame of *schema*, a batch at a time so that memory holds few rows of Python values."""
        batches = self._backend.batches(self._connection, query, stream=True)
        frames = [decode(batch, schema) for batch in batches]
        return pl.concat(frames) if frames else pl.DataFrame(schema=schema)

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Write whole *rows* of *table*, in its column order, over those with the same primary key."""
        if rows:
            self._backend.put(self._connection, table, rows)

    def remove(self, table: Table, keys: Sequence[Row]) -> None:
        """Delete the rows of *table* with these primary keys."""
        if keys:
            self._backend.remove(self._connection, table, keys)

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute *statement* once for each of *rows*."""
        if rows:
            self._connection.execute(statement, rows)

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add *rows*, each a mapping of the same columns."""
        self.run_many(table.insert(), rows)

    def want(self, kind: str, ids: Iterable[str] | Query) -> Select[tuple[str]]:
        """Note ids under a name, for this transaction, and give the query that selects them, for use with ``in_``."""
        self._connection.execute(delete(wanted).where(wanted.c.kind == kind))
        if isinstance(ids, Select | CompoundSelect):
            (name,) = ids.subquery().c
            named = select(literal(kind), name).where(name.is_not(None)).distinct()
            self._connection.execute(wanted.insert().from_select(["kind", "id"], named))
        elif rows := [(kind, name) for name in dict.fromkeys(ids)]:
            self._backend.add(self._connection, wanted, rows)
        return noted(kind)

    def among(self, column: ColumnElement[str], kind: str, ids: Iterable[str]) -> ColumnElement[bool]:
        """Give the condition that *column* is one of *ids*: spelled out where they are few, else noted as *kind*."""
        listed = list(ids)
        return column.in_(listed if len(listed) <= _FEW else self.want(kind, listed))

    def analyze(self) -> None:
        """Tell the database how its rows are spread."""
        self._backend.analyze(self._connection)


class Transactions(Protocol):
    """Where the parts of a store get their transactions from."""

    @property
    def name(self) -> str:
        """What messages call the database; holds no secret."""

    def read(self) -> AbstractContextManager[Work]:
        """Run a transaction that sees one state of the database throughout."""

    def write(self, conn: int | None = None) -> AbstractContextManager[Work]:
        """Run a transaction that is committed at the end of the block and rolled back on an error."""


class Database:
    """The open database, and its transactions."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._here = threading.local()

    @classmethod
    def open(cls, url: str, *, base: Path) -> Self:
        """Open the database at *url*, made and brought up to date where needed; a relative file lies under *base*.

        Raises:
            StoreError: it cannot be opened, is no database of ours, or is newer than this program.
        """
        return cls(open_backend(url, base))

    @property
    def name(self) -> str:
        """What messages call the database: its file, or its address without the password."""
        return self._backend.name

    def close(self) -> None:
        """Let go of the database."""
        self._backend.close()

    @contextmanager
    def hold(self, connection: str) -> Iterator[None]:
        """Hold the lease of a connection for as long as the block runs and this process lives.

        Whatever this thread writes meanwhile is written only while the lease is ours.

        Raises:
            LeaseHeldError: another living process has it; told at once, without waiting.
        """
        with self._backend.hold(connection) as lease:
            self._here.lease = lease
            try:
                yield
            finally:
                self._here.lease = None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let this thread read one state of the database throughout the block, in one transaction, until it writes."""
        with self.read() as work:
            self._here.view = work
            try:
                yield
            finally:
                self._here.view = None

    @contextmanager
    def write(self, conn: int | None = None) -> Iterator[Work]:
        """Run a transaction that may write: it is committed at the end of the block, rolled back on an error.

        What it read stays true until then. One that names the connection whose rows it is about lets those of others
        go on where the database can.

        Raises:
            LeaseLostError: this thread held a lease that another process has by now.
        """
        self._here.view = None  # who has written wants to see it
        with self._transaction(self._backend.writing(conn)) as (connection, work):
            lease: Lease | None = getattr(self._here, "lease", None)
            if lease is not None:
                lease.fence(connection)
            yield work

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Run a transaction that sees one state of the database throughout and never waits for a writer."""
        view: Work | None = getattr(self._here, "view", None)
        if view is not None:
            yield view
            return
        with self._transaction(self._backend.reading()) as (_, work):
            yield work

    @contextmanager
    def _transaction(self, begun: AbstractContextManager[Connection]) -> Iterator[tuple[Connection, Work]]:
        try:
            with begun as connection:
                yield connection, Work(connection, self._backend)
        except Exception as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            told = self._backend.explained(cause)
            if told is None:
                raise
            raise told from error
