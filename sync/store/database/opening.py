"""From the address of a database to the backend for it."""

from __future__ import annotations

from pathlib import Path

from sync.config.store_url import is_postgres, sqlite_file
from sync.store.database.backend import Backend
from sync.store.database.errors import StoreError, missing_driver


def open_backend(url: str, base: Path) -> Backend:
    """Open the database at *url*, made and brought up to date where needed; a relative file lies under *base*.

    Raises:
        StoreError: the address names no database, its driver is not installed, or it cannot be opened.
    """
    # Each backend is imported only when an address names it: a driver that is not needed need not be installed.
    if is_postgres(url):
        return _postgres(url)
    from sync.store.database.sqlite import SqliteBackend  # noqa: PLC0415

    try:
        path = sqlite_file(url, base)
    except ValueError as error:
        raise StoreError(f"[store] url: {error}") from error
    return SqliteBackend.open(path)


def _postgres(url: str) -> Backend:
    try:
        from sync.store.database.postgres import PostgresBackend  # noqa: PLC0415
    except ImportError as error:
        raise missing_driver(error) from error
    return PostgresBackend.open(url)
