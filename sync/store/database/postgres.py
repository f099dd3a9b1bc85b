"""The store in a PostgreSQL database: one that several hosts may share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Self, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, Table, create_engine, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from sync.store.database.backend import (
    FETCH,
    Lease,
    Query,
    Row,
    delete_sql,
    insert_sql,
    names_of,
    quoted,
    upsert_sql,
    values_sql,
    wanted,
)
from sync.store.database.errors import StoreError
from sync.store.database.mirror_schema import MIRROR, metadata
from sync.store.database.postgres_errors import explained
from sync.store.database.postgres_lease import hold_row
from sync.store.database.postgres_session import connect, name_of
from sync.store.database.schema import HEAD, VERSION_TABLE
from sync.store.database.upgrade import refuse_foreign, refuse_newer, upgrade

_FEW: Final = 50
"""Up to how many rows are sent one by one: below that, copying them into a table first costs more than it saves."""

_LOCKS: Final = 0x6465616C
"""The first half of this program's advisory locks, since other programs may use the same database."""

_EVERYTHING, _MIGRATION = 0, -1

_WANTED: Final = str(CreateTable(wanted, if_not_exists=True).compile(dialect=cast("Any", PGDialect)()))


class PostgresBackend:
    """A database of a PostgreSQL server."""

    def __init__(self, conninfo: str, name: str) -> None:
        self.name = name
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: connect(conninfo, _WANTED),
            isolation_level="READ COMMITTED",  # each statement sees what was committed before the lock was taken
            pool_pre_ping=True,
            max_overflow=-1,
        )
        self._writer: Engine = engine
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._numbers = itertools.count()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database at *url*, libpq's address of it, and make or bring its tables up to date where needed.

        Raises:
            StoreError: it cannot be reached, refuses the login, is another program's, or is newer than this one.
        """
        backend = cls(url, name_of(url))
        try:
            backend._prepare()
        except BaseException as error:
            backend.close()
            cause = error.orig if isinstance(error, DBAPIError) else error
            explanation = None if cause is None else backend.explained(cause)
            if explanation is None:
                raise
            raise explanation from error
        return backend

    @contextmanager
    def writing(self, conn: int | None) -> Iterator[Connection]:
        """Begin a transaction after those that write the same rows."""
        with self._writer.begin() as connection:
            if conn is None:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, _EVERYTHING))
            else:
                # Writers of one connection wait for each other and for those of all, not for those of another.
                both = "SELECT pg_advisory_xact_lock_shared(%s, %s), pg_advisory_xact_lock(%s, %s)"
                connection.exec_driver_sql(both, (_LOCKS, _EVERYTHING, _LOCKS, conn))
            yield connection

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction on a snapshot."""
        return self._reader.begin()

    def batches(self, connection: Connection, query: Query, *, stream: bool) -> Iterator[list[Row]]:
        """Yield batches of rows of *query*, through a cursor on the server if they are to *stream*."""
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        raw = _raw(connection)
        name = f"rows_{next(self._numbers)}" if stream else ""
        with raw.cursor(name, binary=True) if stream else raw.cursor(binary=True) as cursor:
            cursor.execute(_sql(str(compiled)), compiled.construct_params())
            while batch := cursor.fetchmany(FETCH):
                yield batch

    def put(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows over those with the same primary key."""
        if len(rows) <= _FEW:
            _each(connection, upsert_sql(table, values_sql(table, "%s")), rows)
            return
        incoming, columns = quoted(f"incoming_{table.name}"), names_of(table.c.keys())
        raw = _raw(connection)
        made = f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} (LIKE {quoted(table.name)}) ON COMMIT DELETE ROWS"
        raw.execute(_sql(made))
        # The same transaction may have filled it before.
        raw.execute(_sql(f"TRUNCATE {incoming}"))
        # ON CONFLICT refuses to touch one row twice in a statement.
        _copy(connection, f"{incoming} ({columns})", table, _last_by_key(table, rows))
        raw.execute(_sql(upsert_sql(table, f"SELECT {columns} FROM {incoming}")))  # noqa: S608  # our own names

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows whose primary keys are new."""
        if len(rows) <= _FEW:
            _each(connection, insert_sql(table, values_sql(table, "%s")), rows)
            return
        _copy(connection, f"{quoted(table.name)} ({names_of(table.c.keys())})", table, rows)
        if table is wanted:  # nobody else looks at how the rows of a temporary table are spread
            connection.exec_driver_sql(f"ANALYZE {quoted(table.name)}")

    def remove(self, connection: Connection, table: Table, keys: Sequence[Row]) -> None:
        """Delete the rows with these primary keys."""
        _each(connection, delete_sql(table, "%s"), keys)

    def analyze(self, connection: Connection) -> None:
        """Analyze those tables of the mirror of which much changed since the server last did."""
        stale = text(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema() "
            "AND n_mod_since_analyze > 1000 + n_live_tup / 10"
        )
        names = sorted({row[0] for row in connection.execute(stale)} & MIRROR.keys())
        if names:
            connection.exec_driver_sql(f"ANALYZE {names_of(names)}")

    def explained(self, error: BaseException) -> StoreError | None:
        """Explain what the server refused."""
        return explained(error, self.name) if isinstance(error, psycopg.Error) else None

    @contextmanager
    def hold(self, connection: str) -> Iterator[Lease]:
        """Hold the lease row of a connection."""
        with hold_row(self._writer, connection) as lease:
            yield lease

    def close(self) -> None:
        """Close the connections to the server."""
        self._writer.dispose()

    def _prepare(self) -> None:
        with self._writer.connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise StoreError(
                    f"{self.name}: the database keeps text as {encoding}, which cannot hold every name; "
                    "create one with ENCODING 'UTF8'"
                )
            if self._revision(connection) == HEAD:
                return
        with self._writer.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # another start may be migrating: wait for it
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, _MIGRATION))
            if self._revision(connection) != HEAD:
                upgrade(connection)
                _order_by_bytes(connection)

    def _revision(self, connection: Connection) -> str | None:
        listed = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = {row[0] for row in connection.execute(listed)}
        if VERSION_TABLE in tables:
            row = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").first()  # noqa: S608
            revision = None if row is None else str(row[0])
            refuse_newer(self.name, revision)
            return revision
        if tables & metadata.tables.keys():
            raise refuse_foreign(self.name)
        return None


def _order_by_bytes(connection: Connection) -> None:
    """Order text by its bytes, as SQLite does: then no change of language data on the server spoils an index."""
    plain = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND data_type = 'text' AND collation_name IS NULL ORDER BY 1, 2"
    )
    known = [(table, name) for table, name in connection.execute(plain) if table in metadata.tables]
    for table, rows in itertools.groupby(known, key=lambda row: row[0]):
        changes = ", ".join(f'ALTER COLUMN {quoted(name)} TYPE text COLLATE "C"' for _, name in rows)
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} {changes}")


def _last_by_key(table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    places = [at for at, column in enumerate(table.c) if column.primary_key]
    return list({tuple(row[at] for at in places): row for row in rows}.values())


def _each(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    with _raw(connection).cursor() as cursor:
        cursor.executemany(_sql(statement), rows)


def _copy(connection: Connection, target: str, table: Table, rows: Sequence[Row]) -> None:
    with _raw(connection).cursor() as cursor, cursor.copy(_sql(f"COPY {target} FROM STDIN (FORMAT BINARY)")) as copy:
        copy.set_types([_TYPES[type(column.type).__name__] for column in table.c])
        for row in rows:
            copy.write_row(row)


_TYPES: Final = {"Text": "text", "Integer": "int4", "BigInteger": "int8", "SmallInteger": "int2", "Double": "float8"}


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection)


def _sql(statement: str) -> sql.SQL:
    return sql.SQL(cast("Any", statement))
