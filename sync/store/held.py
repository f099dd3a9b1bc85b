"""Held plans: changes that wait for a person, and what was decided of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import select, update

from connectors.model import WriteKind
from sync.model.change import ChangeIdentity
from sync.model.close_reason import in_current_words
from sync.model.limits import Decided
from sync.store.audit import record
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import held_plans
from sync.store.dirty import add_marks

HeldState = Literal["waiting", "replaced", "lapsed", "approved", "rejected", "expired"]
"""A plan waits until a newer one replaces it, none of it is wanted any more, a person decides, or its time is over."""

Decision = Literal["approved", "rejected"]

_DECIDED: Final = get_args(Decision)


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """Changes that a guard held: their identities, the deals of those, and counts for display; times are the CRM's."""

    plan_id: str
    run_id: str
    created_at: datetime
    expires_at: datetime
    identities: frozenset[ChangeIdentity]
    deals: frozenset[str]
    summary: Mapping[str, Any] = field(default_factory=dict)
    state: HeldState = "waiting"
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What waits after a cycle: the *plan*, *fresh* if that cycle made it, and the deals to judge again in the next.

    *only* says that the cycle looked at some changes only, so that what waited before still does.
    """

    plan: HeldPlan | None
    deals: frozenset[str]
    now: datetime
    fresh: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Held plans by id, and the decisions in force."""

    transactions: Transactions

    def get(self, plan_id: str) -> tuple[int, HeldPlan] | None:
        """Return the held plan of this id with the number of its connection, or None."""
        with self.transactions.read() as work:
            rows = work.fetch(select(*_COLUMNS).where(held_plans.c.plan_id == plan_id))
        return (rows[0][0], _held(rows[0][1:])) if rows else None

    def waiting(self, conn: int, now: datetime) -> HeldPlan | None:
        """Return the plan that waits for a decision, unless its time is over."""
        waiting = (held_plans.c.conn == conn) & (held_plans.c.state == "waiting")
        alive = held_plans.c.expires_at > micros(now)
        with self.transactions.read() as work:
            rows = work.fetch(select(*_COLUMNS).where(waiting, alive).order_by(held_plans.c.seq.desc()))
        return _held(rows[0][1:]) if rows else None

    def decided(self, conn: int, now: datetime) -> Decided:
        """Return the changes that people approved not too long ago, and those rejected; the last word counts."""
        columns = held_plans.c
        query = select(columns.state, columns.expires_at, columns.wishes).where(columns.conn == conn)
        with self.transactions.read() as work:
            rows = work.fetch(query.where(columns.state.in_(_DECIDED)).order_by(columns.decided_at))
        decisions: dict[ChangeIdentity, str] = {}
        # In the order of decisions, so that a later one replaces an earlier one on the same change.
        for state, expires_at, wishes in rows:
            # A rejection does not expire: nobody wants to be asked the same every three days.
            if state == "rejected" or moment(expires_at) > now:
                decisions.update(dict.fromkeys(_identities(wishes), str(state)))
        return Decided(
            *(
                frozenset(identity for identity, state in decisions.items() if state == decision)
                for decision in _DECIDED
            )
        )

    def keep(self, conn: int, holding: Holding) -> None:
        """Save what waits; with a judgement it belongs into the transaction of ``Judgements.commit``."""
        with self.transactions.write(conn) as work:
            keep_held(work, conn, holding)

    def decide(self, conn: int, plan_id: str, decision: Decision, by: str, now: datetime) -> None:
        """Save what a person decided of a held plan; the deals of an approved one are judged again."""
        plan = held_plans.c.plan_id == plan_id
        with self.transactions.write(conn) as work:
            work.run(update(held_plans).where(plan).values(state=decision, decided_by=by, decided_at=micros(now)))
            record(work, conn, decision, plan_id, by, now)
            if decision == "approved":
                ((deals,),) = work.fetch(select(held_plans.c.deals).where(plan))
                add_marks(work, conn, [("deal", deal_id) for deal_id in json.loads(deals)])


def keep_held(work: Work, conn: int, holding: Holding) -> None:
    """Make the plan of *holding* the one that waits: what waited before is replaced, or lapses where nothing waits.

    What nobody can approve any more keeps no changes.
    """
    plan, columns = holding.plan, held_plans.c
    waiting = (columns.conn == conn) & (columns.state == "waiting")
    if plan is not None:
        work.run(update(held_plans).where(waiting, columns.plan_id != plan.plan_id).values(state="replaced"))
    elif not holding.only:
        # A cycle that looked at some changes only says nothing of the others.
        work.run(update(held_plans).where(waiting).values(state="lapsed"))
    over = (columns.expires_at <= micros(holding.now)) & columns.state.not_in(("rejected", "expired"))
    emptied = {"state": "expired", "wishes": "[]", "deals": "[]"}
    work.run(update(held_plans).where(columns.conn == conn, over).values(**emptied))
    if plan is not None and holding.fresh:
        work.insert(held_plans, [_row(conn, plan)])
    add_marks(work, conn, [("deal", deal_id) for deal_id in holding.deals])


_COLUMNS: Final = tuple(
    held_plans.c[name]
    for name in (
        "conn",
        "plan_id",
        "run_id",
        "created_at",
        "expires_at",
        "wishes",
        "deals",
        "summary",
        "state",
        "decided_by",
    )
)


def _row(conn: int, plan: HeldPlan) -> dict[str, Any]:
    return {
        "conn": conn,
        "plan_id": plan.plan_id,
        "run_id": plan.run_id,
        "created_at": micros(plan.created_at),
        "expires_at": micros(plan.expires_at),
        "wishes": json.dumps(sorted(plan.identities)),
        "deals": json.dumps(sorted(plan.deals)),
        "summary": json.dumps(dict(plan.summary)),
        "state": plan.state,
    }


def _held(row: tuple[Any, ...]) -> HeldPlan:
    plan_id, run_id, created, expires, wishes, deals, summary, state, by = row
    return HeldPlan(
        plan_id,
        run_id,
        moment(created),
        moment(expires),
        _identities(wishes),
        frozenset(json.loads(deals)),
        json.loads(summary),
        state,
        by,
    )


def _identities(text: str) -> frozenset[ChangeIdentity]:
    return frozenset(
        ChangeIdentity(subject, WriteKind(kind), in_current_words(why)) for subject, kind, why in json.loads(text)
    )
