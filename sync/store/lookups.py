"""Questions about deals and owners of the mirror, by id, name or state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import and_, func, or_, select

from connectors.model import PRIMARY_KEY
from connectors.role_names import names_no_role
from sync.store.database.database import Transactions
from sync.store.database.epoch import day_number, micros
from sync.store.database.mirror_schema import MIRROR, still_open

Ending = Literal["won", "lost", "gone"]


@dataclass(frozen=True, slots=True)
class Lookups:
    """Ids, names and endings of deals, and names and countries of their owners."""

    transactions: Transactions

    def deal_chunks(self, conn: int, size: int = 50_000) -> Iterator[tuple[str, ...]]:
        """Yield the ids of all open deals, in order, *size* at a time."""
        # Whoever walks through everything reads much: worth a look at how the rows are spread, without which
        # SQLite takes the number of the connection for selective and scans all of its rows for a few deals.
        with self.transactions.write(conn) as work:
            work.analyze()
        deals = MIRROR["deals"].c
        query = select(deals.deal_id).where(deals.conn == conn, still_open()).order_by(deals.deal_id).limit(size)
        last = ""
        while True:
            with self.transactions.read() as work:
                # Paging by the last key reads each row once; an offset would step over all that came before.
                ids = tuple(row[0] for row in work.fetch(query.where(deals.deal_id > last)))
            if not ids:
                return
            yield ids
            last = ids[-1]

    def known_ids(self, conn: int, table: str) -> list[str]:
        """Return the ids of a table's rows; of ``deals``, of the open ones alone."""
        (key,) = (MIRROR[table].c[name] for name in PRIMARY_KEY[table])
        query = select(key).where(MIRROR[table].c.conn == conn)
        with self.transactions.read() as work:
            return [row[0] for row in work.fetch(query.where(still_open()) if table == "deals" else query)]

    def find_deals(self, conn: int, text: str) -> list[str]:
        """Return the ids of the deals with this id, long or short, or with exactly this name; open ones first."""
        deals = MIRROR["deals"].c
        matches = or_(deals.deal_id == text, func.substr(deals.deal_id, 1, 15) == text, deals.name == text)
        query = (
            select(deals.deal_id)
            .where(deals.conn == conn, matches)
            .order_by(deals.is_closed.nulls_first(), deals.deal_id)
        )
        with self.transactions.read() as work:
            return [row[0] for row in work.fetch(query)]

    def endings(self, conn: int, deal_ids: Iterable[str]) -> dict[str, Ending | None]:
        """Return how each deal ended, by id; None for one that is open."""
        wanted = list(dict.fromkeys(deal_ids))
        deals = MIRROR["deals"].c
        with self.transactions.read() as work:
            ids = work.want("asked", wanted)
            query = select(deals.deal_id, deals.is_closed, deals.is_won)
            rows = work.fetch(query.where(deals.conn == conn, deals.deal_id.in_(ids)))
        endings: dict[str, Ending | None] = {
            deal_id: ("won" if won else "lost") if closed else None for deal_id, closed, won in rows
        }
        return {deal_id: endings.get(deal_id, "gone") for deal_id in wanted}

    def closed_since(self, conn: int, day: date) -> frozenset[str]:
        """Return the deals that closed on *day* or later; the close date counts where no time of closing is known."""
        deals = MIRROR["deals"].c
        # Days of closing are compared in UTC; the window is in weeks, a few hours more or less do not count.
        midnight = micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
        late = or_(deals.closed_at >= midnight, and_(deals.closed_at.is_(None), deals.close_date >= day_number(day)))
        with self.transactions.read() as work:
            rows = work.fetch(select(deals.deal_id).where(deals.conn == conn, deals.is_closed == 1, late))
        return frozenset(row[0] for row in rows)

    def won_since(self, conn: int, day: date, most: int) -> tuple[str, ...]:
        """Return the deals that were won on *day* or later, the latest first, at most so many."""
        deals = MIRROR["deals"].c
        midnight = micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
        won = (deals.conn == conn, deals.is_closed == 1, deals.is_won == 1, deals.closed_at >= midnight)
        query = select(deals.deal_id).where(*won).order_by(deals.closed_at.desc(), deals.deal_id).limit(most)
        with self.transactions.read() as work:
            return tuple(row[0] for row in work.fetch(query))

    def deal_names(self, conn: int, deal_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of these deals, as far as they are known."""
        deals = MIRROR["deals"].c
        with self.transactions.read() as work:
            named = work.among(deals.deal_id, "asked", deal_ids) & deals.name.is_not(None)
            return dict(work.fetch(select(deals.deal_id, deals.name).where(deals.conn == conn, named)))

    def owner_countries(self, conn: int) -> list[str]:
        """Return the countries of the owners, as the CRM writes them."""
        owners = MIRROR["owners"].c
        query = select(owners.country).where(owners.conn == conn, owners.country.is_not(None)).distinct()
        with self.transactions.read() as work:
            return [row[0] for row in work.fetch(query.order_by(owners.country))]

    def stages(self, conn: int) -> dict[tuple[str, str], str]:
        """Return the label of every stage that the CRM has, by pipeline and id."""
        stages = MIRROR["stages"].c
        query = select(stages.pipeline, stages.stage_id, stages.label).where(stages.conn == conn)
        with self.transactions.read() as work:
            return {(pipeline, stage): label or stage for pipeline, stage, label in work.fetch(query)}

    def open_deals_by_stage(self, conn: int) -> dict[tuple[str, str], int]:
        """Count the open deals in each stage, by pipeline and id, the most frequent first."""
        deals = MIRROR["deals"].c
        query = select(deals.pipeline, deals.stage_id, func.count()).where(deals.conn == conn, still_open())
        query = query.group_by(deals.pipeline, deals.stage_id).order_by(
            func.count().desc(), deals.pipeline, deals.stage_id
        )
        with self.transactions.read() as work:
            return {(pipeline or "", stage or ""): count for pipeline, stage, count in work.fetch(query)}

    def unmapped_roles(self, conn: int) -> dict[str, int]:
        """Return the names of roles that are none of the canonical ones, the most frequent first, with their counts."""
        roles = MIRROR["roles"].c
        named = (roles.conn == conn, roles.role == "other", roles.raw_role.is_not(None))
        query = select(roles.raw_role, func.count()).where(*named).group_by(roles.raw_role)
        with self.transactions.read() as work:
            rows = work.fetch(query.order_by(func.count().desc(), roles.raw_role))
            return {row[0]: row[1] for row in rows if not names_no_role(row[0])}

    def people(self, conn: int) -> list[tuple[str, str | None, str | None, bool | None]]:
        """Return the CRM's users: (owner id, name, e-mail, whether active), by id."""
        owners = MIRROR["owners"].c
        query = select(owners.owner_id, owners.name, owners.email, owners.active).where(owners.conn == conn)
        with self.transactions.read() as work:
            rows = work.fetch(query.order_by(owners.owner_id))
        return [(owner_id, name, email, None if flag is None else bool(flag)) for owner_id, name, email, flag in rows]

    def owner_names(self, conn: int, owner_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of these people, as far as they are known."""
        owners = MIRROR["owners"].c
        with self.transactions.read() as work:
            named = work.among(owners.owner_id, "asked", owner_ids) & owners.name.is_not(None)
            return dict(work.fetch(select(owners.owner_id, owners.name).where(owners.conn == conn, named)))
