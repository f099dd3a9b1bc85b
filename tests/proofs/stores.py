"""Making stores for worlds, and copying them as a backup would."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from tests.postgres import Server
from tests.proofs.world import World


class Stores(Protocol):
    """One of the databases that a world may keep its store in; what is given are addresses for ``kept_in``."""

    def new(self) -> str: ...

    def copied(self, world: World) -> str: ...


class Files:
    """SQLite, in the folder of the world."""

    def new(self) -> str:
        return "sqlite:///dealwarden.db"

    def copied(self, world: World) -> str:
        world.place.ask("PRAGMA wal_checkpoint(TRUNCATE)")  # everything in the one file
        shutil.copy(world.place.file, world.config.parent / "backup.db")
        return "sqlite:///backup.db"


@dataclass(frozen=True)
class Databases:
    """PostgreSQL; what is made is gone at the end of *stack*."""

    server: Server
    stack: ExitStack

    def new(self) -> str:
        return self.stack.enter_context(self.server.database())

    def copied(self, world: World) -> str:
        return self.stack.enter_context(self.server.copied(world.place.url))
