"""What a cycle writes down before it writes to the CRM: judgement, plan and effects in one transaction."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from rules.judgement.owners import silent
from sync.connection.context import Cycle, Run
from sync.judge.scope import Scope
from sync.model.change import PlannedChange
from sync.model.effect import Effect
from sync.model.judgement import Counts, Judgement, Preview
from sync.plan.approval import HeldBack
from sync.plan.capacity import as_rows
from sync.plan.cycle_plan import CyclePlan
from sync.store.plans import StoredPlan
from sync.store.store import Store


@dataclass(frozen=True, slots=True)
class Basis:
    """What a judgement was made on: the connection's day, and all that could make it come out differently."""

    today: date
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the store holds now: the effects to send, and the counts over all deals in scope."""

    effects: tuple[Effect, ...]
    plan_id: str | None
    counts: Counts


def remember(
    cycle: Cycle, plan: CyclePlan, kept: HeldBack, scope: Scope, basis: Basis, in_flight: Sequence[Effect]
) -> Remembered:
    """Write down what the cycle found, what it is about to do and what it *kept* back for a person.

    A ``plan`` leaves no trace but itself and a preview, and an ``apply`` of less than all that is wanted leaves the
    judgement open, so that the next cycle looks at every deal again. Otherwise the *in_flight* effects of earlier runs
    end here, after the plan that wants them again has been written down.
    """
    run, store, conn = cycle.run, cycle.store, cycle.conn
    effects = tuple(effect_of(change, run) for change in _released(kept, run))
    stored = _stored_plan(plan, kept, run)
    if run.command == "plan" or (run.approved is not None and len(effects) < len(plan.planned)):
        if stored is not None:
            store.plans.save(conn, stored)
        store.held.keep(conn, kept.holding)
        store.ledger.insert(conn, effects)
        counts = _count(plan)
        _show(store, conn, plan, counts, basis)
    else:
        judgement = _judgement(plan, scope, basis, run)
        # One transaction: a judgement without its effects would look finished, and its tasks would never be made.
        sent = {effect.key for effect in effects}
        claims = plan.claims and replace(plan.claims, asks=tuple(ask for ask in plan.claims.asks if ask.key in sent))
        denied = store.judgements.commit(
            conn, judgement, effects=effects, plan=stored, holding=kept.holding, claims=claims
        )
        effects = tuple(effect for effect in effects if effect.key not in denied)
        counts = store.judgements.counts(conn)
        if in_flight:
            ids = [effect.effect_id for effect in in_flight]
            store.ledger.drop(conn, ids, "not confirmed by the CRM; planned afresh")
        store.origins.settle(conn, plan.looked_up)
        store.ledger.let_go(conn, plan.unwanted)
    return Remembered(effects, kept.plan_id or (stored.plan_id if stored else None), counts)


def _judgement(plan: CyclePlan, scope: Scope, basis: Basis, run: Run) -> Judgement:
    """Return what the store keeps of the judgement; coverage and late rules only of one that looked at every deal."""
    measured = plan.measured
    owners = measured.owners if measured else None
    return Judgement(
        run_id=run.run_id,
        judged_day=basis.today,
        # Another fingerprint than the next cycle's, so that it judges all deals by what was measured meanwhile.
        fingerprint=f"{basis.fingerprint}+" if plan.coverage_changes else basis.fingerprint,
        deal_ids=scope.deal_ids,
        scores=plan.scores,
        findings=plan.findings,
        coverage=measured.verdicts if measured else None,
        owners=owners,
        flipped_owners=frozenset() if owners is None else silent(owners) ^ plan.silent_owners,
        released=plan.released,
        marks=scope.marks,
        shadow=plan.shadow,
        streaks=plan.streaks,
        late=measured.late if measured else None,
        closed=scope.closed,
        suppressed=as_rows(plan.suppressed),
        enforced_day=plan.enforced_day,
    )


def _released(kept: HeldBack, run: Run) -> tuple[PlannedChange, ...]:
    return () if run.command == "plan" else kept.released


def _stored_plan(plan: CyclePlan, kept: HeldBack, run: Run) -> StoredPlan | None:
    """Return the plan to keep: of a cycle without what waits in a plan of its own, and none if that leaves nothing."""
    if run.command == "plan":
        shown = plan.planned
    else:
        waiting = {planned.change.identity for planned in kept.held}
        shown = tuple(planned for planned in plan.planned if planned.change.identity not in waiting)
        if not shown:
            return None
    return StoredPlan(run.plan_id, run.run_id, run.host_now(), tuple(planned.change for planned in shown))


def effect_of(planned: PlannedChange, run: Run) -> Effect:
    """Return the effect by which *run* does what is planned."""
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
        episode=planned.episode,
    )


def _show(store: Store, conn: int, plan: CyclePlan, counts: Counts, basis: Basis) -> None:
    """Keep what a plan found out, so that every command shows it, unless it judged by other rules than the last cycle.

    Nothing that a cycle judges by changes: looking at a plan must not change what the next cycle wants.
    """
    state = store.judgements.state(conn)
    if state is not None and state.fingerprint != basis.fingerprint:
        return
    in_scope = plan.scores.filter("in_scope").with_columns(pl.col("band").fill_null("none"))
    bands = dict(in_scope.group_by("band").len().sort("band").iter_rows())
    causes: dict[str, int] = dict(sorted(Counter(entry.cause for entry in plan.suppressed).items()))
    shown = Preview(
        judged=counts.judged,
        scores=bands,
        findings=counts.findings,
        shadow=counts.shadow,
        suppressed=causes,
        coverage=plan.coverage,
        late=plan.late,
        silent_owners=plan.silent_owners,
    )
    store.previews.save(conn, shown, as_rows(plan.suppressed))


def _count(plan: CyclePlan) -> Counts:
    """Count what a plan found; it looks at every deal, so nothing needs to be added from the store."""
    by_rule, shadow = (frame.group_by("rule_id").len().sort("rule_id") for frame in (plan.findings, plan.shadow))
    return Counts(plan.judged, dict(by_rule.iter_rows()), dict(shadow.iter_rows()), len(plan.suppressed))
