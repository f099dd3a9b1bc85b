"""One cycle of one connection, from pull to report, to be read from top to bottom."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from connectors.base import CallCount, Capabilities
from connectors.errors import MissingPermissionError
from connectors.model import Org, WriteKind
from rules.judgement import coverage
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.connection.context import Cycle, ReadyConnection, Run
from sync.connection.facts import facts_for, judgement_fingerprint
from sync.connection.mode_switch import as_switched, refuse_other_org, switch_notes
from sync.cycle import at_least_once
from sync.cycle.apply import Applied, Applier
from sync.cycle.at_least_once import in_doubt, leave_out, with_twins
from sync.cycle.commit import Basis, Remembered, remember
from sync.cycle.missing_tasks import look_for_missing
from sync.cycle.partial import facts_partly, goes_on, update_and_score
from sync.cycle.pull import Pulled, pull
from sync.cycle.recover import settle_leftovers
from sync.cycle.undo import take_back
from sync.judge.judge import one_state, scope_of
from sync.model.cycle_report import ConnectionReport, NotJudged
from sync.model.noise import warnings
from sync.plan.approval import held_report, hold_back
from sync.plan.capacity import with_room
from sync.plan.cycle_plan import CyclePlan, known_families, plan_connection
from sync.store.store import Store


def run_cycle(connection: ReadyConnection, store: Store, run: Run) -> ConnectionReport:
    """Run one cycle: read everything first, judge, plan, remember, and only then write.

    A cycle whose reading did not finish creates and closes nothing; its report says that it is incomplete.

    Raises:
        ConnectorError: the CRM refused us before anything was read.
        LeaseHeldError: another process runs a cycle of this org.
    """
    calls_before = replace(connection.connector.calls)
    known = store.connections.known_capabilities(connection.name)
    org, capabilities = connection.connector.open(known[1] if known else None)
    refuse_other_org(connection, store, org)
    _check_permissions(connection, capabilities)
    with store.hold(org.org_id) as leased:
        conn = _remember_connection(connection, leased, org, capabilities, run)
        connection, run = as_switched(connection, run, leased, conn)
        cycle = Cycle(connection, run, leased, conn, calls_before.total)
        trusted = leased.runs.begin(cycle.conn, run.run_id, run.command, run.host_now())

        before = known[1] if known and known[0] == org.org_id else None
        pulled, missing = look_for_missing(cycle, pull(cycle, org, before))
        org, capabilities = connection.connector.open(capabilities)
        applier = _applier(cycle, capabilities)
        if pulled.unfinished and goes_on(cycle, pulled):
            facts = facts_partly(cycle, org, capabilities, pulled)
            report = update_and_score(cycle, applier, facts, capabilities, pulled, trusted=trusted)
        elif pulled.unfinished:
            report = _incomplete(run, pulled)
        elif run.undoing is not None:
            report = take_back(cycle, applier, run.undoing)
        else:
            _check_permissions(connection, capabilities)
            unsettled = settle_leftovers(applier)
            doubtful = in_doubt(applier, unsettled)
            facts = facts_for(
                connection, org, capabilities, connection.connector.now(), leased.lookups.owner_countries(cycle.conn)
            )
            fingerprint = judgement_fingerprint(connection, capabilities)
            settled = [effect for effect in unsettled if effect not in doubtful]
            deals = {effect.deal_id for effect in unsettled} | with_twins(applier)
            scope = scope_of(cycle, facts.today, fingerprint, deals, trusted=trusted)
            scope = with_room(cycle, facts, scope, known_families(connection.ruleset))
            with one_state(cycle, scope) as view:
                plan = plan_connection(view, facts, scope)
                if not applier.key_enforced:
                    plan = leave_out(plan, doubtful)
                kept = hold_back(view, facts, scope, plan)
            remembered = remember(cycle, plan, kept, scope, Basis(facts.today, fingerprint), settled)
            applied = applier.apply(remembered.effects)
            report = held_report(kept, _report(cycle, pulled, plan, remembered, applied))
            if connection.furthest == "enforce" and not applier.key_enforced:
                report = replace(report, problems=(*at_least_once.notes(doubtful), *report.problems))
            if missing.task_ids:
                report = replace(report, problems=(*report.problems, f"{missing}."))

        calls = _calls_since(connection.connector.calls, calls_before)
        notes = (*capabilities.problems, *report.problems, *switch_notes(connection, leased, conn))
        report = replace(report, calls=calls, problems=notes)
        leased.runs.end(cycle.conn, run.run_id, report.as_dict(), run.host_now())
        return report


def _applier(cycle: Cycle, capabilities: Capabilities) -> Applier:
    connection, run = cycle.connection, cycle.run
    return Applier(
        connection.connector,
        cycle.store,
        cycle.conn,
        run.host_now,
        run.stop_requested,
        partial(_show_writing, cycle),
        cycle.note_calls,
        capabilities.key_enforced,
    )


def _show_writing(cycle: Cycle, done: int, total: int) -> None:
    cycle.run.progress.stage(cycle.connection.name, "writing", done, total)


def _check_permissions(connection: ReadyConnection, capabilities: Capabilities) -> None:
    """Stop before anything is read or written where the mode asks for more than the CRM lets us do."""
    problems = " ".join(capabilities.problems)
    if connection.furthest == "enforce":
        at_least_once.check_key(connection, capabilities)
    if connection.furthest == "enforce" and not capabilities.can_write_tasks:
        raise MissingPermissionError(problems or "The CRM user may not create and edit tasks.")
    if connection.furthest != "observe" and connection.write_scores and not capabilities.can_write_scores:
        raise MissingPermissionError(problems or "The CRM user may not edit the score fields.")


def _remember_connection(
    connection: ReadyConnection, store: Store, org: Org, capabilities: Capabilities, run: Run
) -> int:
    """Find the connection by the org's own id, whatever the configuration calls it."""
    conn = store.connections.register(org, kind=connection.kind, name=connection.name, now=run.host_now())
    store.connections.save_capabilities(conn, capabilities)
    return conn


def _incomplete(run: Run, pulled: Pulled) -> ConnectionReport:
    return ConnectionReport(
        run.run_id, pulled=pulled.rows, incomplete=True, incomplete_reason=pulled.unfinished, exit_code=4
    )


def _report(
    cycle: Cycle, pulled: Pulled, plan: CyclePlan, remembered: Remembered, applied: Applied
) -> ConnectionReport:
    catalogue = with_extras(CATALOGUE, cycle.connection.extras)
    missing = coverage.not_judged(cycle.connection.ruleset, catalogue, plan.coverage)
    return ConnectionReport(
        run_id=cycle.run.run_id,
        plan_id=remembered.plan_id,
        pulled=pulled.rows,
        judged=remembered.counts.judged,
        findings=remembered.counts.findings,
        shadow=remembered.counts.shadow,
        plan=replace(plan.count(), suppressed=remembered.counts.suppressed),
        applied=applied.count(),
        incomplete=applied.stopped is not None,
        incomplete_reason=applied.stopped,
        not_judged={rule: NotJudged(*why) for rule, why in missing.items()},
        exit_code=4 if applied.stopped is not None else 0,
        changes=tuple(planned.change for planned in plan.planned),
        rejections=applied.rejected,
        suppressed=plan.suppressed,
        problems=_notes(plan),
    )


def _notes(plan: CyclePlan) -> tuple[str, ...]:
    """Say what the operator should know of the plan beside its numbers."""
    notes = []
    if plan.pilot is not None:
        notes.append(
            f"{plan.going_first:,} of the {plan.judged:,} deals judged are in the pilot; the others get no task."
        )
    if plan.scope_unknown:
        notes.append(f"Whether {plan.scope_unknown:,} deals are in scope cannot be told; they are judged.")
    unowned = sum(one.kind is WriteKind.CREATE_TASK and one.change.owner_id is None for one in plan.planned)
    if unowned:
        notes.append(
            f"{unowned:,} new tasks go to nobody in particular: neither the deal's owner nor a manager is active. "
            "Set fallback_owner to a user who looks after them."
        )
    notes += [
        f"{count:,} changes were refused before and are not tried again until they change: {message}"
        for message, count in plan.quarantined.items()
    ]
    notes += warnings(plan.noise)
    notes += [
        f'{rule} became judgeable late and stays in shadow until an overlay says mode = "on" for it.'
        for rule in sorted({rule for rule, _ in plan.late})
    ]
    return tuple(notes)


def _calls_since(now: CallCount, before: CallCount) -> dict[str, int]:
    return {kind: count - before.as_dict()[kind] for kind, count in now.as_dict().items()}
