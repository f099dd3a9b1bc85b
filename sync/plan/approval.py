"""Holding back: a cycle's plan through the guards, and the plan that waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.model import WriteKind
from rules.model import Facts
from sync.connection.context import Cycle, Mode, ReadyConnection
from sync.errors import ExpiredPlanError
from sync.judge.scope import Scope
from sync.model.change import PlannedChange
from sync.model.limits import Decided
from sync.model.task_key import DIGESTS
from sync.plan.capacity import midnight
from sync.plan.cycle_plan import CyclePlan
from sync.plan.guards import Guarded, Measured, guard
from sync.store.held import HeldPlan, Holding

EXPIRES_AFTER: Final = timedelta(hours=72)
"""How long a person may approve what they saw."""

ALLOWED: Mapping[Mode, frozenset[WriteKind]] = {
    "observe": frozenset(),
    "score": frozenset({WriteKind.WRITE_SCORE}),
    "enforce": frozenset(WriteKind),
}
"""What each mode lets through to the CRM."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What the guards made of a plan: what goes out, what waits and in which plan, and how many were *rejected* before.

    *too_late* says that the cycle was asked to apply a plan whose time is over.
    """

    released: tuple[PlannedChange, ...]
    held: tuple[PlannedChange, ...]
    rejected: int
    summary: Mapping[str, Any]
    holding: Holding
    too_late: bool = False

    @property
    def plan_id(self) -> str | None:
        """The id to approve or reject by, if anything waits."""
        return self.holding.plan.plan_id if self.held and self.holding.plan else None


def hold_back(cycle: Cycle, facts: Facts, scope: Scope, plan: CyclePlan) -> HeldBack:
    """Ask the guards what of *plan* may go out now; nothing is written yet.

    A change that goes beyond the plan that waits already by no more than the guards let through stays with that plan:
    once it is approved, the rest passes by itself. So a live org makes no new plan in every cycle.
    """
    run, now = cycle.run, facts.now
    decided = cycle.store.held.decided(cycle.conn, now)
    sendable = [
        planned for planned in plan.planned if may_write(planned, cycle.connection, plan) and _is_asked(planned, cycle)
    ]
    # One a person and week is no flood, and a held digest would be out of date when it is approved.
    digests = tuple(planned for planned in sendable if planned.change.family in DIGESTS)
    measured = _measured(cycle, facts, scope, plan, decided)
    guarded = guard(
        [planned for planned in sendable if planned.change.family not in DIGESTS],
        cycle.connection.guards,
        measured,
        decided,
    )
    # ``plan`` shows all that would be held; only a cycle leaves the rest with the plan that waits already.
    waiting = cycle.store.held.waiting(cycle.conn, now)
    fresh = bool(guarded.held)
    if waiting is not None and run.command != "plan":
        beyond = [planned for planned in guarded.held if planned.change.identity not in waiting.identities]
        fresh = bool(guard(beyond, cycle.connection.guards, measured, decided).held)
    summary = _summary(cycle, guarded)
    kept = _held_plan(cycle, guarded, summary, now) if fresh else waiting
    holding = Holding(
        plan=kept if guarded.held else None,
        deals=frozenset(planned.change.deal_id for planned in guarded.held),
        now=now,
        fresh=fresh,
        only=run.command != "sync",
    )
    too_late = run.command == "approve" and not (run.approved or frozenset()) <= decided.approved
    return HeldBack((*guarded.released, *digests), guarded.held, len(guarded.rejected), summary, holding, too_late)


def may_write(planned: PlannedChange, connection: ReadyConnection, plan: CyclePlan) -> bool:
    """Whether the connection's mode, or its pilot's for a deal of the pilot, lets a change through.

    Tasks are planned for deals of the pilot alone, so that only scores need telling apart.
    """
    if planned.kind in ALLOWED[connection.mode]:
        return True
    in_pilot = planned.kind is not WriteKind.WRITE_SCORE or planned.change.deal_id in (plan.pilot or ())
    return in_pilot and planned.kind in ALLOWED[connection.furthest]


def _is_asked(planned: PlannedChange, cycle: Cycle) -> bool:
    return cycle.run.approved is None or planned.change.identity in cycle.run.approved


def _measured(cycle: Cycle, facts: Facts, scope: Scope, plan: CyclePlan, decided: Decided) -> Measured:
    """Count what the guards measure by; what people approved counts for no day."""
    store, conn = cycle.store, cycle.conn
    # A person who approved 500 tasks has not used up the day for the next 10.
    approved = {subject for subject, _, _ in decided.approved}
    deals = plan.going_first if scope.deal_ids is None else store.judgements.counts(conn).judged
    made = store.tasks.made_since(conn, midnight(facts))
    return Measured(deals, store.tasks.count_open(conn), len(made - approved), store.frames.count_scored(conn))


def _held_plan(cycle: Cycle, guarded: Guarded, summary: Mapping[str, Any], now: datetime) -> HeldPlan:
    run = cycle.run
    return HeldPlan(
        plan_id=run.plan_id,
        run_id=run.run_id,
        created_at=now,
        expires_at=now + EXPIRES_AFTER,
        identities=frozenset(planned.change.identity for planned in guarded.held),
        deals=frozenset(planned.change.deal_id for planned in guarded.held),
        summary=summary,
    )


def _summary(cycle: Cycle, guarded: Guarded) -> dict[str, Any]:
    """Count what waits by kind, by rule (of a closing: by its reason) and by whose the task is."""
    changes = [planned.change for planned in guarded.held]
    owners = {change.owner_id for change in changes if change.owner_id is not None}
    names = cycle.store.lookups.owner_names(cycle.conn, owners) if owners else {}
    reps = Counter(names.get(change.owner_id or "", change.owner_id) or "nobody" for change in changes)
    return {
        "why": list(guarded.why),
        "kinds": dict(Counter(change.kind.value for change in changes)),
        "by_rule": dict(Counter(name for change in changes for name in change.findings or (change.why,)).most_common()),
        "by_rep": dict(reps.most_common()),
    }


def expired() -> ExpiredPlanError:
    """Return what is said of an approval that comes too late."""
    return ExpiredPlanError(EXPIRES_AFTER.total_seconds() / 3600)
