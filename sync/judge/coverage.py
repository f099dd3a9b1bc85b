"""Which sources of evidence count, by rule and by owner: as measured last, and what is measured for the next time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import polars as pl

from rules.judgement import coverage, shadow
from rules.judgement.demands import Demand, demands, measured_by
from rules.judgement.owners import OwnerCoverage, owner_verdicts, silent
from rules.judgement.shadow import Late
from rules.model import CoverageVerdict, Facts
from rules.signals.asked import asked
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.compute import compute
from sync.connection.context import Cycle
from sync.judge.chunks import Tables, read_tables
from sync.judge.judge import in_scope
from sync.judge.sample import Sample, sample
from sync.judge.scope import Scope

WON_DAYS: Final = 180
"""Deals that were won in so many days help to decide where open ones are too few."""

MOST_WON: Final = 1_000
"""Of more of them the latest count; a handful would do."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Coverage as a whole judgement leaves it for the next; *owners* is None where they were not asked this time."""

    verdicts: tuple[CoverageVerdict, ...]
    late: Late
    owners: tuple[OwnerCoverage, ...] | None


@dataclass(frozen=True, slots=True)
class InForce:
    """Coverage to judge by; *demanded* is what is to be measured meanwhile, *measured* what was beforehand."""

    verdicts: tuple[CoverageVerdict, ...]
    silent_owners: frozenset[str]
    late: Late
    demanded: tuple[Demand, ...] = ()
    measured: Measured | None = None


def coverage_in_force(cycle: Cycle, facts: Facts, chunks: Iterable[Tables], scope: Scope, *, whole: bool) -> InForce:
    """Return the coverage of the last complete measurement; where there is none for some rule, measure over *chunks*.

    Only a *whole* judgement of all deals measures: verdicts do not change with what was not read.
    """
    store, conn, ruleset = cycle.store.judgements, cycle.conn, cycle.connection.ruleset
    previous = () if scope.first else store.coverage(conn)
    owners = () if scope.first else store.owners(conn)
    late = shadow.still_late(ruleset, frozenset() if scope.first else store.late_rules(conn))
    last = InForce(coverage.in_force(previous, facts), silent(owners), late)
    if not whole or scope.deal_ids is not None:
        return last
    demanded = demands(ruleset, with_extras(CATALOGUE, facts.extras))
    previous = coverage.still_asked(previous, demanded)
    if coverage.is_measured(previous, demanded):
        return replace(last, demanded=demanded)
    samples = [_first_sample(cycle, tables, facts, demanded) for tables in chunks]
    measured = _measured(cycle, facts, demanded, samples, previous, late)
    measured = replace(measured, owners=_owners(samples, owners))
    return InForce(measured.verdicts, silent(measured.owners or ()), measured.late, measured=measured)


def measured_meanwhile(
    cycle: Cycle, facts: Facts, force: InForce, scope: Scope, samples: Sequence[Sample | None]
) -> Measured | None:
    """Return what the judgement that is over measured; None where it was none of all deals."""
    if not force.demanded:
        return force.measured
    store, conn = cycle.store.judgements, cycle.conn
    state = store.state(conn)
    previous = () if scope.first else coverage.still_asked(store.coverage(conn), force.demanded)
    taken = [sample for sample in samples if sample is not None]
    day_turned = state is None or state.day != facts.today
    measured = _measured(cycle, facts, force.demanded, taken, previous, force.late)
    return replace(measured, owners=_owners(taken, store.owners(conn))) if day_turned else measured


def changes_judgement(force: InForce, measured: Measured | None) -> bool:
    """Whether what was measured meanwhile makes other verdicts than those that were judged by."""
    if measured is None:
        return False
    sides = [
        {(verdict.rule, verdict.source, verdict.pipeline) for verdict in side if verdict.judged}
        for side in _sides(force, measured)
    ]
    return sides[0] != sides[1] or force.late != measured.late


def _sides(force: InForce, measured: Measured) -> Iterator[tuple[CoverageVerdict, ...]]:
    yield force.verdicts
    yield measured.verdicts


def _first_sample(cycle: Cycle, tables: Tables, facts: Facts, demanded: Sequence[Demand]) -> Sample:
    return sample(tables, _signals(cycle, tables, facts, demanded), facts, demanded)


def _signals(cycle: Cycle, tables: Tables, facts: Facts, demanded: Sequence[Demand]) -> pl.DataFrame:
    """Compute what coverage is measured by, as if everything were kept."""
    pipelines = tables["deals"].get_column("pipeline").fill_null("").unique().to_list()
    kept = replace(facts, coverage=coverage.assumed(pipelines, demanded))
    ruleset = cycle.connection.ruleset.judged()
    return compute(tables, kept, ruleset, measured_by(asked(ruleset))).filter(in_scope())


def _measured(
    cycle: Cycle,
    facts: Facts,
    demanded: Sequence[Demand],
    samples: Sequence[Sample],
    previous: Sequence[CoverageVerdict],
    late: Late,
) -> Measured:
    ruleset = cycle.connection.ruleset
    sources = coverage.add_up([sample.sources for sample in samples]) if samples else coverage.MEASURED.to_frame()
    won = _won(cycle, facts, demanded) if coverage.too_few(sources) else coverage.MEASURED.to_frame()
    verdicts = coverage.verdicts(sources, won, demanded, facts, previous)
    new = shadow.became_judgeable(ruleset, with_extras(CATALOGUE, facts.extras), previous, verdicts)
    return Measured(verdicts, shadow.still_late(ruleset, late | new), None)


def _owners(samples: Sequence[Sample], known: Iterable[OwnerCoverage]) -> tuple[OwnerCoverage, ...]:
    return owner_verdicts([sample.owners for sample in samples], known) if samples else ()


def _won(cycle: Cycle, facts: Facts, demanded: Sequence[Demand]) -> pl.DataFrame:
    """Measure on deals that were won not long ago; those of which touches are no longer kept say nothing of touches."""
    ids = cycle.store.lookups.won_since(cycle.conn, facts.today - timedelta(days=WON_DAYS), MOST_WON)
    if not ids:
        return coverage.MEASURED.to_frame()
    tables = read_tables(cycle, ids, facts.now, closed=True)
    signals = _signals(cycle, tables, facts, demanded)
    since = facts.now - timedelta(days=cycle.connection.touches_days)
    return coverage.measure_won(tables, signals, facts, demanded, touches_since=since)
