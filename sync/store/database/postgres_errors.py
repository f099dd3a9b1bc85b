"""What it means when a PostgreSQL server refuses, and what to do about it."""

from __future__ import annotations

from typing import Final

import psycopg

from sync.store.database.errors import BUSY_S, StoreError

_BY_STATE: Final = {
    "25006": "it takes no writes; name the primary server, and a role whose transactions are not read-only",
    "25P03": "this program paused in the middle of a transaction and was cut off; run again",
    "28": "the server refused the password or the role; check password and user in [store], and pg_hba.conf",
    "3D000": "there is no such database; create one with ENCODING 'UTF8', or name another in [store] url",
    "3F000": "there is no schema to make tables in; create one and put it on the role's search_path",
    "40": "another process got in the way; run again, nothing is half-written",
    "42501": "the role may not do this; it needs CREATE on its schema, TEMPORARY on the database, and its own tables",
    "53100": "the server's disk is full; free some space and run again, nothing is half-written",
    "53": "the server has too many connections or too little memory; free some and run again",
    "55P03": f"another process kept it locked for {BUSY_S} s; stop that process and run again",
    "57": "the server stopped, or an administrator ended the connection; run again once it is up",
    "08": "the connection was lost; run again, nothing is half-written",
    "58": "the server cannot use its disk; ask whoever runs it",
    "XX": "the server found its data damaged; restore a backup: the next sync adopts what the CRM holds",
}
"""What to do by SQLSTATE, or by the class that its first two characters name."""

_BY_TEXT: Final = {
    "no password supplied": "the server asks for a password; set [store] password, or a ~/.pgpass for this user",
    "password authentication failed": _BY_STATE["28"],
    "authentication": _BY_STATE["28"],
    "pg_hba.conf": _BY_STATE["28"],
    'role "': "there is no such role; create it or name another user in [store] url",
    'database "': _BY_STATE["3D000"],
    "too many connections": _BY_STATE["53"],
    "too many clients": _BY_STATE["53"],
    "starting up": "the server is starting; run again in a moment",
    "shutting down": _BY_STATE["57"],
    "SSL": "no encrypted connection came about; check sslmode and sslrootcert in [store] url",
    "certificate": "no encrypted connection came about; check sslmode and sslrootcert in [store] url",
    "could not translate host name": "its host is not known; check the host in [store] url",
    "failed to resolve host": "its host is not known; check the host in [store] url",
    "server closed the connection": _BY_STATE["08"],
    "connection is lost": _BY_STATE["08"],
}
"""What to do by the text of a server that let nobody in, or that is gone: such errors carry no SQLSTATE."""

_UNREACHABLE: Final = "it cannot be reached; check that the server runs, and the host and port in [store] url"


def explained(error: psycopg.Error, name: str) -> StoreError | None:
    """Return an *error* of the database called *name* in words that say what to do, or None for a fault of ours."""
    advice = _advice(error)
    if advice is None:
        return None
    lines = str(error).strip().splitlines()
    return StoreError(f"{name}: {advice} ({lines[0] if lines else type(error).__name__})")


def _advice(error: psycopg.Error) -> str | None:
    state = error.sqlstate
    if state is not None:
        known = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
        if known is None and isinstance(error, psycopg.OperationalError):
            return "the database refused"
        return known
    if not isinstance(error, psycopg.OperationalError):
        return None
    text = str(error)
    return next((advice for part, advice in _BY_TEXT.items() if part in text), _UNREACHABLE)
