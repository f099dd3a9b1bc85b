"""Questions of commands that ask no CRM: what was last seen of a connection, and which deal somebody means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from connectors.base import Capabilities
from connectors.model import Org
from sync.store.connections import Connections
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import MIRROR, connections, cursors, runs
from sync.store.plans import Plans, StoredPlan


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is known of the org last reached under a name: *at* is the CRM's time up to which it was read."""

    conn: int
    org: Org
    capabilities: Capabilities
    at: datetime


class Lookups(Connections, Plans):
    """Finding things by the names that people use."""

    def last_seen(self, name: str) -> LastSeen | None:
        """Give the org last reached under this name of the config, if a reading of it ever ended."""
        columns = connections.c
        newest = select(func.max(cursors.c.complete_through)).where(cursors.c.conn == columns.conn).scalar_subquery()
        query = select(
            columns.conn,
            columns.org_id,
            columns.org_name,
            columns.time_zone,
            columns.currency,
            columns.is_sandbox,
            newest,
        ).where(columns.name == name)
        with self.read() as work:
            row = work.one(query.order_by(columns.last_seen.desc(), columns.conn.desc()).limit(1))
        if row is None or row[6] is None:
            return None
        capabilities = self.capabilities(row[0])
        at = moment(row[6])
        if capabilities is None or at is None:
            return None
        sandbox = None if row[5] is None else bool(row[5])
        return LastSeen(row[0], Org(row[1], row[2], row[3], row[4], sandbox), capabilities, at)

    def find_deals(self, conn: int, text: str) -> list[str]:
        """Give the ids of the deals of this id, in its long or short form, or of exactly this name; open ones first."""
        deals = MIRROR["deals"].c
        meant = or_(deals.deal_id == text, func.substr(deals.deal_id, 1, 15) == text, deals.name == text)
        query = (
            select(deals.deal_id)
            .where(deals.conn == conn, meant)
            .order_by(deals.is_closed.nulls_first(), deals.deal_id)
        )
        with self.read() as work:
            return [row[0] for row in work.fetch(query)]

    def plan_of(self, name: str, plan_id: str | None) -> StoredPlan | None:
        """Give a plan of the connection last reached under this name: that of *plan_id*, or its latest."""
        seen = self.last_seen(name)
        if seen is None:
            return None
        if plan_id is None:
            return self.latest_plan(seen.conn)
        found = self.plan(plan_id)
        return found[1] if found is not None and found[0] == seen.conn else None

    def calls_since(self, name: str, since: datetime) -> int:
        """Count the calls that runs of this connection have sent since then, those that were cut off among them."""
        query = (
            select(runs.c.report, runs.c.calls)
            .join(connections, connections.c.conn == runs.c.conn)
            .where(connections.c.name == name, runs.c.started_at >= micros(since))
        )
        with self.read() as work:
            rows = work.fetch(query)
        ended = ((json.loads(report or "{}").get("calls", {}), noted) for report, noted in rows)
        return sum(max(sum(calls.values()), noted) for calls, noted in ended)
