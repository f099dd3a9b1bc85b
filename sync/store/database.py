"""Transactions on the database, with bulk reading and writing on the driver's own cursor."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Self, cast

import polars as pl
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Executable,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    delete,
    literal,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import CompoundSelect

from sync.store.codec import decode
from sync.store.engine import database_path, explained, open_engines

_FETCH: Final = 20_000

wanted: Final = Table(
    "wanted",
    MetaData(),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    prefixes=["TEMPORARY"],
)
"""Ids that a transaction asks about: a table of its own, since lists of ids outgrow any statement."""

Query = Select[Any] | CompoundSelect[Any]
Row = tuple[Any, ...]


class Work:
    """One transaction: all of it is committed, or none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Execute *statement* and give how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def one(self, query: Query) -> Row | None:
        """Give the first row of *query*, if it has any."""
        row = self._connection.execute(query).first()
        return None if row is None else tuple(row)

    def fetch(self, query: Query) -> list[Row]:
        """Give all rows of *query* as the driver has them."""
        return [row for batch in self._batches(query) for row in batch]

    def frame(self, query: Query, schema: pl.Schema) -> pl.DataFrame:
        """Read *query* into a frame of *schema*, a batch at a time so that memory holds few rows of Python values."""
        frames = [decode(batch, schema) for batch in self._batches(query)]
        return pl.concat(frames) if frames else pl.DataFrame(schema=schema)

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Write whole *rows* of *table*, in its column order, over those with the same primary key."""
        if rows:
            self._cursor().executemany(_upsert_sql(table), rows)

    def remove(self, table: Table, keys: Sequence[Row]) -> None:
        """Delete the rows of *table* with these primary keys."""
        if keys:
            columns = [f"{_quoted(column.name)} = ?" for column in table.primary_key]
            sql = f"DELETE FROM {_quoted(table.name)} WHERE {' AND '.join(columns)}"  # noqa: S608  # our own names
            self._cursor().executemany(sql, keys)

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute *statement* once for each of *rows*."""
        if rows:
            self._connection.execute(statement, rows)

    def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add *rows*, each a mapping of the same columns."""
        self.run_many(table.insert(), rows)

    def want(self, kind: str, ids: Iterable[str] | Query) -> Select[tuple[str]]:
        """Note ids under a name, for this transaction, and give the query that selects them, for use with ``in_``."""
        self._connection.execute(CreateTable(wanted, if_not_exists=True))
        self._connection.execute(delete(wanted).where(wanted.c.kind == kind))
        if isinstance(ids, Select | CompoundSelect):
            (name,) = ids.subquery().c
            named = select(literal(kind), name).where(name.is_not(None)).distinct()
            self._connection.execute(wanted.insert().from_select(["kind", "id"], named))
        else:
            self.upsert(wanted, [(kind, name) for name in dict.fromkeys(ids)])
        return select(wanted.c.id).where(wanted.c.kind == kind)

    def analyze(self) -> None:
        """Tell the database how its rows are spread; milliseconds, since it samples."""
        self._connection.exec_driver_sql("ANALYZE")

    def _cursor(self) -> sqlite3.Cursor:
        return cast("sqlite3.Cursor", self._connection.connection.cursor())

    def _batches(self, query: Query) -> Iterator[list[Row]]:
        compiled = query.compile(dialect=self._connection.dialect, compile_kwargs={"render_postcompile": True})
        values = compiled.construct_params()
        cursor = self._cursor()
        cursor.execute(str(compiled), [values[name] for name in compiled.positiontup or ()])
        while batch := cursor.fetchmany(_FETCH):
            yield batch


_quoted: Final = sqlite.dialect().identifier_preparer.quote


@cache
def _upsert_sql(table: Table) -> str:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    whole = statement.on_conflict_do_update(index_elements=keys, set_=rest) if rest else statement
    return str(whole.compile(dialect=sqlite.dialect()))


class Database:
    """The open database file, and its transactions."""

    def __init__(self, path: Path, writer: Engine, reader: Engine) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader

    @classmethod
    def open(cls, url: str, *, base: Path) -> Self:
        """Open the database at *url*, made and brought up to date where needed; a relative file lies under *base*.

        Raises:
            StoreError: it cannot be opened, is no database of ours, or is newer than this program.
        """
        path = database_path(url, base)
        writer, reader = open_engines(path)
        return cls(path, writer, reader)

    @property
    def url(self) -> str:
        """Give the address of the database, with an absolute path."""
        return f"sqlite:///{self.path}"

    def close(self) -> None:
        """Let go of the file."""
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def write(self) -> Iterator[Work]:
        """Run a transaction that may write: it is committed at the end of the block, rolled back on an error."""
        with self._transaction(self._writer) as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Run a transaction that sees one state of the database throughout and never waits for a writer."""
        with self._transaction(self._reader) as work:
            yield work

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Work]:
        try:
            with engine.begin() as connection:
                yield Work(connection)
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error) and not isinstance(error.orig, _OUR_FAULTS):
                raise explained(error.orig, self.path) from error
            raise
        except sqlite3.Error as error:
            if isinstance(error, _OUR_FAULTS):
                raise
            raise explained(error, self.path) from error


_OUR_FAULTS: Final = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
)
