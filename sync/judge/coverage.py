"""Which sources of evidence count, and which rules became judgeable late: measured afresh, or as last measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from rules.judgement import coverage, shadow
from rules.judgement.shadow import Late
from rules.model import CoverageVerdict, Facts
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.connection.context import Cycle
from sync.judge.chunks import Tables


def coverage_in_force(
    cycle: Cycle, facts: Facts, chunks: Iterable[Tables], *, measure: bool
) -> tuple[CoverageVerdict, ...]:
    """Return the coverage verdicts to judge by: those of the last full judgement, or measured afresh over *chunks*."""
    previous = cycle.store.judgements.coverage(cycle.conn)
    # A few deals say nothing of how well a source is kept.
    if not measure:
        return previous
    parts = [coverage.measure(tables, facts, with_extras(CATALOGUE, facts.extras)) for tables in chunks]
    return coverage.verdicts(add_up(parts), previous) if parts else previous


def late_in_force(cycle: Cycle, facts: Facts, verdicts: Sequence[CoverageVerdict]) -> Late:
    """Return what became judgeable, by *verdicts* or before, only after the first judgement and is not switched on."""
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
