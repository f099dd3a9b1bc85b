"""What goes wrong between us and our own database, by what the caller does next."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be used: stop; the message says what is wrong with which file and what to do."""
