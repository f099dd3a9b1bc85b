"""Bringing a database up to date, and refusing one that a newer program wrote."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from sync.store.database.errors import StoreError
from sync.store.database.schema import HEAD

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"


def refuse_newer(name: str, revision: str | None) -> None:
    """Refuse a database that this program does not know how to bring up to date.

    Raises:
        StoreError: the database called *name* is at a *revision* that this program does not know.
    """
    if revision is not None and revision not in _known_revisions():
        raise StoreError(
            f"{name}: this database was written by a newer dealwarden (it is at {revision}, this one knows {HEAD}); "
            "upgrade dealwarden, or restore the backup made before its upgrade"
        )


def refuse_foreign(name: str) -> StoreError:
    """Return the error that the database called *name* belongs to another program."""
    return StoreError(f"{name}: this database belongs to another program; name another one in [store] url")


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the transaction of *connection*."""
    # Alembic takes half a second to import: only a start that migrates pays for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _known_revisions() -> frozenset[str]:
    names = (re.match(r"(\d{4})_\w+\.py$", file.name) for file in (MIGRATIONS / "versions").iterdir())
    return frozenset(name.group(1) for name in names if name)
