"""Which exit code a failure ends a command with, over the errors of all packages."""

from __future__ import annotations

from typing import Final

from connectors.errors import ConnectorError
from rules.language.errors import RuleError
from sync.errors import BAD_INPUT, CRM_FAILED, INTERRUPTED, LEASE_HELD, OUR_FAULT, SyncError
from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (LeaseHeldError, LEASE_HELD),
    (StoreError, BAD_INPUT),
    (RuleError, BAD_INPUT),
    (ConnectorError, CRM_FAILED),
    (KeyboardInterrupt, INTERRUPTED),
)


def exit_code(error: BaseException) -> int:
    """Return the exit code that *error* ends a command with; an error of no known class is a fault of dealwarden."""
    if isinstance(error, SyncError):
        return error.exit_code
    return next((code for kind, code in _CODES if isinstance(error, kind)), OUR_FAULT)
