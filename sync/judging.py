"""Which deals a cycle judges, and their judgement chunk by chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from rules import coverage, evaluate, score, signals
from rules.catalogue import CATALOGUE, with_extras
from rules.model import CoverageVerdict, Facts, RuleSet
from sync.connected import Cycle
from sync.store.store import Store

CHUNK = 50_000
"""Deals judged at once: bounds memory, not results."""

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgement says of some deals.

    *signals* has one row per deal, in and out of scope; *verdicts*, *findings* and *scores* speak only of deals in
    scope.
    """

    signals: pl.DataFrame
    verdicts: pl.DataFrame
    findings: pl.DataFrame
    scores: pl.DataFrame
    owners: pl.DataFrame

    @property
    def out_of_scope(self) -> frozenset[str]:
        """The deals that the scope leaves out."""
        return frozenset(self.signals.filter(~in_scope())["deal_id"].to_list())


@dataclass(frozen=True, slots=True)
class Scope:
    """The deals to judge: all open ones if *deal_ids* is None.

    *changed* are those that the CRM changed since the last judgement; None where that is not known.
    """

    deal_ids: frozenset[str] | None
    changed: frozenset[str] | None
    marks: int


def in_scope() -> pl.Expr:
    """Say which rows of a signals frame are in scope; an unknown scope is judged all the same."""
    return pl.col("in_scope").ne_missing(False)


def scope_of(cycle: Cycle, today: date, fingerprint: str, unsettled: Collection[str], *, trusted: bool) -> Scope:
    """Choose the deals to judge.

    Everything when the day turned, when rules, mapping or mode changed, on the first cycle, after one that did not
    end well (*trusted* is False), and for a plan, which is shown whole; else the deals that changed and the
    *unsettled* ones.
    """
    affected = cycle.store.affected_deals(cycle.conn)
    state = cycle.store.judged_state(cycle.conn)
    known = state is not None and affected.deal_ids is not None
    current = state is not None and state.day == today and state.fingerprint == fingerprint
    changed = affected.deal_ids if known else None
    if cycle.run.command != "sync" or not trusted or not current or affected.deal_ids is None:
        return Scope(None, changed, affected.marks)
    return Scope(affected.deal_ids | frozenset(unsettled), changed, affected.marks)


class Chunks:
    """The canonical frames of the deals in a scope, a chunk at a time, in a stable order.

    May be walked more than once; a scope of one chunk is read from the store only once.
    """

    def __init__(self, cycle: Cycle, now: datetime, scope: Scope) -> None:
        self._store, self._conn, self._now = cycle.store, cycle.conn, now
        self._since = now - timedelta(days=cycle.one.touches_days)
        self._ids = _chunks_of(cycle.store, cycle.conn, scope)
        self._only: Tables | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Tables]:
        if len(self._ids) == 1:
            if self._only is None:
                self._only = self._read(self._ids[0])
            yield self._only
        else:
            yield from (self._read(ids) for ids in self._ids)

    def _read(self, ids: Sequence[str]) -> Tables:
        return self._store.frames(self._conn, ids, now=self._now, touches_since=self._since)


def _chunks_of(store: Store, conn: int, scope: Scope) -> Sequence[Sequence[str]]:
    if scope.deal_ids is None:
        return tuple(store.deal_chunks(conn, CHUNK))
    ids = sorted(scope.deal_ids)
    return tuple(ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))


def coverage_in_force(
    cycle: Cycle, facts: Facts, chunks: Iterable[Tables], *, measure: bool
) -> tuple[CoverageVerdict, ...]:
    """Give the coverage verdicts to judge by: those of the last full judgement, or measured afresh over *chunks*."""
    previous = cycle.store.coverage(cycle.conn)
    if not measure:
        return previous
    parts = [coverage.measure(tables, facts, with_extras(CATALOGUE, facts.extras)) for tables in chunks]
    return coverage.verdicts(add_up(parts), previous) if parts else previous


def add_up(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add coverage measured on disjoint sets of deals into one frame, shares weighted by deals."""
    covered = (pl.col("share") * pl.col("deals")).sum() / pl.col("deals").sum()
    return (
        pl.concat(parts)
        .group_by("source", "pipeline")
        .agg(pl.col("deals").sum(), covered.alias("share"))
        .select("source", "pipeline", "deals", "share")
        .sort("source", "pipeline")
    )


def judge(tables: Tables, facts: Facts, ruleset: RuleSet, held: pl.DataFrame) -> Judged:
    """Judge the deals of *tables*; *held* are the findings so far, which rules with a target look at."""
    frame = signals.compute(tables, facts, ruleset)
    catalogue = with_extras(CATALOGUE, facts.extras)
    judgement = evaluate.judge(ruleset, frame.filter(in_scope()), facts, catalogue, held)
    scores = score.score(ruleset, judgement.verdicts)
    return Judged(frame, judgement.verdicts, judgement.findings, scores, tables["owners"])
