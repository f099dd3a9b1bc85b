"""The plan of a whole cycle: what is wanted for every judged deal against what the CRM holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from connectors.model import WriteKind
from rules.judgement.shadow import Late
from rules.judgement.streaks import STREAKS
from rules.model import CoverageVerdict
from sync.connection.context import Cycle
from sync.judge.coverage import Measured
from sync.judge.judge import Judged, in_scope
from sync.judge.judge_deals import JudgedDeals
from sync.judge.scope import CLOSED_DAYS
from sync.model.change import PlannedChange, WriteContent
from sync.model.cycle_report import PlanCount
from sync.model.judgement import FINDINGS, SCORES
from sync.model.noise import Noise, TaskOutcome, noise_of
from sync.model.origin import Origin
from sync.model.own_task import TaskState
from sync.model.refused import RefusedEffect
from sync.model.slots import Claims
from sync.model.suppressed import Suppressed
from sync.model.task_key import DIGEST_TODAY
from sync.plan.capacity import first_enforced
from sync.plan.closed_deals import close_ended, closed_families
from sync.plan.deal_plans import DealPlans, PlanBasis, plan_deals
from sync.plan.digest import plan_digests
from sync.plan.refused import looked_at, quarantine_of
from sync.plan.scores import plan_blanks, plan_scores
from sync.plan.slots import claims_of
from sync.plan.todays_digest import is_for_manager, plan_todays_digests


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """Everything that a cycle found out and wants, before anything is written anywhere."""

    planned: tuple[PlannedChange, ...]
    findings: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame  # deal_id, score, band, confidence, reasons, in_scope
    coverage: tuple[CoverageVerdict, ...]  # what was judged by
    silent_owners: frozenset[str]
    late: Late
    released: tuple[tuple[str, str, int], ...]
    suppressed: tuple[Suppressed, ...] = ()
    noise: Mapping[str, Noise] = field(default_factory=dict)  # by rule; only where all deals were judged
    scope_unknown: int = 0  # deals of which it cannot be told whether they are in scope
    pilot: frozenset[str] | None = None  # deals that are in the pilot; None where there is none
    looked_up: Mapping[str, Origin] = field(default_factory=dict)  # origins of tasks that no key tells
    again: Mapping[WriteContent, RefusedEffect] = field(default_factory=dict)  # refused before, to be tried again
    unwanted: tuple[str, ...] = ()  # refused effects that nobody wants any more
    claims: Claims | None = None  # on the caps of people that other connections know too
    enforced_day: date | None = None  # when the connection first enforced; None where it does not
    measured: Measured | None = None  # coverage for the next judgement; only where all deals were judged
    coverage_changes: bool = False
    whole: bool = False  # whether all open deals were judged

    @property
    def judged(self) -> int:
        """How many of the deals that this cycle judged are in scope."""
        return self.scores.filter(pl.col("in_scope")).height

    @property
    def going_first(self) -> int:
        """How many of them are in the pilot; all where there is none."""
        if self.pilot is None:
            return self.judged
        return self.scores.filter(pl.col("in_scope") & pl.col("deal_id").is_in(list(self.pilot))).height

    def count(self) -> PlanCount:
        """Count the wanted changes by kind."""
        kinds = [planned.kind for planned in self.planned]
        return PlanCount(
            create=kinds.count(WriteKind.CREATE_TASK),
            update=kinds.count(WriteKind.UPDATE_TASK),
            close=kinds.count(WriteKind.CLOSE_TASK),
            scores=kinds.count(WriteKind.WRITE_SCORE),
            suppressed=len(self.suppressed),
        )


def plan_changes(basis: PlanBasis, judged: JudgedDeals, *, retrying: bool = False) -> CyclePlan:
    """Compare what is wanted for the *judged* deals with what the CRM holds.

    What it refused before is left out, unless it is to be tried again (*retrying*).
    """
    cycle, policy, scope, ruleset = basis.cycle, basis.policy, basis.scope, basis.policy.ruleset
    # By content: a refused task is tried again as soon as what is wanted of it differs.
    quarantine = quarantine_of(cycle, retrying=retrying)
    reviews = replace(policy, families=closed_families(ruleset), strangers=False)
    parts = [*((part, policy) for part in judged.still_open), *((part, reviews) for part in judged.closed)]
    deals = plan_deals(basis, parts, quarantine.keys)
    wanted = [*deals.planned, *_plan_digests(basis, deals), *_plan_scores(basis, judged), *_plan_ended_deals(basis)]
    planned = quarantine.sendable(wanted)
    both = (*judged.still_open, *judged.closed)
    return CyclePlan(
        planned=planned,
        findings=_stack([part.findings for part in both], FINDINGS),
        shadow=_stack([part.shadow for part in both], FINDINGS),
        streaks=_stack([part.streaks for part in both], STREAKS),
        scores=_stack([_score_rows(part) for part in judged.still_open], SCORES),
        coverage=judged.force.verdicts,
        silent_owners=judged.force.silent_owners,
        late=judged.force.late,
        released=tuple(deals.released),
        suppressed=_with_told(basis, deals, planned),
        looked_up=basis.history.looked_up,
        enforced_day=_enforced_day(basis),
        claims=claims_of(cycle, basis.facts, basis.tasks, basis.history.tasks.values(), planned),
        noise=_noise(basis) if scope.deal_ids is None else {},
        again=quarantine.by_content if retrying else {},
        unwanted=quarantine.unwanted(wanted, deals.suppressed, looked_at(cycle, scope, quarantine.effects)),
        scope_unknown=sum(part.signals.get_column("in_scope").null_count() for part in judged.still_open),
        measured=judged.measured,
        coverage_changes=judged.coverage_changes,
        whole=scope.deal_ids is None,
        pilot=None if ruleset.pilot is None else frozenset[str]().union(*(part.pilot for part in judged.still_open)),
    )


def _enforced_day(basis: PlanBasis) -> date | None:
    enforces = basis.cycle.connection.furthest == "enforce"
    return first_enforced(basis.cycle, basis.facts, basis.tasks) if enforces else None


def _with_told(basis: PlanBasis, deals: DealPlans, planned: Iterable[PlannedChange]) -> tuple[Suppressed, ...]:
    """Return what is suppressed, with what the *planned* digests of today tell to managers marked as told."""
    if basis.cycle.connection.furthest != "enforce":
        return tuple(deals.suppressed)
    made = (change for change in planned if change.kind is WriteKind.CREATE_TASK)
    readers = {change.change.owner_id for change in made if change.change.family == DIGEST_TODAY}
    told = {line.deal_id for line in deals.urgent if line.person in readers}
    return tuple(
        replace(entry, told=entry.told or (is_for_manager(entry) and entry.want.deal_id in told))
        for entry in deals.suppressed
    )


def _plan_digests(basis: PlanBasis, deals: DealPlans) -> Iterator[PlannedChange]:
    """Plan the digests of today, and the week's, which only a judgement of all deals knows enough for."""
    if basis.digest is not None:
        yield from plan_todays_digests(deals.urgent, basis.tasks, basis.history, basis.policy)
    if basis.digest is not None and basis.scope.deal_ids is None:
        yield from plan_digests(deals.lines, basis.tasks, basis.history, basis.policy, basis.digest)


def _noise(basis: PlanBasis) -> dict[str, Noise]:
    """Count what became of all managed tasks, rule by rule."""
    columns = ("body", "reason", "answer", "due", "is_open", "is_deleted", "completed_at")
    rows = basis.tasks.sort("created_at", "task_id").select(columns).iter_rows()
    return noise_of((TaskOutcome(*row) for row in rows), basis.facts.today)


def _plan_ended_deals(basis: PlanBasis) -> Iterator[PlannedChange]:
    history, lookups, conn = basis.history, basis.cycle.store.lookups, basis.cycle.conn
    open_on = {task.deal_id for task in history.tasks.values() if task.state is TaskState.OPEN or task.duplicates}
    ended = {deal: how for deal, how in lookups.endings(conn, open_on).items() if how is not None}
    since = basis.facts.today - timedelta(days=CLOSED_DAYS)
    recent = lookups.closed_since(conn, since) if ended else frozenset()
    yield from close_ended(ended, lookups.deal_names(conn, ended), recent, history, basis.policy)


def _plan_scores(basis: PlanBasis, judged: JudgedDeals) -> Iterator[PlannedChange]:
    if basis.cycle.connection.write_scores:
        for part in judged.still_open:
            yield from _plan_scores_of(part, basis.cycle, basis.facts.today)


def _plan_scores_of(judged: Judged, cycle: Cycle, today: date) -> Iterator[PlannedChange]:
    connection = cycle.connection
    names = judged.signals.select("deal_id", "name")
    actual = cycle.store.frames.own_scores(cycle.conn, names["deal_id"].to_list())
    wanted = judged.scores.join(names, on="deal_id", how="left", maintain_order="left")
    yield from plan_scores(wanted, actual, connection=connection.name, today=today, min_change=connection.min_change)
    excluded = judged.excluded
    outside = names.filter(pl.col("deal_id").is_in(list(excluded)))
    yield from plan_blanks(outside, actual, excluded, connection=connection.name)


def _score_rows(judged: Judged) -> pl.DataFrame:
    """Return one row per deal, out of scope ones without a score."""
    scope = judged.signals.select("deal_id", in_scope().alias("in_scope"))
    return scope.join(judged.scores, on="deal_id", how="left", maintain_order="left").select(list(SCORES))


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat([frame.select(list(schema)).cast(schema) for frame in frames])
