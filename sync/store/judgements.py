"""The last judgement of each deal, committed in one transaction with the plan that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, Table, delete, exists, func, not_, select, update

from rules.judgement.coverage import DEFINITION
from rules.judgement.owners import OwnerCoverage
from rules.judgement.shadow import Late
from rules.judgement.streaks import STREAKS
from rules.model import CoverageVerdict
from sync.model.effect import Effect
from sync.model.judgement import FINDINGS, SCORES, SUPPRESSED, Counts, JudgedState, Judgement
from sync.model.slots import Claims
from sync.store.database.codec import encode, stored_schema
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import day_number, day_of
from sync.store.database.mirror_schema import MIRROR, still_open
from sync.store.database.schema import (
    connections,
    dirty,
    findings,
    late_rules,
    owner_coverage,
    preview_suppressed,
    previews,
    rule_coverage,
    scores,
    streaks,
    suppressed,
)
from sync.store.dirty import add_marks, clear_marks
from sync.store.episodes import Episode, save_episodes
from sync.store.held import Holding, keep_held
from sync.store.ledger import insert_effects
from sync.store.plans import StoredPlan, save_plan
from sync.store.slots import claim

_STORED_FINDINGS: Final = pl.Schema({**FINDINGS, "since_day": pl.Int32(), "shadow": pl.Int8()})


@dataclass(frozen=True, slots=True)
class Judgements:
    """Scores, findings, streaks and coverage verdicts, as of the last judgement."""

    transactions: Transactions

    def commit(
        self,
        conn: int,
        judgement: Judgement,
        *,
        effects: Sequence[Effect] = (),
        plan: StoredPlan | None = None,
        holding: Holding | None = None,
        claims: Claims | None = None,
    ) -> frozenset[str]:
        """Commit a judgement, its plan and planned effects in one transaction, and clear the marks that it answered.

        Only the rows of its deals are replaced. A finding that held before keeps the day since when it does; a deal
        that closed or is gone loses its rows. Of the *effects* those are left out that ask for a task of a person who
        has as many by now, in another connection; their keys are returned.
        """
        with self.transactions.write(conn) as work:
            _replace(work, conn, scores, SCORES, judgement, judgement.scores)
            _replace_findings(work, conn, judgement)
            _replace(work, conn, streaks, STREAKS, judgement, judgement.streaks)
            _replace(work, conn, suppressed, SUPPRESSED, judgement, judgement.suppressed)
            _forget_ended(work, conn, judgement)
            for table in (previews, preview_suppressed):  # what a plan found out is out of date
                work.run(delete(table).where(table.c.conn == conn))
            _replace_measured(work, conn, judgement)
            day = judgement.judged_day
            save_episodes(
                work, conn, [Episode(*episode, state="ended", cleared_day=day) for episode in judgement.released]
            )
            # Marks that a claim sets are newer than those that this judgement answers.
            denied = frozenset[str]() if claims is None else claim(work, conn, claims)
            insert_effects(work, conn, [effect for effect in effects if effect.key not in denied])
            if plan is not None:
                save_plan(work, conn, plan)
            # Marks go with the judgement that answered them: a crash before this commit leaves both as they were.
            clear_marks(work, conn, judgement.marks, everything=judgement.deal_ids is None)
            add_marks(work, conn, [("owner", owner_id) for owner_id in judgement.flipped_owners])
            if holding is not None:
                keep_held(work, conn, holding)
            _remember_state(work, conn, judgement)
        return denied

    def state(self, conn: int) -> JudgedState | None:
        """Return of which day and rules the last complete judgement was; None before the first."""
        with self.transactions.read() as work:
            row = work.first(_judged_state(conn))
        if row is None or row[0] is None:
            return None
        return JudgedState(day_of(int(row[0])), str(row[1]), bool(row[2]))

    def counts(self, conn: int) -> Counts:
        """Count the judged deals in scope, and the findings by rule."""
        judged, waiting, by_rule = _counts(conn)
        with self.transactions.read() as work:
            row, waits, rows = work.first(judged), work.first(waiting), work.fetch(by_rule)
        active, in_shadow = ({rule: count for rule, shadow, count in rows if shadow == kind} for kind in (0, 1))
        judged_count, waiting_count = (0 if counted is None else int(counted[0]) for counted in (row, waits))
        return Counts(judged_count, active, in_shadow, waiting_count)

    def findings(self, conn: int, deal_ids: Iterable[str] | None) -> pl.DataFrame:
        """Return the findings of these deals, or of all if None: deal_id, rule_id, severity."""
        query = _held(conn)
        with self.transactions.read() as work:
            if deal_ids is not None:
                query = query.where(work.among(findings.c.deal_id, "asked", deal_ids))
            return work.frame(query, pl.Schema({name: FINDINGS[name] for name in ("deal_id", "rule_id", "severity")}))

    def streaks(self, conn: int, deal_ids: Iterable[str]) -> pl.DataFrame:
        """Return the streaks of these deals, in the columns of ``STREAKS``."""
        with self.transactions.read() as work:
            chosen = work.among(streaks.c.deal_id, "asked", deal_ids)
            return work.frame(_rows(streaks, conn).where(chosen), STREAKS)

    def suppressed(self, conn: int, deal_ids: Iterable[str] | None = None) -> pl.DataFrame:
        """Return what the caps suppressed, of these deals or, if None, of all, in the columns of ``SUPPRESSED``."""
        query = _rows(suppressed, conn)
        with self.transactions.read() as work:
            if deal_ids is not None:
                query = query.where(work.among(suppressed.c.deal_id, "asked", deal_ids))
            return work.frame(query, SUPPRESSED)

    def late_rules(self, conn: int) -> Late:
        """Return (rule id, pipeline) of what became judgeable only after the first complete judgement."""
        with self.transactions.read() as work:
            return frozenset((rule_id, pipeline) for rule_id, pipeline in work.fetch(_rows(late_rules, conn)))

    def coverage(self, conn: int) -> tuple[CoverageVerdict, ...]:
        """Return the coverage verdicts in force."""
        with self.transactions.read() as work:
            rows = work.fetch(_coverage(conn))
        return tuple(
            CoverageVerdict(rule, source, pipeline, share, bool(judged), bool(lapsed), deals, floor, lack, asked)
            for rule, source, pipeline, share, judged, lapsed, deals, floor, lack, asked, _ in rows
        )

    def owners(self, conn: int) -> tuple[OwnerCoverage, ...]:
        """Return of each owner with enough open deals whether silence on them says anything."""
        with self.transactions.read() as work:
            rows = work.fetch(_rows(owner_coverage, conn).order_by(owner_coverage.c.owner_id))
        return tuple(OwnerCoverage(owner, deals, share, bool(silent)) for owner, deals, share, silent in rows)


# Statements that differ in the connection alone are built once for each.


@cache
def _rows(table: Table, conn: int) -> Select[Any]:
    """Return the query of all rows of *table*."""
    return select(*(column for column in table.c if column.name != "conn")).where(table.c.conn == conn)


@cache
def _coverage(conn: int) -> Select[Any]:
    columns = rule_coverage.c
    query = _rows(rule_coverage, conn).where(columns.definition == DEFINITION)
    return query.order_by(columns.rule_id, columns.source, columns.pipeline)


@cache
def _held(conn: int) -> Select[Any]:
    return select(findings.c.deal_id, findings.c.rule_id, findings.c.severity).where(findings.c.conn == conn)


@cache
def _judged_state(conn: int) -> Select[Any]:
    columns = connections.c
    return select(columns.judged_day, columns.fingerprint, columns.judged_complete).where(columns.conn == conn)


@cache
def _counts(conn: int) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Count the judged deals in scope, the suppressed families, and the findings by rule, active or in shadow."""
    judged = select(func.count()).where(scores.c.conn == conn, scores.c.in_scope == 1)
    waiting = select(func.count()).where(suppressed.c.conn == conn)
    by_rule = select(findings.c.rule_id, findings.c.shadow, func.count()).where(findings.c.conn == conn)
    return judged, waiting, by_rule.group_by(findings.c.rule_id, findings.c.shadow).order_by(findings.c.rule_id)


def _stored(work: Work, conn: int, table: Table, schema: pl.Schema, deal_ids: frozenset[str] | None) -> pl.DataFrame:
    """Read the rows of these deals, in the database's types."""
    query = _rows(table, conn)
    if deal_ids is not None:
        query = query.where(work.among(table.c.deal_id, "judged", deal_ids))
    return work.frame(query, stored_schema(schema))


def _typed(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return frame if frame.schema == schema else frame.select(schema.names()).cast(schema)


def _replace(work: Work, conn: int, table: Table, schema: pl.Schema, judgement: Judgement, rows: pl.DataFrame) -> None:
    """Make the rows of the judged deals equal to *rows*."""
    wanted = encode(_typed(rows, schema))
    _write(work, conn, table, _stored(work, conn, table, schema, judgement.judged), wanted)


def _replace_findings(work: Work, conn: int, judgement: Judgement) -> None:
    stored = _stored(work, conn, findings, _STORED_FINDINGS, judgement.judged)
    before = stored.lazy().select("deal_id", "rule_id", "since_day")
    today = pl.lit(day_number(judgement.judged_day), pl.Int32)
    kinds = {0: judgement.findings, 1: judgement.shadow}
    wanted = (
        pl.concat(
            _typed(rows, FINDINGS).lazy().with_columns(shadow=pl.lit(kind, pl.Int8)) for kind, rows in kinds.items()
        )
        .join(before, on=["deal_id", "rule_id"], how="left", maintain_order="left")
        .with_columns(pl.col("since_day").fill_null(today))
        .select(_STORED_FINDINGS.names())
        .collect()
    )
    _write(work, conn, findings, stored, wanted)


def _write(work: Work, conn: int, table: Table, stored: pl.DataFrame, wanted: pl.DataFrame) -> None:
    """Turn the *stored* rows of a table into the *wanted* ones, touching only those that differ."""
    if stored.is_empty() and wanted.is_empty():
        return
    differing = wanted.join(stored, on=wanted.columns, how="anti", nulls_equal=True)
    if differing.is_empty() and wanted.height == stored.height:
        return  # what holds today mostly held yesterday
    key = [column.name for column in table.primary_key if column.name != "conn"]
    leaving = stored.join(wanted, on=key, how="anti")
    work.remove(table, [(conn, *row) for row in leaving.select(key).rows()])
    work.upsert(table, differing.select(pl.lit(conn).alias("conn"), pl.all()).rows())


def _forget_ended(work: Work, conn: int, judgement: Judgement) -> None:
    """Drop the rows of deals that closed or went: each left a mark; a judgement of some deals need not name them."""
    deals = MIRROR["deals"].c
    is_open = exists().where(deals.conn == conn, deals.deal_id == dirty.c.id, still_open())
    marked = select(dirty.c.id).where(dirty.c.conn == conn, dirty.c.kind == "deal", dirty.c.seq <= judgement.marks)
    ended = marked.where(~is_open, not_(work.among(dirty.c.id, "closed", judgement.closed)))
    if work.first(ended.limit(1)) is not None:
        for table in (scores, findings, streaks, suppressed):
            work.run(delete(table).where(table.c.conn == conn, table.c.deal_id.in_(ended)))


def _replace_measured(work: Work, conn: int, judgement: Judgement) -> None:
    if judgement.coverage is not None:
        _replace_coverage(work, conn, judgement.coverage)
    if judgement.owners is not None:
        _replace_owners(work, conn, judgement.owners)
    if judgement.late is not None:
        work.run(delete(late_rules).where(late_rules.c.conn == conn))
        work.upsert(late_rules, [(conn, *pair) for pair in sorted(judgement.late)])


def _replace_coverage(work: Work, conn: int, verdicts: Sequence[CoverageVerdict]) -> None:
    work.run(delete(rule_coverage).where(rule_coverage.c.conn == conn))
    rows = [
        (verdict.rule, verdict.source, verdict.pipeline, verdict.share, int(verdict.judged), int(verdict.lapsed))
        for verdict in verdicts
    ]
    more = [(verdict.deals, verdict.floor, verdict.lack, verdict.asked, DEFINITION) for verdict in verdicts]
    work.upsert(rule_coverage, [(conn, *row, *rest) for row, rest in zip(rows, more, strict=True)])


def _replace_owners(work: Work, conn: int, owners: Iterable[OwnerCoverage]) -> None:
    work.run(delete(owner_coverage).where(owner_coverage.c.conn == conn))
    work.upsert(
        owner_coverage, [(conn, owner.owner_id, owner.deals, owner.share, int(owner.silent)) for owner in owners]
    )


def _remember_state(work: Work, conn: int, judgement: Judgement) -> None:
    # An incomplete judgement must not count as today's, or the rest would wait until tomorrow.
    state: dict[str, Any] = {"judged_complete": int(judgement.complete)}
    if judgement.complete:
        state["judged_day"] = day_number(judgement.judged_day)
        state["fingerprint"] = judgement.fingerprint
    if judgement.enforced_day is not None:
        # The first such day stays, whatever later cycles know.
        first = func.coalesce(connections.c.enforced_day, day_number(judgement.enforced_day))
        state["enforced_day"] = first
    work.run(update(connections).where(connections.c.conn == conn).values(**state))
