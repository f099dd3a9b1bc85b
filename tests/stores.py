"""Where a test's store lies, on SQLite or on PostgreSQL, and looking into it past the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine

from sync.store.database import sqlite
from sync.store.store import Store

STORES = ("sqlite", "postgresql")


def put_empty_store(file: Path) -> None:
    """Put a SQLite store with our tables and no rows at *file*: a copy, which costs a fraction of making the tables."""
    file.write_bytes(_empty_store())


@cache
def _empty_store() -> bytes:
    with TemporaryDirectory() as folder:
        place = Place("sqlite:///empty.db", Path(folder))
        place.open().close()
        return place.file.read_bytes()


def spell_statements_once() -> Iterator[None]:
    """Let every SQLite store of this process use the statements that an earlier one had put into SQL.

    A daemon has one store and does that once; tests open thousands, and it would be a fifth of their time.
    """
    made, create = list[Engine](), sqlite.create_engine

    def sharing(*args: Any, **options: Any) -> Engine:
        engine = create(*args, **options)
        if made:  # a statement is known by the dialect it was put into
            engine.dialect = engine.pool._dialect = made[0].dialect
            engine._compiled_cache = made[0]._compiled_cache
        made[:1] = made[:1] or [engine]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "create_engine", sharing)
        yield


@dataclass(frozen=True)
class Place:
    """An address as ``Store.open`` takes it."""

    url: str
    base: Path

    @property
    def kind(self) -> str:
        return self.url.partition(":")[0]

    @property
    def file(self) -> Path:
        return self.base / self.url.removeprefix("sqlite:///")  # an absolute path has four

    @property
    def full_url(self) -> str:
        """The address without need of the base."""
        return f"sqlite:///{self.file}" if self.kind == "sqlite" else self.url

    def open(self) -> Store:
        return Store.open(self.url, base=self.base)

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Put a question, with ``?`` for values, to the database itself."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.file)) as file:
                return file.execute(question, values).fetchall()
        return self._on_postgres(question, values).fetchall()

    def execute(self, statement: str, *values: Any) -> None:
        """Change something in the database itself."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.file)) as file, file:
                file.execute(statement, values)
        else:
            self._on_postgres(statement, values)

    def cut_off(self) -> None:
        """End every other session of a PostgreSQL database, as a server that stops does."""
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        self.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")

    def tables(self) -> set[str]:
        names = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        }
        return {row[0] for row in self.ask(names[self.kind])}

    def _on_postgres(self, statement: str, values: tuple[Any, ...]) -> Any:
        import psycopg

        with psycopg.connect(self.url) as connection:
            return psycopg.ClientCursor(connection).execute(statement.replace("?", "%s"), values or None)
