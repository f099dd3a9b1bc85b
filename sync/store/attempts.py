"""Attempts: connections of which no cycle ever reached the CRM, by their name in the config, with the reason.

A connection whose org is known has its failed cycles among its runs instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sync.store.database.database import Transactions
from sync.store.database.epoch import micros
from sync.store.database.schema import attempts


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last failed attempt to reach the CRM of a connection; *at* is the host's time."""

    name: str
    kind: str
    run_id: str
    command: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Which connections could not be reached so far."""

    transactions: Transactions

    def record(self, attempt: Attempt) -> None:
        """Remember a failed attempt; the time of the first in a row stays."""
        at = micros(attempt.at)
        with self.transactions.write() as work:
            first = work.first(select(attempts.c.since).where(attempts.c.name == attempt.name))
            since = at if first is None else int(first[0])
            row = (attempt.name, attempt.kind, attempt.run_id, attempt.command, since, at, attempt.error)
            work.upsert(attempts, [row])
