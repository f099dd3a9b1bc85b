"""Which exit code and which message a failure ends a command with, over the errors of all packages."""

from __future__ import annotations

from typing import Final

from connectors.errors import ConnectorError
from rules.language.errors import RuleError
from sync.errors import BAD_INPUT, CRM_FAILED, INTERRUPTED, LEASE_HELD, OUR_FAULT, STOPPED, SyncError
from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (LeaseHeldError, LEASE_HELD),
    (StoreError, BAD_INPUT),
    (RuleError, BAD_INPUT),
    (ConnectorError, CRM_FAILED),
    (KeyboardInterrupt, INTERRUPTED),
)

_LONGEST: Final = 1_000
"""Characters of an unforeseen error: one that quotes what it read may quote megabytes."""


def exit_code(error: BaseException) -> int:
    """Return the exit code that *error* ends a command with; an error of no known class is a fault of dealwarden."""
    if isinstance(error, SyncError):
        return error.exit_code
    return next((code for kind, code in _CODES if isinstance(error, kind)), OUR_FAULT)


def message(error: BaseException) -> str:
    """Return what people read of *error*; an unforeseen error asks to be reported."""
    if isinstance(error, KeyboardInterrupt):
        return f"{STOPPED} at once"
    if exit_code(error) != OUR_FAULT:
        return str(error)
    text = str(error)[:_LONGEST]
    return f"an error in dealwarden itself, please report it: {type(error).__name__}: {text} (--debug shows where)"
