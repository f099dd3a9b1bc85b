"""The store in one SQLite file: its settings, its transactions, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self, cast

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateTable

from sync.config.private_files import create_private, make_private
from sync.store.database.backend import FETCH, Lease, Query, Row, delete_sql, insert_sql, upsert_sql, values_sql, wanted
from sync.store.database.errors import BUSY_S, StoreError
from sync.store.database.lease import hold, waited_lock
from sync.store.database.schema import HEAD, VERSION_TABLE
from sync.store.database.upgrade import refuse_foreign, refuse_newer, upgrade

_PRAGMAS: Final = (
    "synchronous = FULL",
    "secure_delete = ON",  # a contact that the CRM deleted leaves no bytes in the file
    "temp_store = MEMORY",
    "cache_size = -65536",
    "analysis_limit = 1000",
)

_FILES: Final = ("", "-wal", "-shm")
"""What the names of a database's files end with, beside the name of the first."""

_STATEMENTS: Final = 512
"""How many statements a connection keeps prepared: a cycle has more than the driver's default of 128."""

_ADVICE: Final = {
    "SQLITE_NOTADB": "this is not a database; move the file away or name another one in [store] url",
    "SQLITE_CORRUPT": "it is damaged; move it away or restore a backup: the next sync adopts what the CRM holds",
    "SQLITE_READONLY": "it cannot be written; give this user write permission on the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check that it is a file in a folder that this user may write",
    "SQLITE_FULL": "the disk is full; free some space and run again, nothing is half-written",
    "SQLITE_BUSY": f"another process kept it locked for {BUSY_S} s; stop that process and run again",
    "SQLITE_IOERR": "the disk failed; check the file system (network drives cannot hold this database)",
}

_OUR_FAULTS: Final = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
)

_WANTED: Final = str(CreateTable(wanted, if_not_exists=True).compile(dialect=sqlite.dialect()))


def explained(error: sqlite3.Error, path: Path) -> StoreError:
    """Return SQLite's *error* about the file at *path* in words that say what to do."""
    name = getattr(error, "sqlite_errorname", None) or ""
    advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "the database refused")
    return StoreError(f"{path}: {advice} ({error})")


class _KernelLease:
    """A lock that the kernel keeps for as long as this process lives: nobody can take it away."""

    def fence(self, connection: Connection) -> None:
        """Let the transaction go on."""


class SqliteBackend:
    """A database file of this host."""

    def __init__(self, path: Path, writer: Engine, reader: Engine) -> None:
        self.path = path
        self._writer, self._reader = writer, reader

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file at *path*, made and brought up to date where needed.

        A writer's transaction takes the write lock at its first word, so that what it read stays true until it
        commits; readers take none and never wait.

        Raises:
            StoreError: it cannot be opened, belongs to another program, or is newer than this program.
        """
        if not path.parent.is_dir():
            raise StoreError(
                f"{path}: the folder {path.parent} does not exist; create it or name another in [store] url"
            )
        writer = _engine(path, "BEGIN IMMEDIATE")
        try:
            create_private(path)  # SQLite gives the files beside it the same permissions
            # Nearly every start finds the database up to date, and need not wait for another's migration.
            if not _is_current(path):
                with waited_lock(path.with_name(path.name + ".migrate.lock")):
                    _bring_up_to_date(path, writer)
        except sqlite3.Error as error:
            raise explained(error, path) from error
        except OSError as error:
            raise StoreError(f"{path}: {_ADVICE['SQLITE_CANTOPEN']} ({error.strerror})") from error
        for suffix in _FILES:
            make_private(path.with_name(path.name + suffix))
        return cls(path, writer, _engine(path, "BEGIN"))

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def writing(self, conn: int | None) -> AbstractContextManager[Connection]:  # noqa: ARG002  # one lock for all rows
        """Begin a transaction that holds the file's write lock."""
        return self._writer.begin()

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction on a snapshot."""
        return self._reader.begin()

    def batches(self, connection: Connection, query: Query, *, stream: bool) -> Iterator[list[Row]]:  # noqa: ARG002
        """Yield batches of rows of *query*, each read from the file when it is asked for."""
        answer = connection.execute(query)  # put into SQL once; afterwards the engine's cache has it
        assert answer.cursor is not None
        while batch := answer.cursor.fetchmany(FETCH):
            yield list(batch)
        answer.close()

    def put(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows over those with the same primary key."""
        _cursor(connection).executemany(upsert_sql(table, values_sql(table, "?")), rows)

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows whose primary keys are new."""
        _cursor(connection).executemany(insert_sql(table, values_sql(table, "?")), rows)

    def remove(self, connection: Connection, table: Table, keys: Sequence[Row]) -> None:
        """Delete the rows with these primary keys."""
        _cursor(connection).executemany(delete_sql(table, "?"), keys)

    def analyze(self, connection: Connection) -> None:
        """Look at how the rows are spread; milliseconds, since it samples."""
        connection.exec_driver_sql("ANALYZE")

    def explained(self, error: BaseException) -> StoreError | None:
        """Explain what SQLite refused."""
        if not isinstance(error, sqlite3.Error) or isinstance(error, _OUR_FAULTS):
            return None
        return explained(error, self.path)

    @contextmanager
    def hold(self, connection: str) -> Iterator[Lease]:
        """Hold the lock file of a connection."""
        with hold(self.path, connection):
            yield _KernelLease()

    def close(self) -> None:
        """Close the file."""
        self._writer.dispose()
        self._reader.dispose()


def _cursor(connection: Connection) -> sqlite3.Cursor:
    return cast("sqlite3.Cursor", connection.connection.cursor())


def _engine(path: Path, begin: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": float(BUSY_S), "cached_statements": _STATEMENTS},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling commits before DDL and loses updates between threads.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_WANTED)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        _cursor(connection).execute(begin)

    return engine


def _is_current(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as database:
        revision = _revision(database, path)
        journal = database.execute("PRAGMA journal_mode").fetchone()[0]
    return revision == HEAD and journal == "wal"


def _revision(database: sqlite3.Connection, path: Path) -> str | None:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise refuse_foreign(str(path))
    row = database.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608  # a constant
    revision = None if row is None else str(row[0])
    refuse_newer(str(path), revision)
    return revision


def _bring_up_to_date(path: Path, writer: Engine) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        if _revision(database, path) == HEAD:
            return
    with writer.begin() as connection:
        upgrade(connection)
