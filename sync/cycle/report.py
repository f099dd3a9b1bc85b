"""The report of a cycle, built once at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from connectors.model import WriteKind
from rules.judgement import coverage
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.connection.calendars import unknown_countries
from sync.connection.context import Cycle
from sync.connection.mode_switch import switch_notes
from sync.cycle import at_least_once
from sync.cycle.apply import Applied
from sync.cycle.commit import Remembered
from sync.cycle.missing_tasks import Missing
from sync.cycle.pull import Pulled
from sync.cycle.recover import InFlight
from sync.cycle.refused import refused_notes, still_refused
from sync.cycle.stage_notes import stage_notes
from sync.errors import CRM_FAILED, FINE, HELD, worst
from sync.model.cycle_report import ConnectionReport
from sync.model.noise import warnings
from sync.model.not_judged import NotJudged
from sync.plan.approval import HeldBack, expired
from sync.plan.cycle_plan import CyclePlan

_SHOWN: Final = 8
"""Names that one note lists."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle that read everything came to, stage by stage."""

    pulled: Pulled
    missing: Missing
    in_flight: InFlight
    plan: CyclePlan
    kept: HeldBack
    remembered: Remembered
    applied: Applied


def whole_report(cycle: Cycle, outcome: Outcome) -> ConnectionReport:
    """Report a cycle that read, judged and planned everything; asked for a plan whose time is over it says so."""
    plan, kept, counts = outcome.plan, outcome.kept, outcome.remembered.counts
    stopped = outcome.applied.stopped
    too_late = expired() if kept.too_late else None
    # Asked to apply a plan whose time is over, a cycle reports that and nothing of what waits.
    held = () if too_late else kept.held
    refused = still_refused(cycle)
    code = worst([FINE if stopped is None and not refused else CRM_FAILED, HELD if held else FINE])
    return ConnectionReport(
        run_id=cycle.run.run_id,
        plan_id=outcome.remembered.plan_id,
        pulled=outcome.pulled.rows,
        judged=counts.judged,
        findings=counts.findings,
        shadow=counts.shadow,
        plan=replace(plan.count(), suppressed=counts.suppressed, held=len(held)),
        applied=outcome.applied.count(),
        calls=cycle.calls(),
        incomplete=stopped is not None,
        incomplete_reason=stopped,
        not_judged=_not_judged(cycle, plan),
        error=None if too_late is None else str(too_late),
        exit_code=code if too_late is None else too_late.exit_code,
        held={"plan_id": kept.plan_id, **kept.summary} if held else None,
        changes=tuple(planned.change for planned in plan.planned),
        refused=refused,
        rejections=outcome.applied.rejected,
        suppressed=plan.suppressed,
        problems=all_notes(
            cycle, outcome.pulled, (*_notes(cycle, outcome), *refused_notes(cycle.connection.name, refused))
        ),
    )


def incomplete_report(cycle: Cycle, pulled: Pulled) -> ConnectionReport:
    """Report a cycle that ended with its reading."""
    return ConnectionReport(
        run_id=cycle.run.run_id,
        pulled=pulled.rows,
        calls=cycle.calls(),
        incomplete=True,
        incomplete_reason=pulled.unfinished,
        exit_code=CRM_FAILED,
        refused=still_refused(cycle),
        problems=all_notes(cycle, pulled),
    )


def all_notes(cycle: Cycle, pulled: Pulled, notes: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what the operator should know: of the org, the rows read, this cycle (*notes*), and the mode in force."""
    return (
        *pulled.capabilities.problems,
        *pulled.notes,
        *notes,
        *switch_notes(cycle.connection, cycle.store, cycle.conn),
    )


def _not_judged(cycle: Cycle, plan: CyclePlan) -> dict[str, NotJudged]:
    catalogue = with_extras(CATALOGUE, cycle.connection.extras)
    reasons = coverage.not_judged(cycle.connection.ruleset, catalogue, plan.coverage)
    return {rule: NotJudged(**why.as_dict()) for rule, why in reasons.items()}


def _notes(cycle: Cycle, outcome: Outcome) -> Iterator[str]:
    if cycle.connection.furthest == "enforce" and not outcome.pulled.capabilities.key_enforced:
        yield from at_least_once.notes(outcome.in_flight.doubtful)
    yield from _plan_notes(outcome.plan)
    yield from _unmapped(cycle, outcome.pulled)
    if outcome.plan.whole or outcome.pulled.rows.get("deals") or outcome.pulled.rows.get("stages"):
        yield from stage_notes(cycle)
    for why, count in outcome.applied.unknown.items():
        yield f"{count:,} writes have no confirmed outcome and are looked at again in the next cycle: {why}"
    if outcome.kept.rejected and not outcome.kept.too_late:
        yield f"{outcome.kept.rejected:,} changes stay out, since a person rejected them."
    if outcome.missing.task_ids:
        yield f"{outcome.missing}."


def _unmapped(cycle: Cycle, pulled: Pulled) -> Iterator[str]:
    """Report what the CRM says in words that have no meaning here, and where to give them one."""
    # Counted only after roles were read: in a quiet cycle they are what they were.
    roles = cycle.store.lookups.unmapped_roles(cycle.conn) if pulled.rows.get("roles") else {}
    if roles:
        counted = ", ".join(f"{name} ({count:,})" for name, count in islice(roles.items(), _SHOWN))
        more = f" and {len(roles) - _SHOWN:,} more" if len(roles) > _SHOWN else ""
        yield (
            f"The roles {counted}{more} are none that rules know, and count as other; map them under "
            f"[connections.{cycle.connection.name}.roles], or leave them. dealwarden status lists them all."
        )
    names = unknown_countries(cycle.connection.calendar, cycle.store.lookups.owner_countries(cycle.conn))
    if names:
        yield (
            f"No calendar is known for the owners' countries {', '.join(names[:_SHOWN])}: their days are counted "
            "by the connection's; name them under [calendar.countries]."
        )


def _plan_notes(plan: CyclePlan) -> tuple[str, ...]:
    """Return what the operator should know of the plan beside its numbers."""
    notes = []
    if plan.pilot is not None:
        notes.append(
            f"{plan.going_first:,} of the {plan.judged:,} deals judged are in the pilot; the others get no task."
        )
    if plan.scope_unknown:
        notes.append(f"Whether {plan.scope_unknown:,} deals are in scope is unknown; they are judged.")
    unowned = sum(planned.kind is WriteKind.CREATE_TASK and planned.change.owner_id is None for planned in plan.planned)
    if unowned:
        notes.append(
            f"{unowned:,} new tasks go to nobody in particular: neither the deal's owner nor a manager is active. "
            "Set fallback_owner to a user who looks after them."
        )
    notes += warnings(plan.noise)
    notes += [
        f'{rule} became judgeable late and stays in shadow until an overlay says mode = "on" for it.'
        for rule in sorted({rule for rule, _ in plan.late})
    ]
    return tuple(notes)
