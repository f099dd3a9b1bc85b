"""SQLite as both simulated CRMs keep their records in it: one connection, nesting savepoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Database:
    """One SQLite database, in memory or in a file. Its owner sees to it that one thread is inside at a time.

    It begins as a copy of the database *like*, if there is one.
    """

    def __init__(self, path: Path | None, like: Database | None = None) -> None:
        self._depth = 0
        self.connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self.connection.executescript(
            # A simulated CRM may lose its last writes when the machine stops; waiting for the disk would dominate
            # every test.
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
        )
        if like is not None:
            like.connection.backup(self.connection)

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Every row of a statement, as tuples."""
        return self.connection.execute(sql, parameters).fetchall()

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing; may nest."""
        name = f"s{self._depth}"
        self.connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self.connection.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._depth -= 1
            self.connection.execute(f"RELEASE {name}")
