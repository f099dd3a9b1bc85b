"""Opening the database: where it lies, how SQLite is to treat it, and bringing it up to date."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from sync.store.errors import StoreError
from sync.store.lease import waited_lock
from sync.store.schema import HEAD, VERSION_TABLE
from sync.storeurl import sqlite_file

BUSY_S: Final = 30.0
"""How long a transaction waits for another process's before it gives up."""

_PRAGMAS: Final = (
    "synchronous = FULL",
    "secure_delete = ON",  # a contact that the CRM deleted leaves no bytes in the file
    "temp_store = MEMORY",
    "cache_size = -65536",
    "analysis_limit = 1000",
)

_MIGRATIONS: Final = Path(__file__).parent / "migrations"

_ADVICE: Final = {
    "SQLITE_NOTADB": "this is not a database; move the file away or name another one in [store] url",
    "SQLITE_CORRUPT": "it is damaged; move it away or restore a backup: the next sync adopts what the CRM holds",
    "SQLITE_READONLY": "it cannot be written; give this user write permission on the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check that it is a file in a folder that this user may write",
    "SQLITE_FULL": "the disk is full; make room and run again, nothing is half-written",
    "SQLITE_BUSY": "another process kept it locked for 30 s; stop that process and run again",
    "SQLITE_IOERR": "the disk failed; check the file system (network drives cannot hold this database)",
}


def explained(error: sqlite3.Error, path: Path) -> StoreError:
    """Put SQLite's *error* about the file at *path* into words that say what to do."""
    name = getattr(error, "sqlite_errorname", None) or ""
    advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "the database refused")
    return StoreError(f"{path}: {advice} ({error})")


def database_path(url: str, base: Path) -> Path:
    """Give the file that *url* names; a relative one lies under *base*.

    Raises:
        StoreError: the URL names no SQLite file.
    """
    try:
        return sqlite_file(url, base)
    except ValueError as error:
        raise StoreError(f"[store] url: {error}") from error


def open_engines(path: Path) -> tuple[Engine, Engine]:
    """Bring the database at *path* up to date and give its engine for writers and its engine for readers.

    A writer's transaction takes the write lock at its first word, so that what it read stays true until it commits;
    readers take none and never wait.

    Raises:
        StoreError: the file cannot be opened, is no database of ours, or is newer than this program.
    """
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; create it or name another in [store] url")
    writer = _engine(path, "BEGIN IMMEDIATE")
    try:
        if not _is_current(path):
            with waited_lock(path.with_name(path.name + ".migrate.lock")):
                _bring_up_to_date(path, writer)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    except OSError as error:
        raise StoreError(
            f"{path}: its lock file cannot be written ({error}); check the folder's permissions"
        ) from error
    return writer, _engine(path, "BEGIN")


def _engine(path: Path, begin: str) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling commits before DDL and loses updates between threads.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

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
        raise StoreError(f"{path}: this database belongs to another program; name another file in [store] url")
    row = database.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608  # a constant
    revision = None if row is None else str(row[0])
    if revision is not None and revision not in _known_revisions():
        raise StoreError(
            f"{path}: this database was written by a newer dealwarden (it is at {revision}, this one knows {HEAD}); "
            "upgrade dealwarden, or restore the backup made before its upgrade"
        )
    return revision


def _known_revisions() -> frozenset[str]:
    names = (re.match(r"(\d{4})_\w+\.py$", file.name) for file in (_MIGRATIONS / "versions").iterdir())
    return frozenset(name.group(1) for name in names if name)


def _bring_up_to_date(path: Path, writer: Engine) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        if _revision(database, path) == HEAD:
            return
    # Alembic takes half a second to import: only a start that migrates pays for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
