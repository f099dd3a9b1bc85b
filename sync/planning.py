"""The plan of a whole cycle: every chunk judged, planned, and gathered for one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import polars as pl

from connectors.model import WriteKind
from rules.model import CoverageVerdict, Facts
from rules.shadow import Late
from rules.streaks import STREAKS
from sync.connected import Cycle
from sync.judging import (
    Chunks,
    Judged,
    Scope,
    coverage_in_force,
    in_scope,
    judge,
    late_in_force,
    read_tables,
)
from sync.memory import Memory
from sync.own_tasks import TaskState, latest_by_reason
from sync.plan import History, Planned, Policy, plan_deal, releases
from sync.plan_closed import CLOSED_DAYS, close_ended, closed_families
from sync.plan_scores import plan_blanks, plan_scores
from sync.report import PlanCount
from sync.store.judgement import FINDINGS, SCORES
from sync.store.store import Store
from sync.views import views

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

    planned: tuple[Planned, ...]
    findings: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame  # deal_id, score, band, confidence, reasons, in_scope
    coverage: tuple[CoverageVerdict, ...]
    late: Late
    released: tuple[tuple[str, str, int], ...]
    scope_unknown: int = 0  # deals of which it cannot be told whether they are in scope

    def count(self) -> PlanCount:
        """Count the wanted changes by kind."""
        kinds = [one.kind for one in self.planned]
        return PlanCount(
            create=kinds.count(WriteKind.CREATE_TASK),
            update=kinds.count(WriteKind.UPDATE_TASK),
            close=kinds.count(WriteKind.CLOSE_TASK),
            scores=kinds.count(WriteKind.WRITE_SCORE),
        )


def plan_connection(cycle: Cycle, facts: Facts, scope: Scope) -> CyclePlan:
    """Judge the deals of *scope* and compare what is wanted for them with what the CRM holds."""
    one, store, conn = cycle.one, cycle.store, cycle.conn
    chunks = Chunks(cycle, facts.now, scope)
    verdicts = coverage_in_force(cycle, facts, chunks, measure=scope.deal_ids is None)
    late = late_in_force(cycle, facts, verdicts)
    facts = replace(facts, coverage=verdicts)
    families = frozenset(one.ruleset.families) | SHIPPED_FAMILIES
    history = _history(store, conn, families)
    policy = Policy(one.name, one.ruleset, families, facts.today, one.from_severity, one.subject_prefix)
    memory = Memory(store, conn, history.tasks, one.ruleset, first=scope.first)
    planned: list[Planned] = []
    parts: list[Judged] = []
    released: list[tuple[str, str, int]] = []
    for at, tables in enumerate(chunks, start=1):
        judged = judge(tables, facts, one.ruleset.judged(), memory.of(tables), late)
        for view in views(judged, history.tasks, one.ruleset, facts, scope.changed, one.fallback_owner):
            planned.extend(plan_deal(view, history, policy))
            released.extend(releases(view, history, families))
        if one.write_scores:
            planned.extend(_plan_scores(judged, cycle, facts.today))
        parts.append(judged)
        cycle.run.progress.stage(one.name, "judging deals", at, len(chunks))
    closed = _judge_closed(cycle, facts, scope.closed, memory)
    if closed is not None:
        reviews = closed_families(one.ruleset)
        for view in views(closed, history.tasks, one.ruleset, facts, scope.changed, one.fallback_owner):
            planned.extend(plan_deal(view, history, replace(policy, families=reviews)))
            released.extend(releases(view, history, reviews))
    ended = list(_plan_ended_deals(cycle, facts.today, history, policy))
    refused = store.quarantined(conn)
    every = [*parts, *([closed] if closed is not None else [])]
    return CyclePlan(
        planned=tuple(change for change in (*ended, *planned) if change.item not in refused),
        findings=_stack([part.findings for part in every], FINDINGS),
        shadow=_stack([part.shadow for part in every], FINDINGS),
        streaks=_stack([part.streaks for part in every], STREAKS),
        scores=_stack([_score_rows(part) for part in parts], SCORES),
        coverage=verdicts,
        late=late,
        released=tuple(released),
        scope_unknown=sum(part.signals.get_column("in_scope").null_count() for part in parts),
    )


def _judge_closed(cycle: Cycle, facts: Facts, deal_ids: frozenset[str], memory: Memory) -> Judged | None:
    """Judge the deals that closed not long ago by the rules about such; None where there is nothing to judge."""
    if not deal_ids:
        return None
    tables = read_tables(cycle, sorted(deal_ids), facts.now, closed=True)
    return judge(tables, facts, cycle.one.ruleset.judged("closed"), memory.of(tables))


def _history(store: Store, conn: int, families: frozenset[str]) -> History:
    return History(
        tasks=latest_by_reason(store.own_tasks(conn), families),
        reached=store.highest_episode(conn),
        released=store.released(conn),
    )


def _plan_ended_deals(cycle: Cycle, today: date, history: History, policy: Policy) -> Iterator[Planned]:
    store, conn = cycle.store, cycle.conn
    open_on = {task.deal_id for task in history.tasks.values() if task.state is TaskState.OPEN}
    ended = {deal: how for deal, how in store.closed_or_gone(conn, open_on).items() if how is not None}
    recent = store.closed_since(conn, today - timedelta(days=CLOSED_DAYS)) if ended else frozenset()
    yield from close_ended(ended, store.deal_names(conn, ended), recent, history, policy)


def _plan_scores(judged: Judged, cycle: Cycle, today: date) -> Iterator[Planned]:
    one = cycle.one
    names = judged.signals.select("deal_id", "name")
    actual = cycle.store.own_scores(cycle.conn, names["deal_id"].to_list())
    wanted = judged.scores.join(names, on="deal_id", how="left", maintain_order="left")
    yield from plan_scores(wanted, actual, connection=one.name, today=today, min_change=one.min_change)
    left_alone = judged.left_alone
    outside = names.filter(pl.col("deal_id").is_in(list(left_alone)))
    yield from plan_blanks(outside, actual, left_alone, connection=one.name)


def _score_rows(judged: Judged) -> pl.DataFrame:
    """Give one row per deal, out of scope ones without a score."""
    scope = judged.signals.select("deal_id", in_scope().alias("in_scope"))
    return scope.join(judged.scores, on="deal_id", how="left", maintain_order="left").select(list(SCORES))


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat([frame.select(list(schema)).cast(schema) for frame in frames])
