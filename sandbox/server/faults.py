"""The list of faults to play: which kind, on which request, and which of them have been played."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.server.hostile import HOSTILE

KINDS: dict[str, str] = {
    "drop_before_apply": "the connection closes unanswered, nothing was done",
    "drop_after_apply": "the request is carried out, then the connection closes unanswered",
    "delay_then_apply": "silence for delay_s, then the request is carried out, then the connection closes",
    "connection_reset": "the connection is reset (RST), nothing was done",
    "slow_body": "the answer comes at one byte a second for slow_body_s, then the rest of it",
    "500": "a gateway's 500, nothing was done",
    "502_html": "a gateway's 502 with an HTML page, nothing was done",
    "503": "a gateway's 503, nothing was done",
    "503_html": "a gateway's 503 with an HTML page, nothing was done",
    "500_after_apply": "the request is carried out and answered 500",
    "502_after_apply": "the request is carried out and answered 502 with an HTML page",
    "503_after_apply": "the request is carried out and answered 503",
    "429": "429 without Retry-After, nothing was done",
    "429_retry_after": "429 with Retry-After in seconds, nothing was done",
    "429_retry_after_date": "429 with Retry-After as an HTTP date, nothing was done",
    "429_retry_after_absurd": "429 with a Retry-After of years, nothing was done",
    "401_expired": "the session ends: 401 for this request and all later ones with its token",
    "401_html": "a gateway's 401 with an HTML page, nothing was done",
    "414_html": "a gateway's 414 with an HTML page, nothing was done",
    "423": "423, the resource is locked for two seconds, nothing was done",
    "477": "477 with Retry-After, the account is moving to another data centre, nothing was done",
    "530_html": "a gateway's 530 with an HTML page, nothing was done",
    "403_quota": "403, the day's calls are used up",
    "403_concurrent": "403, too many calls at once",
    "403_permission": "403, the user may not do this",
    "row_error": "one row of a write is refused",
    "lock_row": "one row of a write is locked by someone else",
    "duplicate_value": "one row of a create is refused because a row with its unique value came first",
    "batch_409": "a gateway's 409 for a whole write, nothing was done",
    "multi_207": "a gateway's 207 for a whole write, nothing was done",
    "truncated_json": "the request is carried out, the answer stops half-way as if it were complete",
    "truncated_gzip": "the request is carried out, the answer is a gzip stream that stops half-way",
    "wrong_content_length": "the request is carried out, the answer is shorter than its Content-Length",
    "html_200": "an HTML page with status 200, nothing was done",
    "duplicate_page": "a following page repeats the page before it",
    "repeated_after": "a following page names itself as the next one",
    "short_page": "a page is shorter than asked for",
    "locator_expired": "a following page is no longer to be had",
    "clock_skew": "the Date header is ten minutes ahead",
    "clock_skew_behind": "the Date header is ten minutes behind",
}
"""What networks and CRMs do now and then; `HOSTILE` has the kinds that no honest server shows."""

_KNOWN = KINDS | HOSTILE


class FaultListError(ValueError):
    """The posted list of faults cannot be read; nothing was changed."""


@dataclass(slots=True)
class Fault:
    """One fault to play from the *nth* matching request on, at the first *times* to which its kind applies."""

    match: str
    nth: int
    kind: str
    times: int = 1
    seen: int = 0
    played: int = 0

    @property
    def fired(self) -> bool:
        """Whether it was played at least once."""
        return self.played > 0

    @property
    def is_due(self) -> bool:
        """Whether it is still to be played."""
        return self.seen >= self.nth and self.played < self.times

    def matches(self, path: str) -> bool:
        """Whether *path* is meant; a trailing slash makes no difference."""
        return self.match == "*" or any(fnmatchcase(form, self.match) for form in (path, path.rstrip("/")))


class Strike:
    """The fault that hangs over one request, if any. Who plays it takes it, and nobody else can.

    A fault that does not apply to the request (a short page, where the request asks for no page) is taken by no one and
    stays due for the next request that matches.
    """

    def __init__(self, fault: Fault | None = None, lock: threading.Lock | None = None) -> None:
        self._fault = fault
        self._lock = lock or threading.Lock()

    @property
    def kind(self) -> str | None:
        """The kind of the fault that may be taken."""
        return self._fault.kind if self._fault else None

    def take(self, kind: str) -> bool:
        """Whether a fault of *kind* is to be played now; if so it counts as fired."""
        if self._fault is None or self._fault.kind != kind:
            return False
        with self._lock:
            if self._fault.played >= self._fault.times:
                return False
            self._fault.played += 1
        return True


class Faults:
    """The current list. Each fault counts its own requests, from the moment the list was posted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def replace(self, items: object) -> None:
        """Take *items*, as posted, for the old list; all of them or, with `FaultListError`, none."""
        if not isinstance(items, list):
            raise FaultListError('expected a JSON array of faults, such as [{"match": "*", "nth": 1, "kind": "503"}]')
        faults = [_read(position, item) for position, item in enumerate(items)]
        with self._lock:
            self._faults = faults

    def strike(self, path: str) -> Strike:
        """Count a request for *path*; the first fault that is due hangs over it."""
        with self._lock:
            matching = [fault for fault in self._faults if fault.matches(path)]
            for fault in matching:
                fault.seen += 1
            # One fault a request: two at once would hide which of them a client handles wrongly.
            due = next((fault for fault in matching if fault.is_due), None)
            return Strike(due, self._lock)

    def listing(self) -> list[dict[str, Any]]:
        """The list as the control port shows it: *seen* requests matched, *fired* says whether it was played.

        One that may be played several times also says how often it may be, and was.
        """
        with self._lock:
            return [_shown(fault) for fault in self._faults]


def _shown(fault: Fault) -> dict[str, Any]:
    shown = {"match": fault.match, "nth": fault.nth, "kind": fault.kind, "seen": fault.seen, "fired": fault.fired}
    return shown if fault.times == 1 else shown | {"times": fault.times, "played": fault.played}


def _read(position: int, item: object) -> Fault:
    where = f"fault {position}"
    if not isinstance(item, dict):
        raise FaultListError(f"{where}: expected an object with match, nth and kind, found {item!r}")
    if unknown := sorted(set(item) - {"match", "nth", "kind", "times"}):
        raise FaultListError(f"{where}: unknown key {unknown[0]!r}; expected match, nth, kind, times")
    match, kind = item.get("match", "*"), item.get("kind")
    if not isinstance(match, str) or not match:
        raise FaultListError(f'{where}: match must be a glob on the path or "*", found {match!r}')
    nth, times = (_count(where, name, item.get(name, 1)) for name in ("nth", "times"))
    if not isinstance(kind, str) or kind not in _KNOWN:
        raise FaultListError(f"{where}: unknown kind {kind!r}; known are {', '.join(_KNOWN)}")
    return Fault(match, nth, kind, times)


def _count(where: str, name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FaultListError(f"{where}: {name} must be a whole number from 1, found {value!r}")
    return value
