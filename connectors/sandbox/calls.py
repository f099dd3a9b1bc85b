"""Counting of calls, so that a test can hold a client to its budget."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, Literal

CallKind = Literal["auth", "meta", "read", "write"]

KINDS: tuple[CallKind, ...] = ("auth", "meta", "read", "write")


class CallLog:
    """How many calls came, of what kind and where; bytes are those of bodies, as they went over the wire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start again from nothing."""
        with self._lock:
            self._by_kind: Counter[str] = Counter()
            self._by_place: Counter[tuple[str, str]] = Counter()
            self._by_status: Counter[str] = Counter()
            self._bytes_in = self._bytes_out = 0

    def count(
        self, method: str, path: str, kind: CallKind, *, status: int | None, bytes_in: int, bytes_out: int
    ) -> None:
        """Add one call; *status* is None where the connection ended without an answer."""
        with self._lock:
            self._by_kind[kind] += 1
            self._by_place[method, path] += 1
            self._by_status["unanswered" if status is None else str(status)] += 1
            self._bytes_in += bytes_in
            self._bytes_out += bytes_out

    def summary(self) -> dict[str, Any]:
        """The counts as the control port shows them."""
        with self._lock:
            return {
                "total": self._by_kind.total(),
                "by_kind": {kind: self._by_kind[kind] for kind in KINDS},
                "by_status": dict(sorted(self._by_status.items())),
                "bytes_in": self._bytes_in,
                "bytes_out": self._bytes_out,
                "calls": [
                    {"method": method, "path": path, "count": count}
                    for (method, path), count in sorted(self._by_place.items())
                ],
            }
