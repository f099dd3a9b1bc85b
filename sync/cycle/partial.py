"""Cycles that could not read everything: what was read whole is used, and nothing is created or closed.

Each canonical table carries up to when it was last read whole. Judgement is then as of the oldest such moment among
the tables that are behind, so that a deal does not look idle for a time that was not read; a table that is too old
makes everything unknown that it would say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.model import TABLES, WriteKind
from rules.model import Facts
from sync.connection.context import Cycle
from sync.connection.facts import facts_for, judgement_fingerprint
from sync.cycle.apply import Applied, Applier
from sync.cycle.commit import effect_of
from sync.cycle.pull import Pulled
from sync.cycle.refused import still_refused
from sync.cycle.report import all_notes
from sync.judge.judge_deals import judge_deals
from sync.judge.scope import scope_of
from sync.model.change import PlannedChange
from sync.model.cycle_report import ConnectionReport, PlanCount
from sync.plan.approval import may_write
from sync.plan.cycle_plan import CyclePlan, plan_changes
from sync.plan.deal_plans import PlanBasis

KINDS: Final = frozenset({WriteKind.UPDATE_TASK, WriteKind.WRITE_SCORE})
"""What is written all the same: a later cycle that read everything sets it right if need be."""

STALE_AFTER: Final = timedelta(hours=24)
"""A table that was last read whole longer ago than this says nothing any more."""


def facts_partly(cycle: Cycle, pulled: Pulled) -> Facts:
    """Return the facts for judging what an unfinished pull left: as of when, and which tables are too old to count."""
    store, now = cycle.store, cycle.connection.connector.now()
    through = store.cursors.complete_through(cycle.conn)
    stale = frozenset(name for name in TABLES if _is_old(through.get(name), now))
    # Judged as of now, a deal would look idle for the time that its table was not read.
    as_of = min([now, *(through[name] for name in pulled.incomplete - stale)])
    countries = store.lookups.owner_countries(cycle.conn)
    return replace(facts_for(cycle.connection, pulled.org, pulled.capabilities, as_of, countries), stale_tables=stale)


def _is_old(through: datetime | None, now: datetime) -> bool:
    return through is None or now - through > STALE_AFTER


def update_and_score(cycle: Cycle, applier: Applier, pulled: Pulled, *, trusted: bool) -> ConnectionReport:
    """Write scores, and texts of tasks, from what was read whole; the judgement itself is left to a whole cycle.

    *trusted* says that the run before this one ended well.
    """
    store, conn, run = cycle.store, cycle.conn, cycle.run
    facts = facts_partly(cycle, pulled)
    fingerprint = judgement_fingerprint(cycle.connection, pulled.capabilities)
    scope = scope_of(cycle, facts.today, fingerprint, (), trusted=trusted)
    planning = PlanBasis.of(cycle, facts, scope)
    plan = plan_changes(planning, judge_deals(cycle, facts, scope, planning.history.tasks, whole=False))
    # No guard is asked: what is left of the plan neither creates nor closes.
    rejected = store.held.decided(conn, facts.now).rejected
    sendable = (
        planned for planned in plan.planned if planned.kind in KINDS and may_write(planned, cycle.connection, plan)
    )
    changes = [planned for planned in sendable if planned.change.identity not in rejected]
    effects = tuple(effect_of(planned, run) for planned in changes)
    store.ledger.insert(conn, effects)
    return _report(cycle, pulled, changes, plan, applier.apply(effects), _note(facts, pulled))


def _report(
    cycle: Cycle, pulled: Pulled, changes: list[PlannedChange], plan: CyclePlan, applied: Applied, note: str
) -> ConnectionReport:
    counts = cycle.store.judgements.counts(cycle.conn)
    notes = (note, *([f"Writing ended early: {applied.stopped}"] if applied.stopped else ()))
    kinds = [planned.kind for planned in changes]
    return ConnectionReport(
        run_id=cycle.run.run_id,
        pulled=pulled.rows,
        judged=counts.judged,
        findings=counts.findings,
        shadow=counts.shadow,
        plan=PlanCount(
            update=kinds.count(WriteKind.UPDATE_TASK),
            scores=kinds.count(WriteKind.WRITE_SCORE),
            suppressed=len(plan.suppressed),
        ),
        applied=applied.count(),
        calls=cycle.calls(),
        incomplete=True,
        incomplete_reason=pulled.unfinished,
        exit_code=4,
        changes=tuple(planned.change for planned in changes),
        refused=still_refused(cycle),
        rejections=applied.rejected,
        problems=all_notes(cycle, pulled, notes),
    )


def _note(facts: Facts, pulled: Pulled) -> str:
    behind = ", ".join(sorted(pulled.incomplete))
    known, old = pulled.incomplete - facts.stale_tables, pulled.incomplete & facts.stale_tables
    said = [f"judged as of {facts.now:%Y-%m-%d %H:%M} UTC"] if known else []
    said += [f"what {', '.join(sorted(old))} would say is unknown, being over 24 hours old"] if old else []
    return f"Not read whole: {behind}. Scores and texts were brought up to date from the rest, {'; '.join(said)}."
