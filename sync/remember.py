"""What a cycle writes down before it writes to the CRM: judgement, plan and effects in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from connectors.model import WriteKind
from sync.connected import Connected, Mode, Run
from sync.judging import Scope
from sync.plan import Planned
from sync.planning import CyclePlan
from sync.store.ledger import Effect
from sync.store.store import Store

ALLOWED: Mapping[Mode, frozenset[WriteKind]] = {
    "observe": frozenset(),
    "score": frozenset({WriteKind.WRITE_SCORE}),
    "enforce": frozenset(WriteKind),
}
"""What each mode lets through to the CRM."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stands in the store now: the effects to send, and the counts over all deals in scope."""

    effects: tuple[Effect, ...]
    plan_id: str | None
    judged: int
    findings: Mapping[str, int]


def remember(
    one: Connected,
    store: Store,
    conn: int,
    plan: CyclePlan,
    scope: Scope,
    run: Run,
    today: date,
    fingerprint: str,
) -> Remembered:
    """Write down what the cycle found and what it is about to do.

    A ``plan`` leaves no trace but itself, and an ``apply`` of less than all that is wanted leaves the judgement open, so that
    the next cycle looks at every deal again.
    """
    to_send = [one_change for one_change in plan.planned if _may_send(one_change, one.mode, run)]
    effects = tuple(_effect(change, run) for change in to_send)
    plan_id = run.plan_id if plan.planned or run.command == "plan" else None
    if plan_id is not None:
        store.save_plan(
            conn, plan_id, run.run_id, [c.change for c in plan.planned], {c.item for c in plan.planned}, run.host_now()
        )
    if run.command == "plan" or (run.command == "apply" and len(to_send) < len(plan.planned)):
        store.insert_effects(conn, effects)
        judged, findings = _count(plan)
    else:
        store.commit_judgement(
            conn,
            run_id=run.run_id,
            judged_day=today,
            fingerprint=fingerprint,
            deal_ids=scope.deal_ids,
            scores=plan.scores,
            findings=plan.findings,
            coverage=plan.coverage if scope.deal_ids is None else None,
            marks=scope.marks,
            effects=effects,
            released=plan.released,
        )
        judged, findings = store.counts(conn)
    return Remembered(effects, plan_id, judged, findings)


def _may_send(planned: Planned, mode: Mode, run: Run) -> bool:
    if run.command == "plan" or planned.kind not in ALLOWED[mode]:
        return False
    return run.approved is None or planned.item in run.approved


def _effect(planned: Planned, run: Run) -> Effect:
    return Effect(
        effect_id=uuid.uuid4().hex,
        run_id=run.run_id,
        plan_id=run.plan_id,
        kind=planned.kind,
        key=planned.change.key,
        deal_id=planned.change.deal_id,
        family=planned.change.family,
        remote_id=planned.remote_id,
        values=planned.values,
        payload_hash=planned.payload_hash,
    )


def _count(plan: CyclePlan) -> tuple[int, dict[str, int]]:
    judged = plan.scores.filter(pl.col("in_scope")).height
    by_rule = plan.findings.group_by("rule_id").len().sort("rule_id")
    return judged, dict(by_rule.iter_rows())

