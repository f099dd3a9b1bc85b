"""Slots: what people have of managed tasks, connection by connection, so that one person in two CRMs has one cap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select

from sync.model.slots import Claims, Taken
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import slots
from sync.store.dirty import add_marks

KEPT: Final = timedelta(days=1)
"""What a connection said of its people counts for so long; one that runs says it anew in every cycle."""

_NOBODY: Final = 0
"""Stands for a connection in the row that claims for a person wait for."""


@dataclass(frozen=True, slots=True)
class Slots:
    """What people have in other connections."""

    transactions: Transactions

    def people(self, conn: int) -> dict[str, str]:
        """Return the e-mail addresses of owners, by owner id."""
        owners = MIRROR["owners"].c
        query = select(owners.owner_id, owners.email).where(owners.conn == conn, owners.email.is_not(None))
        with self.transactions.read() as work:
            return dict(work.fetch(query))

    def elsewhere(self, conn: int, now: datetime) -> dict[str, Taken]:
        """Return what people have in all connections but this one, by their hash; *now* is the host's time."""
        with self.transactions.read() as work:
            return _elsewhere(work, conn, now)


def claim(work: Work, conn: int, claims: Claims) -> frozenset[str]:
    """Write down what people have with the new tasks that *claims* ask for; return the keys of those that do not fit.

    What fitted when it was planned may not fit now, since another connection's cycle was quicker.
    """
    work.run(delete(slots).where(slots.c.at < micros(claims.at - KEPT)))
    people = sorted({ask.person for ask in claims.asks})
    # Two cycles that ask for the same person at once write the same row, so that one waits for the other's end.
    work.upsert(slots, [(person, _NOBODY, 0, 0, 0, micros(claims.at)) for person in people])
    others = _elsewhere(work, conn, claims.at) if people else {}
    mine = dict(claims.taken)
    denied: dict[str, str] = {}
    for ask in claims.asks:
        own, other = mine.get(ask.person, Taken()), others.get(ask.person, Taken())
        if claims.fits(ask, Taken(own.open + other.open, own.made + other.made)):
            mine[ask.person] = Taken(own.open + 1, own.made + 1, own.overdue)
        else:
            denied[ask.key] = ask.deal_id
    _write(work, conn, mine, claims.at)
    # Their deals want looking at again, by a cycle that knows who was quicker.
    add_marks(work, conn, [("deal", deal_id) for deal_id in denied.values()])
    return frozenset(denied)


def _write(work: Work, conn: int, taken: Mapping[str, Taken], at: datetime) -> None:
    """Write down what people have in a connection, touching only rows that differ or grow old."""
    columns = slots.c
    query = select(columns.person, columns.open, columns.made, columns.overdue, columns.at)
    stored = {row[0]: (Taken(*row[1:4]), row[4]) for row in work.fetch(query.where(columns.conn == conn))}
    work.remove(slots, [(person, conn) for person in stored.keys() - taken.keys()])
    fresh = micros(at - KEPT / 2)
    rows = [
        (person, conn, has.open, has.made, has.overdue, micros(at))
        for person, has in sorted(taken.items())
        if person not in stored or stored[person][0] != has or stored[person][1] < fresh
    ]
    work.upsert(slots, rows)


def _elsewhere(work: Work, conn: int, now: datetime) -> dict[str, Taken]:
    columns = slots.c
    sums = (func.sum(columns.open), func.sum(columns.made), func.sum(columns.overdue))
    query = select(columns.person, *sums).where(columns.conn.not_in((conn, _NOBODY)), columns.at >= micros(now - KEPT))
    return {row[0]: Taken(*map(int, row[1:])) for row in work.fetch(query.group_by(columns.person))}
