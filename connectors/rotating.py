"""Secrets that a CRM replaces when they are used: refresh tokens with rotation."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class RotatingSecret(Protocol):
    """A secret that is read, used and replaced by one process at a time.

    Where each use of a refresh token makes a new one, whoever uses an older one again ends the grant: so it is read
    inside the turn in which it is used, and the new one is kept before anything is done with what came along with it.
    """

    def turn(self) -> AbstractContextManager[str]:
        """Keep other users away for as long as the block runs, and give the secret as it is now."""

    def keep(self, value: str) -> None:
        """Put *value* in place of the secret, durably; only inside a turn.

        Raises:
            AuthError: the place cannot be written; names it, and what to do.
        """
