"""Errors of the program's own database, by what the caller does next."""

from __future__ import annotations

from typing import Final

BUSY_S: Final = 30
"""How long a transaction waits for another process's before it gives up."""


class StoreError(Exception):
    """The database cannot be used: stop; the message says what is wrong with which file and what to do."""


def missing_driver(error: ImportError) -> StoreError:
    """Return the error that says what to install so that PostgreSQL can be used."""
    return StoreError(
        f"[store] url names a PostgreSQL database, whose driver cannot be loaded ({error}); "
        "install it: pip install 'dealwarden[postgres]'"
    )
