"""Counting of calls, so that a test can hold a client to its budget."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any, Final, Literal

CallKind = Literal["auth", "meta", "read", "write"]

_REMEMBERED: Final = 2_000
"""So many of the newest calls are remembered one by one."""

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
            self._newest: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
            self._bytes_in = self._bytes_out = 0

    def count(
        self, method: str, target: str, kind: CallKind, *, at: str, status: int | None, moved: tuple[int, int]
    ) -> None:
        """Add one call, by the CRM's own time, with the bytes that came and went.

        *status* is None where the connection ended without an answer.
        """
        path = target.partition("?")[0]
        with self._lock:
            self._by_kind[kind] += 1
            self._by_place[method, path] += 1
            # The list is bounded; the counters above are not, since budgets are checked against them.
            self._newest.append({"at": at, "method": method, "target": target, "kind": kind, "status": status})
            self._by_status["unanswered" if status is None else str(status)] += 1
            self._bytes_in += moved[0]
            self._bytes_out += moved[1]

    def newest(self) -> list[dict[str, Any]]:
        """The newest calls one by one, in the order in which they were answered."""
        with self._lock:
            return list(self._newest)

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
