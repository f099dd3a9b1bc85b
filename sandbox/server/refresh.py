"""Refresh tokens: one grant, whose token may change with each use."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable


class RefreshGrant:
    """The grant that an app refreshes its access by.

    Where it *rotates*, each use makes a new token; whoever then uses an older one is taken for a thief, and the whole
    grant ends: *on_theft* ends the access tokens too.
    """

    def __init__(
        self,
        first: str,
        *,
        make: Callable[[], str],
        rotates: Callable[[], bool],
        on_theft: Callable[[], None],
    ) -> None:
        self._make, self._rotates, self._on_theft = make, rotates, on_theft
        self._lock = threading.Lock()
        self._current: str | None = first
        self._used: set[str] = set()

    def use(self, token: str) -> str | None:
        """Return the token that is good from now on, or None where *token* is refused."""
        with self._lock:
            if token in self._used:
                self._current = None
                self._on_theft()
            if self._current is None or not hmac.compare_digest(token.encode(), self._current.encode()):
                return None
            if self._rotates():
                self._used.add(self._current)
                self._current = self._make()
            return self._current

    def is_current(self, token: str) -> bool:
        """Whether *token* is the one that is good now."""
        with self._lock:
            return self._current is not None and hmac.compare_digest(token.encode(), self._current.encode())
