"""Episodes: the lives of a (deal, family) task that a person ended, and since when their reason is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from sqlalchemy import Select, select

from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import day_number, day_of
from sync.store.database.schema import episodes


@dataclass(frozen=True, slots=True)
class Episode:
    """One life of a (deal, family) task.

    *ended_by_person* says that a person ended it while its reason held; *cleared_day* is a judged day without that
    reason, from which on the family may get a task again.
    """

    deal_id: str
    family: str
    number: int
    state: Literal["open", "ended"]
    ended_by_person: bool = False
    cleared_day: date | None = None


@dataclass(frozen=True, slots=True)
class Episodes:
    """What is known of episodes beyond what the CRM shows."""

    transactions: Transactions

    def all(self, conn: int) -> list[Episode]:
        """Return every saved episode, by deal, family and number."""
        columns = episodes.c
        query = select(
            columns.deal_id, columns.family, columns.number, columns.state, columns.quiet, columns.cleared_day
        )
        with self.transactions.read() as work:
            rows = work.fetch(
                query.where(columns.conn == conn).order_by(columns.deal_id, columns.family, columns.number)
            )
        return [
            Episode(deal_id, family, number, state, bool(by_person), day_of(cleared))
            for deal_id, family, number, state, by_person, cleared in rows
        ]

    def save(self, conn: int, rows: Iterable[Episode]) -> None:
        """Save episodes, each over what was known of it."""
        with self.transactions.write(conn) as work:
            save_episodes(work, conn, rows)

    def released(self, conn: int) -> frozenset[tuple[str, str, int]]:
        """Return (deal id, family, number) of the ended episodes whose reason was clear at least once since."""
        with self.transactions.read() as work:
            rows = work.fetch(_released(conn))
        return frozenset((deal_id, family, number) for deal_id, family, number in rows)


@cache
def _released(conn: int) -> Select[Any]:
    columns = episodes.c
    cleared = (columns.state == "ended") & columns.cleared_day.is_not(None)
    return select(columns.deal_id, columns.family, columns.number).where(columns.conn == conn, cleared)


def save_episodes(work: Work, conn: int, rows: Iterable[Episode]) -> None:
    """Save episodes in the transaction of what brought them to light."""
    work.upsert(
        episodes,
        [
            (
                conn,
                episode.deal_id,
                episode.family,
                episode.number,
                episode.state,
                int(episode.ended_by_person),
                day_number(episode.cleared_day),
            )
            for episode in rows
        ],
    )
