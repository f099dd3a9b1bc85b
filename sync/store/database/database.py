"""Transactions on the database, with bulk reading and writing on the driver's own cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol, Self

import polars as pl
from sqlalchemy import ColumnElement, Connection, Executable, Select, Table, delete, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import CompoundSelect

from sync.store.database.backend import Backend, Lease, Query, Row, noted, wanted
from sync.store.database.codec import decode
from sync.store.database.opening import open_backend

_FEW: Final = 50
"""Up to so many ids are spelled out in a statement; noting them first would cost two more statements."""

__all__ = ["Database", "Leased", "Query", "Row", "Snapshot", "Transactions", "Work"]


class Work:
    """One transaction: all of it is committed, or none."""

    def __init__(self, connection: Connection, backend: Backend) -> None:
        self._connection = connection
        self._backend = backend

    def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Execute *statement* and return how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def first(self, query: Query) -> Row | None:
        """Return the first row of *query*, or None."""
        row = self._connection.execute(query).first()
        return None if row is None else tuple(row)

    def fetch(self, query: Query) -> list[Row]:
        """Return all rows of *query* as the driver has them."""
        return [row for batch in self._backend.batches(self._connection, query, stream=False) for row in batch]

    def frame(self, query: Query, schema: pl.Schema) -> pl.DataFrame:
        """Read *query* into a frame of *schema*, a batch at a time so that memory holds few rows of Python values."""
        # Python values of a large table take many times the memory of its frame.
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
        """Note ids under a name, for this transaction, and return the query that selects them, for use with ``in_``."""
        self._connection.execute(delete(wanted).where(wanted.c.kind == kind))
        if isinstance(ids, Select | CompoundSelect):
            (name,) = ids.subquery().c
            named = select(literal(kind), name).where(name.is_not(None)).distinct()
            self._connection.execute(wanted.insert().from_select(["kind", "id"], named))
        elif rows := [(kind, name) for name in dict.fromkeys(ids)]:
            self._backend.add(self._connection, wanted, rows)
        return noted(kind)

    def among(self, column: ColumnElement[str], kind: str, ids: Iterable[str]) -> ColumnElement[bool]:
        """Return the condition that *column* is among *ids*: spelled out where they are few, else noted as *kind*."""
        listed = list(ids)
        return column.in_(listed if len(listed) <= _FEW else self.want(kind, listed))

    def analyze(self) -> None:
        """Have the database look at how its rows are spread, so that it plans queries well."""
        self._backend.analyze(self._connection)

    def fence(self, lease: Lease) -> None:
        """Go on only while *lease* is held, and let nobody take it before this transaction ends.

        Raises:
            LeaseLostError: another process has the lease by now; nothing may be written.
        """
        lease.fence(self._connection)


class Transactions(Protocol):
    """Where the parts of a store get their transactions from: the database, a lease on it, or a snapshot of it."""

    @property
    def name(self) -> str:
        """What messages call the database; holds no secret."""

    def read(self) -> AbstractContextManager[Work]:
        """Run a transaction that sees one state of the database throughout and never waits for a writer."""

    def write(self, conn: int | None = None) -> AbstractContextManager[Work]:
        """Run a transaction that may write: it is committed at the end of the block, rolled back on an error.

        What it read stays true until then. One that names the connection whose rows it is about lets those of others
        go on where the database can.
        """


class Database:
    """The open database: every transaction is one of its own."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @classmethod
    def open(cls, url: str, *, base: Path) -> Self:
        """Open the database at *url*, made and brought up to date where needed; a relative file lies under *base*.

        Raises:
            StoreError: it cannot be opened, is no database of dealwarden's, or is newer than this program.
        """
        return cls(open_backend(url, base))

    @property
    def name(self) -> str:
        """The file, or the address without the password."""
        return self._backend.name

    def close(self) -> None:
        """Close the connections to the database."""
        self._backend.close()

    @contextmanager
    def hold(self, org_id: str) -> Iterator[Leased]:
        """Hold the lease of a connection for as long as the block runs and this process lives.

        Raises:
            LeaseHeldError: another living process has it; raised at once, without waiting.
        """
        with self._backend.hold(org_id) as lease:
            yield Leased(self, lease)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Keep one state of the database, in one transaction, for as long as the block runs."""
        with self.read() as work:
            yield Snapshot(self.name, work)

    @contextmanager
    def write(self, conn: int | None = None) -> Iterator[Work]:
        """Run a transaction that may write."""
        with self._transaction(self._backend.writing(conn)) as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Run a transaction that reads."""
        with self._transaction(self._backend.reading()) as work:
            yield work

    @contextmanager
    def _transaction(self, begun: AbstractContextManager[Connection]) -> Iterator[Work]:
        try:
            with begun as connection:
                yield Work(connection, self._backend)
        except Exception as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            explained = self._backend.explained(cause)
            if explained is None:
                raise
            raise explained from error


@dataclass(frozen=True, slots=True)
class Leased:
    """The database in the hands of the holder of a lease: each transaction that writes makes sure of it first."""

    database: Database
    lease: Lease

    @property
    def name(self) -> str:
        """The file, or the address without the password."""
        return self.database.name

    def read(self) -> AbstractContextManager[Work]:
        """Run a transaction that reads; reading needs no lease."""
        return self.database.read()

    @contextmanager
    def write(self, conn: int | None = None) -> Iterator[Work]:
        """Run a transaction that may write while the lease is held.

        Raises:
            LeaseLostError: another process has the lease by now; nothing was written.
        """
        with self.database.write(conn) as work:
            # First in the transaction: a take-over then waits for its end, or has happened before and stops it here.
            work.fence(self.lease)
            yield work


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the database, for one thread at a time; whatever is written meanwhile is not in it."""

    name: str
    work: Work

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Read from the snapshot's own transaction."""
        yield self.work

    def write(self, conn: int | None = None) -> NoReturn:
        """Refuse: what is written belongs to the store that the snapshot was taken of.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.name}: a snapshot cannot be written to (connection {conn})")
