"""One cycle of one connection, from pull to report, to be read from top to bottom."""

from __future__ import annotations

from rules.model import Facts
from sync.connection.context import Cycle, ReadyConnection, Run
from sync.connection.facts import facts_for, judgement_fingerprint
from sync.cycle.apply import applier_of
from sync.cycle.at_least_once import leave_out
from sync.cycle.commit import Basis, remember
from sync.cycle.missing_tasks import look_for_missing
from sync.cycle.opening import begin, check_permissions, open_connection, with_fallback_owner
from sync.cycle.partial import update_and_score
from sync.cycle.pull import Pulled, goes_on, pull
from sync.cycle.recover import recover
from sync.cycle.refused import again_of, tries_again
from sync.cycle.report import Outcome, incomplete_report, whole_report
from sync.cycle.undo import take_back
from sync.judge.chunks import one_state
from sync.judge.judge_deals import judge_deals
from sync.judge.scope import scope_of
from sync.model.cycle_report import ConnectionReport
from sync.plan.approval import hold_back
from sync.plan.capacity import with_capacity
from sync.plan.cycle_plan import plan_changes
from sync.plan.deal_plans import PlanBasis
from sync.store.store import Store


def run_cycle(connection: ReadyConnection, store: Store, run: Run) -> ConnectionReport:
    """Run one cycle: read everything first, judge, plan, remember, and only then write.

    A cycle whose reading did not finish creates and closes nothing; its report says that it is incomplete.

    Raises:
        ConnectorError: the CRM refused us before anything was read.
        FallbackOwnerError: the configuration names a fallback owner whom the CRM does not have, or who is not active.
        LeaseHeldError: another process runs a cycle of this org.
    """
    opened = open_connection(connection, store)
    with store.hold(opened.org.org_id) as leased:
        cycle, trusted = begin(connection, leased, run, opened)
        pulled, missing = look_for_missing(cycle, pull(cycle, opened.org, opened.before))
        if run.undoing is None and (pulled.unfinished is None or goes_on(cycle, pulled)):
            cycle = with_fallback_owner(cycle)
        applier = applier_of(cycle, pulled.capabilities)
        if pulled.unfinished and goes_on(cycle, pulled):
            report = update_and_score(cycle, applier, pulled, trusted=trusted)
        elif pulled.unfinished:
            report = incomplete_report(cycle, pulled)
        elif run.undoing is not None:
            report = take_back(cycle, applier, pulled, run.undoing)
        else:
            check_permissions(cycle.connection, pulled.capabilities)  # again: a field may be hidden since
            # Before judging, so that a task that did arrive counts as open.
            in_flight = recover(applier)
            facts, basis = _known(cycle, pulled)
            # Retrying looks at all deals: what was refused is wanted by deals that need not have changed since.
            retrying = tries_again(cycle, pulled)
            scope = scope_of(cycle, basis.today, basis.fingerprint, in_flight.deals, trusted=trusted and not retrying)
            scope = with_capacity(cycle, facts, scope)
            with one_state(cycle, scope) as view:
                planning = PlanBasis.of(view, facts, scope)
                judged = judge_deals(view, facts, scope, planning.history.tasks)
                plan = plan_changes(planning, judged, retrying=retrying)
                if not applier.key_enforced:
                    plan = leave_out(plan, in_flight.doubtful)
                kept = hold_back(view, facts, scope, plan)
            # In the ledger before the first byte leaves: a process killed from here on is recovered by the next cycle.
            remembered = remember(cycle, plan, kept, scope, basis, in_flight.settled)
            applied = applier.apply(remembered.effects, again_of(remembered.effects, plan.again))
            report = whole_report(cycle, Outcome(pulled, missing, in_flight, plan, kept, remembered, applied))
        leased.runs.end(cycle.conn, run.run_id, report.as_dict(), run.host_now())
        return report


def _known(cycle: Cycle, pulled: Pulled) -> tuple[Facts, Basis]:
    """Return what a judgement goes by beside the deals, and what it is kept under."""
    connection, countries = cycle.connection, cycle.store.lookups.owner_countries(cycle.conn)
    facts = facts_for(connection, pulled.org, pulled.capabilities, connection.connector.now(), countries)
    return facts, Basis(facts.today, judgement_fingerprint(connection, pulled.capabilities))
