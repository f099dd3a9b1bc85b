"""What every connector offers to the cycle, and what it says about the org behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from connectors.model import Cursor, Org, Page, Receipt, Write


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an org lets us read and write, found by asking it, kept in the store between processes.

    *sources* maps a source of evidence (``field:<element>``, ``roles``, ``touches:email`` ...) to whether it can
    be read at all; a hidden field or object is False. *shows* maps each mapped element to the highest level that
    its mapping can show (1 text, checkbox, lookup or role row; 2 a role; 3 a level field or mapped picklist).
    *key_enforced* says that the CRM refuses a second task with the same key; *key_usable* that a task can at least
    carry the key and be found by it in the primary store. *fingerprint* changes whenever what we would read or how we
    would map it changes. *problems* are lines for the operator: what is weaker than it could be, and what to do.
    *vanished* names, by canonical table, what could be read of it when the org was asked before, and cannot now.
    """

    fingerprint: str
    sources: Mapping[str, bool]
    shows: Mapping[str, int]
    element_roles: Mapping[str, str]  # element -> the role whose contacts stand for it
    key_enforced: bool
    can_write_tasks: bool
    can_write_scores: bool
    problems: tuple[str, ...] = ()
    details: str = "{}"  # the connector's own JSON: describes reduced to what it needs
    key_usable: bool = False
    vanished: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(slots=True)
class CallCount:
    """How many calls this process has sent to the CRM, by kind."""

    auth: int = 0
    meta: int = 0
    read: int = 0
    write: int = 0

    @property
    def total(self) -> int:
        """How many calls of all kinds."""
        return sum(self.as_dict().values())

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return {"auth": self.auth, "meta": self.meta, "read": self.read, "write": self.write}


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Where to begin: the stored cursors by source, and how far back a first pull reaches.

    *known_ids* gives the ids that the mirror holds of a table, of ``deals`` those of open ones alone. Where it is
    missing, a connector that needs them asks the CRM.
    """

    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    touches_since_days: int = 180
    closed_deals_since_days: int = 730
    known_ids: Callable[[str], Iterable[str]] | None = None
    sweep: bool = False  # re-read ids, archived and merged records and formula columns


class Connector(Protocol):
    """One org of one CRM.

    Order of use: ``open`` once per process, then per cycle ``now``, ``pull``, and ``write_batch``, with
    ``read_back`` for unknown outcomes. Every method may raise ConnectorError; none retries a write whose outcome
    is unknown.
    """

    calls: CallCount

    def open(self, known: Capabilities | None) -> tuple[Org, Capabilities]:
        """Log in, and find out which org this is and what it allows.

        *known* are the stored capabilities of an earlier process; a connector may trust them and save calls where
        the CRM says nothing changed, and must probe afresh otherwise. Opened once, a connector answers at once with
        what it knows; a pull that meets a vanished field or object asks again by itself.
        """

    def now(self) -> datetime:
        """Return the CRM's own time, aware UTC, from the answer to the newest call."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Read what changed since the cursors, a page at a time, each safe to commit by itself.

        A page may hold rows seen before; none is ever left out. When the iterator ends without an error each
        source's last cursor carries its ``complete_through``.

        Raises:
            IncompleteError: every table but those that it names was read whole.
            ConnectorError: any other: it is not known what was read.
        """

    def ensure_room(self, calls: int) -> None:
        """Refuse, before its first call, work that takes so many *calls* where our share of the quota ends before it.

        Raises:
            QuotaSpentError: end the cycle as incomplete; nothing was sent.
        """

    def write_batch(self, writes: Sequence[Write]) -> list[Receipt]:
        """Send at most ``batch_size()`` writes in one call, giving one receipt per write in the same order.

        All are of one kind. A time-out, a drop or a 5xx gives UNKNOWN for every write of the call; a failure
        before the first byte (no quota left, no session to be had) raises instead, and nothing was sent. Tasks are
        also created where the key is usable and not enforced: whether to is for the caller to decide.
        """

    def read_back(self, keys: Sequence[str], deal_ids: Sequence[str] = ()) -> pl.DataFrame:
        """Read our tasks with these keys from the CRM's primary store: a frame of ``own_tasks``.

        *deal_ids* are the deals that they hang on, given where the key is not enforced: not every CRM finds a record by
        a value that it does not keep unique.
        Deleted and archived ones are included with ``is_deleted`` set where the CRM still shows them.
        """

    def read_tasks(self, task_ids: Sequence[str]) -> pl.DataFrame:
        """Read these managed tasks as they are now: a frame of ``own_tasks``; an id that is not there is absent."""

    def task_url(self, task_id: str) -> str:
        """Return the address where a person opens the task."""

    def batch_size(self) -> int:
        """Return how many writes one call carries."""

    def close(self) -> None:
        """Close the sockets. Never logs the session out: another process may share it."""
