"""Where the product's database lies in a simulation: made, copied, exchanged and lost in milliseconds."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from sync.store.database.backend import Backend
from sync.store.database.opening import open_backend
from tests.postgres import Server, postgres_server
from tests.stores import Place, put_empty_store

_MEMORY: Final = Path("/dev/shm")
FOLDER: Final = Path(tempfile.mkdtemp(prefix="dealwarden-simulation-", dir=_MEMORY if _MEMORY.is_dir() else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


class Disk(Protocol):
    """A database of ours; it is exchanged only while no process has it open."""

    @property
    def place(self) -> Place:
        """Where it lies now."""

    def backend(self) -> Backend:
        """Open it as a new process does."""

    def back_up(self) -> None:
        """Keep a copy, in place of an older one."""

    def restore(self) -> bool:
        """Put the copy in its place; False if there is none."""

    def lose(self) -> None:
        """Put an empty one in its place."""

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Put a question to it past the product."""

    def close(self) -> None:
        """Let go of everything."""


class SqliteDisk:
    """A SQLite file, the same for all histories of this process: so its statements are spelled out only once."""

    def __init__(self) -> None:
        self.place = Place("sqlite:///dealwarden.db", FOLDER)
        self._copy = FOLDER / "backup.db"
        self._copy.unlink(missing_ok=True)
        self._onlooker: sqlite3.Connection | None = None
        self.lose()

    def backend(self) -> Backend:
        return _backend()

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        if self._onlooker is None:
            self._onlooker = sqlite3.connect(self.place.file)
        return self._onlooker.execute(question).fetchall()

    def _look_away(self) -> None:
        """Close the file: only then is everything in it, and may another take its place."""
        if self._onlooker is not None:
            self._onlooker.close()
            self._onlooker = None

    def back_up(self) -> None:
        self._look_away()
        shutil.copy(self.place.file, self._copy)

    def restore(self) -> bool:
        if self._copy.exists():
            self._remove()
            shutil.copy(self._copy, self.place.file)
        return self._copy.exists()

    def lose(self) -> None:
        self._remove()
        put_empty_store(self.place.file)

    def _remove(self) -> None:
        self._look_away()
        for file in self.place.base.glob("dealwarden.db*"):
            file.unlink()

    def close(self) -> None:
        """The next history takes the file over."""
        self._look_away()


@cache
def _backend() -> Backend:
    """The engines of the file; each life of the product closes all their connections and leaves them usable."""
    return open_backend("sqlite:///dealwarden.db", FOLDER)


class PostgresDisk:
    """A database of a PostgreSQL server that all histories of this process share."""

    def __init__(self) -> None:
        self._server = _server()
        self._here, self._stack = ExitStack(), ExitStack()
        self._copy: str | None = None
        self.place = self._new()

    def _new(self) -> Place:
        return Place(self._here.enter_context(self._server.database()), FOLDER)

    def backend(self) -> Backend:
        return open_backend(self.place.url, FOLDER)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.place.ask(question)

    def _name(self) -> str:
        return self.place.url.partition("?")[0].rpartition("/")[2]

    def back_up(self) -> None:
        self._drop_copy()
        self._copy = f"{self._name()}_copy"
        self._server.run(f"CREATE DATABASE {self._copy} TEMPLATE {self._name()}")

    def restore(self) -> bool:
        if self._copy is not None:
            name = self._name()
            self._server.run(f"DROP DATABASE {name} WITH (FORCE)")
            self._server.run(f"CREATE DATABASE {name} TEMPLATE {self._copy}")
        return self._copy is not None

    def lose(self) -> None:
        self._here.close()
        self.place = self._new()

    def close(self) -> None:
        self._drop_copy()
        self._here.close()

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._server.run(f"DROP DATABASE IF EXISTS {self._copy}")
            self._copy = None


@cache
def _server() -> Server:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres_server())


def open_disk(store: str) -> Disk:
    """Give an empty database of the kind."""
    return SqliteDisk() if store == "sqlite" else PostgresDisk()
