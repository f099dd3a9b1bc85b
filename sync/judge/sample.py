"""What a chunk of deals says of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from rules.judgement import coverage
from rules.judgement.demands import Demand
from rules.judgement.owners import measure_owners
from rules.model import Facts
from sync.judge.chunks import Tables


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured on some open deals in scope: by rule, source and pipeline, and by owner."""

    sources: pl.DataFrame
    owners: pl.DataFrame


def sample(tables: Tables, signals: pl.DataFrame, facts: Facts, demanded: Sequence[Demand]) -> Sample:
    """Measure coverage on the deals of *signals*, which are in scope and unmasked."""
    return Sample(coverage.measure(tables, signals, facts, demanded), measure_owners(signals, facts))
