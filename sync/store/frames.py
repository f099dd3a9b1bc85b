"""The mirror as canonical frames: what judgement and planning read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, exists, func, select, true, union, union_all

from connectors.model import CHANGES, OWN_SCORES, TABLES
from sync.store.database.backend import noted
from sync.store.database.database import Query, Transactions, Work
from sync.store.database.epoch import micros
from sync.store.database.mirror_schema import MIRROR, recorded_changes, still_open

_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Frames:
    """Canonical tables of the mirror, as frames."""

    transactions: Transactions

    def of_deals(
        self,
        conn: int,
        deal_ids: Iterable[str] | None,
        *,
        now: datetime,
        touches_since: datetime,
        closed: bool = False,
    ) -> dict[str, pl.DataFrame]:
        """Return every canonical table by name, limited to what concerns these open deals (all open ones, if None).

        With *closed* it is the closed deals among them that count.

        A touch concerns a deal that it is linked to, or whose role holders attended it, from *touches_since* on;
        it comes with all its links. Meetings planned for more than a year after *now*, the tail of endless series,
        are excluded. All frames show one state of the database.
        """
        with self.transactions.read() as work:
            return _Reading(work, conn, deal_ids, closed=closed).tables(micros(touches_since), micros(now + _AHEAD))

    def own_scores(self, conn: int, deal_ids: Iterable[str] | None) -> pl.DataFrame:
        """Return the scores that the CRM holds, of these deals or, if None, of all."""
        query = rows_of("own_scores", conn)
        with self.transactions.read() as work:
            if deal_ids is not None:
                query = query.where(work.among(MIRROR["own_scores"].c.deal_id, "asked", deal_ids))
            return work.frame(query, OWN_SCORES)

    def count_scored(self, conn: int) -> int:
        """Return on how many deals the CRM holds a score, as the mirror has them."""
        scores = MIRROR["own_scores"].c
        with self.transactions.read() as work:
            row = work.first(select(func.count()).where(scores.conn == conn, scores.score.is_not(None)))
        return 0 if row is None else int(row[0])


class _Reading:
    """One read of everything that concerns some deals."""

    def __init__(self, work: Work, conn: int, deal_ids: Iterable[str] | None, *, closed: bool) -> None:
        self._work, self._conn = work, conn
        query = _deals(conn, closed=closed)
        work.want("deal", query if deal_ids is None else self._asked(query, frozenset(deal_ids)))

    def _asked(self, deals: Select[tuple[str]], deal_ids: frozenset[str]) -> Select[tuple[str]]:
        """Limit *deals* to *deal_ids*: by the first and the last of them, where that makes no difference."""
        column = MIRROR["deals"].c.deal_id
        # A range of the key is one scan; a list of thousands of ids has to be noted and joined.
        between = deals.where(column.between(min(deal_ids, default=""), max(deal_ids, default="")))
        if {row[0] for row in self._work.fetch(between.limit(len(deal_ids) + 1))} == deal_ids:
            return between
        return deals.where(self._work.among(column, "asked", deal_ids))

    def tables(self, since: int, until: int) -> dict[str, pl.DataFrame]:
        """Read every table, touches between these two times."""
        at = MIRROR["touches"].c.at
        # Touches are limited first: links and contacts follow from those that are left.
        self._work.want("touch", _touches(self._conn).where(at.between(since, until)))
        return {name: self._work.frame(query, TABLES[name]) for name, query in _concerned(self._conn).items()}


# Statements that differ in the connection alone are built once for each: putting one together costs far more than
# asking it of a small org.


@cache
def rows_of(name: str, conn: int) -> Select[Any]:
    """Return the query of all rows of a canonical table, in its column order."""
    columns = MIRROR[name].c
    return select(*(columns[column] for column in TABLES[name].names())).where(columns.conn == conn)


@cache
def _deals(conn: int, *, closed: bool) -> Select[tuple[str]]:
    deals = MIRROR["deals"].c
    return select(deals.deal_id).where(deals.conn == conn, deals.is_closed == 1 if closed else still_open())


@cache
def _concerned(conn: int) -> dict[str, Query]:
    """Return the query of each table, limited to the noted deals, touches and people."""
    columns = {name: table.c for name, table in MIRROR.items()}
    deals = noted("deal")
    limits = {
        "deals": columns["deals"].deal_id.in_(deals),
        "accounts": columns["accounts"].account_id.in_(_of_deals(conn, "account_id")),
        "contacts": columns["contacts"].contact_id.in_(_contacts(conn)),
        "roles": columns["roles"].deal_id.in_(deals),
        "touches": columns["touches"].touch_id.in_(noted("touch")),
        "touch_links": columns["touch_links"].touch_id.in_(noted("touch")),
        "owners": columns["owners"].owner_id.in_(_people(conn)),
        "stages": true(),
        "own_tasks": columns["own_tasks"].deal_id.in_(deals),
        "own_scores": columns["own_scores"].deal_id.in_(deals),
    }
    return {name: rows_of(name, conn).where(limit) for name, limit in limits.items()} | {"changes": _changes(conn)}


@cache
def _touches(conn: int) -> Select[tuple[str]]:
    links, roles, touches = (MIRROR[name].c for name in ("touch_links", "roles", "touches"))
    holders = select(roles.contact_id).where(roles.conn == conn, roles.deal_id.in_(noted("deal")))
    reached = union(
        select(links.touch_id).where(links.conn == conn, links.deal_id.in_(noted("deal"))),
        select(links.touch_id).where(links.conn == conn, links.contact_id.in_(holders)),
    )
    return select(touches.touch_id).where(touches.conn == conn, touches.touch_id.in_(reached))


def _contacts(conn: int) -> Query:
    links, roles = MIRROR["touch_links"].c, MIRROR["roles"].c
    return union(
        select(roles.contact_id).where(roles.conn == conn, roles.deal_id.in_(noted("deal"))),
        select(links.contact_id).where(links.conn == conn, links.touch_id.in_(noted("touch"))),
    )


def _people(conn: int) -> Query:
    """Select the deals' owners and their managers."""
    owners = MIRROR["owners"].c
    deal_owners = select(_of_deals(conn, "owner_id").distinct().cte("deal_owner"))
    managers = select(owners.manager_id).where(owners.conn == conn, owners.owner_id.in_(deal_owners))
    return union(deal_owners, managers)


def _of_deals(conn: int, column: str) -> Select[tuple[str]]:
    deals = MIRROR["deals"].c
    return select(deals[column]).where(deals.conn == conn, deals.deal_id.in_(noted("deal")))


def _changes(conn: int) -> Query:
    """Select the CRM's history; where a deal has none of a field, the changes that were seen between two reads."""
    kept, recorded = MIRROR["changes"].c, recorded_changes.c
    has_history = exists().where(
        kept.conn == recorded.conn, kept.deal_id == recorded.deal_id, kept.field == recorded.field
    )
    return union_all(
        rows_of("changes", conn).where(kept.deal_id.in_(noted("deal"))),
        select(*(recorded[name] for name in CHANGES.names())).where(
            recorded.conn == conn, recorded.deal_id.in_(noted("deal")), ~has_history
        ),
    )
