"""Which deals a cycle judges, and their judgement chunk by chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from rules.judgement import causes, coverage, covers, evaluate, score, shadow, streaks
from rules.judgement.shadow import Late
from rules.judgement.streaks import Past
from rules.judgement.sums import reasons
from rules.model import CoverageVerdict, Facts, RuleSet
from rules.signals.asked import asked
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.compute import compute
from sync.connection.context import Cycle
from sync.judge.read_ahead import ahead
from sync.store.store import Store

CHUNK = 25_000
"""Deals judged at once: bounds memory, not results. More of them take no less time each."""

CLOSED_DAYS: Final = 30
"""Rules about closed deals judge them for this many days."""

OUT_OF_SCOPE = "The deal is out of scope."
MUTED = "The deal is muted."
OUTSIDE = "The deal is not in the pilot."

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgement says of some deals.

    *signals* has one row per deal, also of those that are left alone, with what the rules ask for; all others speak
    only of deals that are judged. *verdicts* and *findings* are of the rules that speak, *silent* and *shadow* the
    same of those in shadow.
    """

    signals: pl.DataFrame
    verdicts: pl.DataFrame
    findings: pl.DataFrame
    sums: pl.DataFrame
    silent: pl.DataFrame
    shadow: pl.DataFrame
    streaks: pl.DataFrame
    scores: pl.DataFrame
    owners: pl.DataFrame

    @property
    def left_alone(self) -> Mapping[str, str]:
        """The deals that are not judged, each with the reason: what a task of ours on it says when it is closed."""
        rows = self.signals.filter(~in_scope()).select("deal_id", "muted")
        return {deal_id: MUTED if muted else OUT_OF_SCOPE for deal_id, muted in rows.iter_rows()}

    @property
    def outside(self) -> Mapping[str, str]:
        """The deals that are certainly not in the pilot, with what a task of ours on them says when it is closed."""
        return dict.fromkeys(self.signals.filter(~pl.col("in_pilot"))["deal_id"].to_list(), OUTSIDE)

    @property
    def pilot(self) -> frozenset[str]:
        """The deals that are certainly in the pilot."""
        return frozenset(self.signals.filter("in_pilot")["deal_id"].to_list())


@dataclass(frozen=True, slots=True)
class Scope:
    """The deals to judge: all open ones if *deal_ids* is None.

    *changed* are those that the CRM changed since the last judgement; None where that is not known. *closed* are the
    deals that closed not long ago, to be judged by the rules about such; *first* says that no judgement was committed.
    """

    deal_ids: frozenset[str] | None
    changed: frozenset[str] | None
    marks: int
    closed: frozenset[str] = frozenset()
    first: bool = False


def in_scope() -> pl.Expr:
    """Say which rows of a signals frame are judged: not muted, and not certainly out of scope."""
    return pl.col("in_scope").ne_missing(False) & ~pl.col("muted")


def scope_of(cycle: Cycle, today: date, fingerprint: str, unsettled: Collection[str], *, trusted: bool) -> Scope:
    """Choose the deals to judge.

    Everything when the day turned, when rules, mapping or mode changed, on the first cycle, after one that did not
    end well (*trusted* is False), and for a plan, which is shown whole; else the deals that changed and the
    *unsettled* ones.
    """
    affected = cycle.store.dirty.affected_deals(cycle.conn)
    state = cycle.store.judgements.state(cycle.conn)
    known = state is not None and affected.deal_ids is not None
    current = state is not None and state.day == today and state.fingerprint == fingerprint
    changed = affected.changed if known else None
    closed = _closed(cycle, today)
    if cycle.run.command != "sync" or not trusted or not current or affected.deal_ids is None:
        return Scope(None, changed, affected.marks, closed, first=state is None)
    touched = cycle.store.dirty.affected_closed(cycle.conn) | frozenset(unsettled) if closed else closed
    return Scope(affected.deal_ids | frozenset(unsettled), changed, affected.marks, closed & touched)


def _closed(cycle: Cycle, today: date) -> frozenset[str]:
    """Find the deals that rules about closed deals judge, if there are any such rules."""
    if not cycle.connection.ruleset.judged("closed").rules:
        return frozenset()
    return cycle.store.lookups.closed_since(cycle.conn, today - timedelta(days=CLOSED_DAYS))


@contextmanager
def one_state(cycle: Cycle, scope: Scope) -> Iterator[Cycle]:
    """Let the deals of *scope* be judged and planned from one state of the store, read in one transaction.

    More of them than a chunk are read ahead by another thread, which needs transactions of its own.
    """
    if scope.deal_ids is None or len(scope.deal_ids) > CHUNK:
        yield cycle
    else:
        with cycle.store.snapshot() as snapshot:
            yield replace(cycle, store=snapshot)


class Chunks:
    """The canonical frames of the open deals in a scope, a chunk at a time, in a stable order.

    May be walked more than once; a scope of one chunk is read from the store only once.
    """

    def __init__(self, cycle: Cycle, now: datetime, scope: Scope) -> None:
        self._cycle, self._now = cycle, now
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
            yield from ahead(self._read(ids) for ids in self._ids)

    def _read(self, ids: Sequence[str]) -> Tables:
        return read_tables(self._cycle, ids, self._now)


def read_tables(cycle: Cycle, ids: Iterable[str], now: datetime, *, closed: bool = False) -> Tables:
    """Read what judging these deals takes: open ones, or, if asked for, *closed* ones."""
    since = now - timedelta(days=cycle.connection.touches_days)
    return cycle.store.frames.of_deals(cycle.conn, ids, now=now, touches_since=since, closed=closed)


def _chunks_of(store: Store, conn: int, scope: Scope) -> Sequence[Sequence[str]]:
    if scope.deal_ids is None:
        return tuple(store.lookups.deal_chunks(conn, CHUNK))
    ids = sorted(scope.deal_ids)
    return tuple(ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))


def coverage_in_force(
    cycle: Cycle, facts: Facts, chunks: Iterable[Tables], *, measure: bool
) -> tuple[CoverageVerdict, ...]:
    """Give the coverage verdicts to judge by: those of the last full judgement, or measured afresh over *chunks*."""
    previous = cycle.store.judgements.coverage(cycle.conn)
    if not measure:
        return previous
    parts = [coverage.measure(tables, facts, with_extras(CATALOGUE, facts.extras)) for tables in chunks]
    return coverage.verdicts(add_up(parts), previous) if parts else previous


def late_in_force(cycle: Cycle, facts: Facts, verdicts: Sequence[CoverageVerdict]) -> Late:
    """Give what became judgeable, by *verdicts* or before, only after the first judgement and is not switched on."""
    catalogue, ruleset = with_extras(CATALOGUE, facts.extras), cycle.connection.ruleset
    new = shadow.became_judgeable(ruleset, catalogue, cycle.store.judgements.coverage(cycle.conn), verdicts)
    return shadow.still_late(ruleset, cycle.store.judgements.late_rules(cycle.conn) | new)


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


def judge(
    tables: Tables,
    facts: Facts,
    ruleset: RuleSet,
    past: Past,
    late: Late = frozenset(),
    *,
    every_signal: bool = False,
) -> Judged:
    """Judge the deals of *tables* by all rules of *ruleset*, given what earlier judgements left behind.

    *late* are the (rule, pipeline) that became judgeable only after the first judgement: they stay in shadow.
    Only the signals that the rules ask for are computed, unless *every_signal* is to be shown.
    """
    frame = compute(tables, facts, ruleset, None if every_signal else asked(ruleset))
    catalogue = with_extras(CATALOGUE, facts.extras)
    judgement = evaluate.judge(ruleset, frame.filter(in_scope()), facts, catalogue, past.fired())
    settled = streaks.settle(ruleset.rules, judgement.verdicts, past, facts.today, facts.calendars.connection)
    loud, silent = shadow.split(ruleset, settled.verdicts, frame.select("deal_id", "pipeline"), late)
    active = ruleset.active()
    findings = evaluate.findings_of(active, loud)
    counting = causes.unwaived(active, findings, frame, past.waived)
    sums = reasons(active, counting, frame)
    return Judged(
        signals=covers.without_covered(active, counting, frame),
        verdicts=loud,
        findings=findings,
        sums=sums,
        silent=silent,
        shadow=evaluate.findings_of(ruleset, silent),
        streaks=settled.streaks,
        scores=score.score(active, loud, sums),
        owners=tables["owners"],
    )
