"""Plans: the changes that cycles wanted, kept so that a person can look at them and have them applied."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from connectors.model import WriteKind
from sync.model.change import Change, ChangeIdentity
from sync.store.connections import Connections
from sync.store.database.database import Row, Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import plans


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was when it was made."""

    plan_id: str
    run_id: str
    created_at: datetime
    changes: tuple[Change, ...]

    @property
    def identities(self) -> frozenset[ChangeIdentity]:
        """What applying it may do."""
        return frozenset(change.identity for change in self.changes)


@dataclass(frozen=True, slots=True)
class Plans:
    """Plans by id and by age."""

    transactions: Transactions

    def save(self, conn: int, plan: StoredPlan) -> None:
        """Save a plan; with a judgement it belongs into the transaction of ``Judgements.commit``."""
        with self.transactions.write(conn) as work:
            save_plan(work, conn, plan)

    def latest(self, conn: int) -> StoredPlan | None:
        """Return the newest plan of a connection, or None."""
        newest = self._newest(plans.c.conn == conn)
        return None if newest is None else newest[1]

    def get(self, plan_id: str) -> tuple[int, StoredPlan] | None:
        """Return the plan of this id with the number of its connection, or None."""
        return self._newest(plans.c.plan_id == plan_id)

    def of_connection(self, name: str, plan_id: str | None) -> StoredPlan | None:
        """Return a plan of the connection last reached under this name: that of *plan_id*, or its latest."""
        seen = Connections(self.transactions).last_seen(name)
        if seen is None:
            return None
        if plan_id is None:
            return self.latest(seen.conn)
        stored = self.get(plan_id)
        return stored[1] if stored is not None and stored[0] == seen.conn else None

    def _newest(self, condition: ColumnElement[bool]) -> tuple[int, StoredPlan] | None:
        columns = (plans.c[name] for name in ("conn", "plan_id", "run_id", "created_at", "changes"))
        with self.transactions.read() as work:
            row = work.first(select(*columns).where(condition).order_by(plans.c.seq.desc()).limit(1))
        return None if row is None else (int(row[0]), _plan(row[1:]))


def save_plan(work: Work, conn: int, plan: StoredPlan) -> None:
    """Save a plan in the transaction of what made it."""
    row = {
        "conn": conn,
        "plan_id": plan.plan_id,
        "run_id": plan.run_id,
        "created_at": micros(plan.created_at),
        "changes": json.dumps([change.as_dict() for change in plan.changes]),
    }
    work.insert(plans, [row])


def _plan(row: Row) -> StoredPlan:
    plan_id, run_id, created_at, changes = row
    return StoredPlan(plan_id, run_id, moment(created_at), tuple(map(_change, json.loads(changes))))


def _change(stored: dict[str, Any]) -> Change:
    due = date.fromisoformat(stored["due"]) if stored["due"] else None
    typed = {"kind": WriteKind(stored["kind"]), "due": due, "findings": tuple(stored["findings"])}
    return Change(**(stored | typed))
