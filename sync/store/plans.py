"""Plans: the changes that a cycle wanted, kept so that a person can look at them and have them applied."""

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
        return frozenset(one.identity for one in self.changes)


@dataclass(frozen=True, slots=True)
class Plans:
    """Plans by id and by age."""

    transactions: Transactions

    def save(self, conn: int, plan: StoredPlan) -> None:
        """Remember a plan; one that comes with a judgement is better given to ``Judgements.commit``."""
        with self.transactions.write(conn) as work:
            save_plan(work, conn, plan)

    def latest(self, conn: int) -> StoredPlan | None:
        """Return the plan that was made last, or None."""
        found = self._newest(plans.c.conn == conn)
        return None if found is None else found[1]

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
        found = self.get(plan_id)
        return found[1] if found is not None and found[0] == seen.conn else None

    def _newest(self, condition: ColumnElement[bool]) -> tuple[int, StoredPlan] | None:
        columns = (plans.c[name] for name in ("conn", "plan_id", "run_id", "created_at", "changes"))
        with self.transactions.read() as work:
            row = work.one(select(*columns).where(condition).order_by(plans.c.seq.desc()).limit(1))
        return None if row is None else (int(row[0]), _plan(row[1:]))


def save_plan(work: Work, conn: int, plan: StoredPlan) -> None:
    """Remember a plan in the transaction of whatever made it."""
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
