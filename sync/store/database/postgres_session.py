"""Sessions of a PostgreSQL server, set up so that its defaults cannot weaken what the store promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sync.store.database.errors import BUSY_S, StoreError
from sync.store.database.postgres_errors import explained

_SESSION: Final = "; ".join(
    (
        f"SET lock_timeout = '{BUSY_S}s'",
        "SET idle_in_transaction_session_timeout = '10min'",  # a paused process must not hold locks for ever
        "SET tcp_keepalives_idle = 30",  # nor a host that lost its power
        "SET tcp_keepalives_interval = 10",
        "SET tcp_keepalives_count = 3",
        "SET cursor_tuple_fraction = 1",  # all rows are fetched: plan for the last, not for the first
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )
)
"""Settings of every session; the ledger is durable whatever the server's default."""

_UNLESS_GIVEN: Final = {
    "application_name": "dealwarden",
    "connect_timeout": "10",
    "keepalives_idle": "30",  # a server that lost its power is noticed within a minute
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}


def connect(conninfo: str, first: str) -> psycopg.Connection[Any]:
    """Open a session that began with the statement *first*; *conninfo* is libpq's address of the database."""
    connection = _connected(conninfo)
    try:
        connection.execute(f"{_SESSION}; {first}".encode())
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def snapshot(url: str) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """Open a session that sees one state of the database at *url* and writes nothing; yield the name and the session.

    Raises:
        StoreError: the database cannot be read, or was never used.
    """
    name = name_of(url)
    try:
        with _connected(url) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield name, connection
    except psycopg.errors.UndefinedTable as error:
        raise StoreError(f"{name}: there are no tables of dealwarden's yet; the first sync makes them") from error
    except psycopg.Error as error:
        raise explained(error, name) or error from error


def name_of(url: str) -> str:
    """Return what messages call the database at *url*: its address without user and password.

    Raises:
        StoreError: *url* cannot be understood.
    """
    try:
        parts = conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeError):
        # What the driver says repeats parts of the address, perhaps of a password.
        raise StoreError(
            "[store] url: this PostgreSQL address cannot be understood; expected one as in "
            '"postgresql://user@host:5432/database", special characters of a password written as %XX'
        ) from None
    host, port, database = (parts.get(part) or "" for part in ("host", "port", "dbname"))
    if str(host).startswith("/"):
        return f"postgresql:///{database}?host={host}"
    return f"postgresql://{host}{f':{port}' if port else ''}/{database}"


def _connected(conninfo: str) -> psycopg.Connection[Any]:
    given = conninfo_to_dict(conninfo)
    parameters = {name: value for name, value in _UNLESS_GIVEN.items() if name not in given}
    return psycopg.connect(conninfo, autocommit=True, client_encoding="utf8", **parameters)  # type: ignore[arg-type]
