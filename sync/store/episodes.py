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

    *quiet* says that a person ended it while its reason held; *cleared_day* is a judged day without that
    reason, from which on the family may speak again.
    """

    deal_id: str
    family: str
    number: int
    state: Literal["open", "ended"]
    quiet: bool = False
    cleared_day: date | None = None


@dataclass(frozen=True, slots=True)
class Episodes:
    """What is remembered of episodes beyond what the CRM shows."""

    transactions: Transactions

    def all(self, conn: int) -> list[Episode]:
        """Return every episode that was saved, in the order of deal, family and number."""
        columns = episodes.c
        query = select(
            columns.deal_id, columns.family, columns.number, columns.state, columns.quiet, columns.cleared_day
        )
        with self.transactions.read() as work:
            rows = work.fetch(
                query.where(columns.conn == conn).order_by(columns.deal_id, columns.family, columns.number)
            )
        return [
            Episode(deal_id, family, number, state, bool(quiet), day_of(cleared))
            for deal_id, family, number, state, quiet, cleared in rows
        ]

    def save(self, conn: int, rows: Iterable[Episode]) -> None:
        """Remember episodes, each over what was known of it."""
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
    """Remember episodes in the transaction of whatever learned of them."""
    work.upsert(
        episodes,
        [
            (conn, one.deal_id, one.family, one.number, one.state, int(one.quiet), day_number(one.cleared_day))
            for one in rows
        ],
    )
