"""The plan of a whole cycle: every chunk judged, planned, and gathered for one commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from connectors.model import WriteKind
from rules.model import CoverageVerdict, Facts
from sync.connected import Cycle
from sync.judging import Chunks, Judged, Scope, coverage_in_force, in_scope, judge
from sync.own_tasks import TaskState, latest_by_reason
from sync.plan import History, Planned, Policy, plan_closed_deal, plan_deal, releases
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

_CLOSED_REASONS: Mapping[str, str] = {
    "won": "The deal was won.",
    "lost": "The deal was lost.",
    "gone": "The deal was deleted.",
}


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """Everything that a cycle found out and wants, before anything is written anywhere."""

    planned: tuple[Planned, ...]
    findings: pl.DataFrame
    scores: pl.DataFrame  # deal_id, score, band, confidence, reasons, in_scope
    coverage: tuple[CoverageVerdict, ...]
    released: tuple[tuple[str, str, int], ...]

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
    facts = replace(facts, coverage=verdicts)
    families = frozenset(one.ruleset.families) | SHIPPED_FAMILIES
    history = _history(store, conn, families)
    policy = Policy(one.name, one.ruleset, families, facts.today, one.from_severity, one.subject_prefix)
    planned = list(_plan_closed_deals(store, conn, history, policy))
    parts: list[Judged] = []
    released: list[tuple[str, str, int]] = []
    for at, tables in enumerate(chunks, start=1):
        judged = judge(tables, facts, one.ruleset, store.held(conn, tables["deals"]["deal_id"].to_list()))
        for view in views(judged, history.tasks, one, facts, scope.changed):
            planned.extend(plan_deal(view, history, policy))
            released.extend(releases(view, history, families))
        if one.write_scores:
            planned.extend(_plan_scores(judged, cycle, facts.today))
        parts.append(judged)
        cycle.run.progress.stage(one.name, "judging deals", at, len(chunks))
    refused = store.quarantined(conn)
    return CyclePlan(
        planned=tuple(change for change in planned if change.item not in refused),
        findings=_stack([part.findings for part in parts], FINDINGS),
        scores=_stack([_score_rows(part) for part in parts], SCORES),
        coverage=verdicts,
        released=tuple(released),
    )


def _history(store: Store, conn: int, families: frozenset[str]) -> History:
    return History(
        tasks=latest_by_reason(store.own_tasks(conn), families),
        reached=store.highest_episode(conn),
        released=store.released(conn),
    )


def _plan_closed_deals(store: Store, conn: int, history: History, policy: Policy) -> Iterator[Planned]:
    """Close our open tasks on deals that are won, lost or deleted: such deals are no longer judged."""
    open_on = {task.deal_id for task in history.tasks.values() if task.state is TaskState.OPEN}
    ended = {deal: how for deal, how in store.closed_or_gone(conn, open_on).items() if how is not None}
    names = store.deal_names(conn, ended)
    for deal_id in sorted(ended):
        why = _CLOSED_REASONS[ended[deal_id]]
        yield from plan_closed_deal(deal_id, names.get(deal_id, ""), why, history, policy)


def _plan_scores(judged: Judged, cycle: Cycle, today: date) -> Iterator[Planned]:
    one = cycle.one
    names = judged.signals.select("deal_id", "name")
    actual = cycle.store.own_scores(cycle.conn, names["deal_id"].to_list())
    wanted = judged.scores.join(names, on="deal_id", how="left", maintain_order="left")
    yield from plan_scores(wanted, actual, connection=one.name, today=today, min_change=one.min_change)
    outside = names.filter(pl.col("deal_id").is_in(list(judged.out_of_scope)))
    yield from plan_blanks(outside, actual, connection=one.name)


def _score_rows(judged: Judged) -> pl.DataFrame:
    """Give one row per deal, out of scope ones without a score."""
    scope = judged.signals.select("deal_id", in_scope().alias("in_scope"))
    return scope.join(judged.scores, on="deal_id", how="left", maintain_order="left").select(list(SCORES))


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat([frame.select(list(schema)).cast(schema) for frame in frames])
