"""What a person has of managed tasks over all connections of a database, known by a hash of the e-mail address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The slots that a person has taken: open tasks, tasks made today, and overdue ones that nobody touched."""

    open: int = 0
    made: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """A new task for a person, by its *key*."""

    key: str
    deal_id: str
    person: str
    critical: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """What a connection's cycle says of its people: what they have there, and the new tasks that it *asks* for.

    Limits are those of the caps, 0 for none; *beyond* is how far a critical task may exceed *open_per_owner*. *at* is
    the host's time.
    """

    at: datetime
    taken: Mapping[str, Taken] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()
    open_per_owner: int = 0
    new_per_day: int = 0
    beyond: int = 0

    def fits(self, ask: Ask, has: Taken) -> bool:
        """Whether a person who *has* so many tasks may get one more."""
        limit = self.open_per_owner + (self.beyond if ask.critical else 0)
        full = self.open_per_owner and has.open >= limit
        return not full and (ask.critical or not self.new_per_day or has.made < self.new_per_day)


def person_of(email: str | None) -> str | None:
    """Return the hash by which a person is known in every connection; None without an address."""
    address = (email or "").strip().lower()
    return hashlib.sha256(address.encode()).hexdigest() if address else None
