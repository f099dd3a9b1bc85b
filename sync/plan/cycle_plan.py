"""The plan of a whole cycle: every chunk judged, planned, and gathered for one commit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

import polars as pl

from connectors.model import WriteKind
from rules.judgement.shadow import Late
from rules.judgement.streaks import STREAKS
from rules.model import CoverageVerdict, Facts, RuleSet
from sync.connection.context import Cycle
from sync.judge.judge import (
    CLOSED_DAYS,
    Chunks,
    Judged,
    Scope,
    coverage_in_force,
    in_scope,
    judge,
    late_in_force,
    read_tables,
)
from sync.judge.past import Memory
from sync.model.change import PlannedChange
from sync.model.cycle_report import PlanCount
from sync.model.effect import Effect
from sync.model.judgement import FINDINGS, SCORES
from sync.model.noise import Noise, ToldTask, noise_of
from sync.model.own_task import TaskState
from sync.model.suppressed import Suppressed
from sync.plan.capacity import backlog_of, disputes_of, load_of, refused_keys, wants_of
from sync.plan.caps import suppress
from sync.plan.closed_deals import close_ended, closed_families
from sync.plan.deal_view import DealView, views
from sync.plan.digest import Digest, Line, lines_of, plan_digests
from sync.plan.own_tasks import latest_by_reason
from sync.plan.policy import History, Policy
from sync.plan.regrouped import follow_rules
from sync.plan.scores import plan_blanks, plan_scores
from sync.plan.tasks import plan_deal, releases

SHIPPED_FAMILIES: Final = frozenset(
    {
        "threading",
        "slip",
        "engagement",
        "champion",
        "meddpicc",
        "stage-age",
        "mutual-plan",
        "procurement",
        "hygiene",
        "review",
    }
)
"""Names that never change, so that tasks of a family that a rule set no longer has are still known as ours."""


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """Everything that a cycle found out and wants, before anything is written anywhere."""

    planned: tuple[PlannedChange, ...]
    findings: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame  # deal_id, score, band, confidence, reasons, in_scope
    coverage: tuple[CoverageVerdict, ...]
    late: Late
    released: tuple[tuple[str, str, int], ...]
    suppressed: tuple[Suppressed, ...] = ()
    noise: Mapping[str, Noise] = field(default_factory=dict)  # by rule; only where all deals were judged
    scope_unknown: int = 0  # deals of which it cannot be told whether they are in scope
    pilot: frozenset[str] | None = None  # deals that are in the pilot; None where there is none
    quarantined: Mapping[str, int] = field(default_factory=dict)  # wanted, refused before, by the CRM's message

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
        kinds = [one.kind for one in self.planned]
        return PlanCount(
            create=kinds.count(WriteKind.CREATE_TASK),
            update=kinds.count(WriteKind.UPDATE_TASK),
            close=kinds.count(WriteKind.CLOSE_TASK),
            scores=kinds.count(WriteKind.WRITE_SCORE),
            suppressed=len(self.suppressed),
        )


def plan_connection(cycle: Cycle, facts: Facts, scope: Scope, *, whole: bool = True) -> CyclePlan:
    """Judge the deals of *scope* and compare what is wanted for them with what the CRM holds.

    Where not everything could be read, not *whole*, the coverage of the last whole judgement stands.
    """
    connection, store, conn = cycle.connection, cycle.store, cycle.conn
    chunks = Chunks(cycle, facts.now, scope)
    verdicts = coverage_in_force(cycle, facts, chunks, measure=whole and scope.deal_ids is None)
    late = late_in_force(cycle, facts, verdicts)
    facts = replace(facts, coverage=verdicts)
    draft = _Draft.of(cycle, facts, scope)
    memory = Memory(store, conn, draft.history.tasks, connection.ruleset, first=scope.first)
    parts: list[Judged] = []
    for at, tables in enumerate(chunks, start=1):
        judged = judge(tables, facts, connection.ruleset.judged(), memory.of(tables), late)
        parts.append(judged)
        cycle.run.progress.stage(connection.name, "judging deals", at, len(chunks))
    reviewed = _judge_closed(cycle, facts, scope.closed, memory)
    refused = store.ledger.quarantined(conn)
    reviews = replace(draft.policy, families=closed_families(connection.ruleset))
    suppressed = draft.plan_tasks(
        [*((judged, draft.policy) for judged in parts), *((judged, reviews) for judged in reviewed)],
        refused_keys(refused),
    )
    draft.plan_digests(whole=scope.deal_ids is None)
    for judged in parts:
        draft.plan_scores(judged)
    draft.planned.extend(_plan_ended_deals(cycle, facts.today, draft.history, draft.policy))
    return CyclePlan(
        planned=tuple(change for change in draft.planned if change.content not in refused),
        findings=_stack([part.findings for part in (*parts, *reviewed)], FINDINGS),
        shadow=_stack([part.shadow for part in (*parts, *reviewed)], FINDINGS),
        streaks=_stack([part.streaks for part in (*parts, *reviewed)], STREAKS),
        scores=_stack([_score_rows(part) for part in parts], SCORES),
        coverage=verdicts,
        late=late,
        released=tuple(draft.released),
        suppressed=tuple(suppressed),
        noise=draft.noise() if scope.deal_ids is None else {},
        quarantined=Counter(_why(refused[change.content]) for change in draft.planned if change.content in refused),
        scope_unknown=sum(part.signals.get_column("in_scope").null_count() for part in parts),
        pilot=None if connection.ruleset.pilot is None else frozenset[str]().union(*(part.pilot for part in parts)),
    )


def _why(refused: Effect) -> str:
    return refused.message or refused.code or "refused without a reason"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A plan as it grows, with everything that it is made by."""

    cycle: Cycle
    facts: Facts
    changed: frozenset[str] | None
    tasks: pl.DataFrame
    history: History
    policy: Policy
    digest: Digest | None
    first: bool
    planned: list[PlannedChange] = field(default_factory=list)
    released: list[tuple[str, str, int]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    disputed: list[Suppressed] = field(default_factory=list)

    @classmethod
    def of(cls, cycle: Cycle, facts: Facts, scope: Scope) -> _Draft:
        connection, families = cycle.connection, known_families(cycle.connection.ruleset)
        policy = Policy(
            connection=connection.name,
            ruleset=connection.ruleset,
            families=families,
            today=facts.today,
            from_severity=connection.from_severity,
            subject_prefix=connection.subject_prefix,
            cooldown=connection.cooldown,
            caps=connection.caps,
            calendar=facts.calendars.connection,
        )
        tasks = cycle.store.tasks.all(cycle.conn)
        history = _history(cycle, tasks, families, facts.time_zone)
        digest = (
            None if connection.digest_weekday is None else Digest(connection.digest_weekday, connection.digest_from)
        )
        return cls(cycle, facts, scope.changed, tasks, history, policy, digest, scope.first)

    def plan_tasks(self, parts: Sequence[tuple[Judged, Policy]], refused: Collection[str]) -> list[Suppressed]:
        """Plan the tasks of all judged deals, each part by its policy; give what caps and disputes suppress.

        The caps look at all deals before the first task is worded, since a task also tells what waits behind it.
        """
        suppressed = self._suppress(parts, refused)
        waiting: dict[str, set[str]] = defaultdict(set)
        for one in suppressed:
            waiting[one.want.deal_id].add(one.want.family)
        for judged, policy in parts:
            for view in self._views(judged):
                behind = waiting[view.deal_id]
                self.planned.extend(plan_deal(view, self.history, policy, behind))
                self.disputed.extend(disputes_of(view, self.history, policy))
                self.released.extend(releases(view, self.history, policy))
                if self.digest is not None:
                    self.lines.extend(lines_of(view, self.history, policy, self.digest, behind))
        return [*suppressed, *self.disputed]

    def plan_digests(self, *, whole: bool) -> None:
        """Plan the week's digests, which only a *whole* judgement knows enough for."""
        if self.digest is not None and whole:
            self.planned.extend(plan_digests(self.lines, self.tasks, self.history, self.policy, self.digest))

    def _suppress(self, parts: Sequence[tuple[Judged, Policy]], refused: Collection[str]) -> list[Suppressed]:
        if not self.policy.caps.any:
            return []
        wants = [
            want
            for judged, policy in parts
            for view in self._views(judged)
            for want in wants_of(view, self.history, policy, refused)
        ]
        old = backlog_of(self.cycle, wants, first=self.first)
        new = set(wants) - {one.want for one in old}
        load = load_of(self.cycle, self.facts, self.tasks, self.history.tasks.values())
        return [*old, *suppress(new, load, self.policy.caps)]

    def _views(self, judged: Judged) -> Iterator[DealView]:
        one = self.cycle.connection
        return views(judged, self.history.tasks, one.ruleset, self.facts, self.changed, one.fallback_owner)

    def noise(self) -> dict[str, Noise]:
        """Count what became of all our tasks, rule by rule."""
        columns = ("body", "reason", "answer", "due", "is_open", "is_deleted", "completed_at")
        told = (ToldTask(*row) for row in self.tasks.sort("created_at", "task_id").select(columns).iter_rows())
        return noise_of(told, self.facts.today)

    def plan_scores(self, judged: Judged) -> None:
        if self.cycle.connection.write_scores:
            self.planned.extend(_plan_scores(judged, self.cycle, self.facts.today))


def _judge_closed(cycle: Cycle, facts: Facts, deal_ids: frozenset[str], memory: Memory) -> list[Judged]:
    """Judge the deals that closed not long ago by the rules about such, if there are any."""
    if not deal_ids:
        return []
    tables = read_tables(cycle, sorted(deal_ids), facts.now, closed=True)
    return [judge(tables, facts, cycle.connection.ruleset.judged("closed"), memory.of(tables))]


def known_families(ruleset: RuleSet) -> frozenset[str]:
    """Give the families whose tasks are known as ours: those of the rules, and those that ever shipped."""
    return frozenset(ruleset.families) | SHIPPED_FAMILIES


def _history(cycle: Cycle, tasks: pl.DataFrame, families: frozenset[str], time_zone: str) -> History:
    store, conn = cycle.store, cycle.conn
    latest = latest_by_reason(
        tasks,
        families,
        bases=store.task_fields.of_open_tasks(conn),
        time_zone=time_zone,
        origins_of=partial(store.tasks.origins, conn),
    )
    return History(
        tasks=follow_rules(latest, cycle.connection.ruleset),
        reached=store.ledger.highest_episode(conn),
        released=store.episodes.released(conn),
    )


def _plan_ended_deals(cycle: Cycle, today: date, history: History, policy: Policy) -> Iterator[PlannedChange]:
    store, conn = cycle.store, cycle.conn
    open_on = {task.deal_id for task in history.tasks.values() if task.state is TaskState.OPEN or task.beside}
    ended = {deal: how for deal, how in store.lookups.endings(conn, open_on).items() if how is not None}
    recent = store.lookups.closed_since(conn, today - timedelta(days=CLOSED_DAYS)) if ended else frozenset()
    yield from close_ended(ended, store.lookups.deal_names(conn, ended), recent, history, policy)


def _plan_scores(judged: Judged, cycle: Cycle, today: date) -> Iterator[PlannedChange]:
    connection = cycle.connection
    names = judged.signals.select("deal_id", "name")
    actual = cycle.store.frames.own_scores(cycle.conn, names["deal_id"].to_list())
    wanted = judged.scores.join(names, on="deal_id", how="left", maintain_order="left")
    yield from plan_scores(wanted, actual, connection=connection.name, today=today, min_change=connection.min_change)
    left_alone = judged.left_alone
    outside = names.filter(pl.col("deal_id").is_in(list(left_alone)))
    yield from plan_blanks(outside, actual, left_alone, connection=connection.name)


def _score_rows(judged: Judged) -> pl.DataFrame:
    """Give one row per deal, out of scope ones without a score."""
    scope = judged.signals.select("deal_id", in_scope().alias("in_scope"))
    return scope.join(judged.scores, on="deal_id", how="left", maintain_order="left").select(list(SCORES))


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat([frame.select(list(schema)).cast(schema) for frame in frames])
