"""The playbook's phases: how long each takes, and how they compare inside Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from connectors.model import PHASES
from rules.model import Facts

PHASE_DAYS: Final[Mapping[str, tuple[int, int]]] = {
    "discovery": (14, 28),
    "qualification": (7, 14),
    "evaluation": (28, 56),
    "business_case": (14, 28),
    "procurement": (28, 84),
    "close": (14, 28),
    "onboarding": (28, 84),
}
"""The playbook's shortest and longest stay in each phase, in days."""

_PLACES: Final = {phase: place for place, phase in enumerate(PHASES)}
# Onboarding begins with the signature, so that no way to it leads through there.
_BEFORE_CLOSE: Final = [phase for phase in PHASES if phase != "onboarding"]


def place_of(phase: pl.Expr) -> pl.Expr:
    """Return the place of a phase in PHASES; unknown for none."""
    return phase.replace_strict(_PLACES, default=None, return_dtype=pl.Int64)


def phase_at(place: pl.Expr) -> pl.Expr:
    """Return the phase at a place in PHASES; unknown for none."""
    names = {place: phase for phase, place in _PLACES.items()}
    return place.replace_strict(names, default=None, return_dtype=pl.String)


def shortest(phase: pl.Expr) -> pl.Expr:
    """Return the shortest stay that the playbook gives *phase*."""
    return _days(phase, {name: low for name, (low, _) in PHASE_DAYS.items()})


def longest(phase: pl.Expr) -> pl.Expr:
    """Return the longest stay that the playbook gives *phase*."""
    return _days(phase, {name: high for name, (_, high) in PHASE_DAYS.items()})


def shortest_after(phase: pl.Expr) -> pl.Expr:
    """Return the days that the playbook's shortest way takes from the end of *phase* to the signature."""
    after = {
        name: sum(PHASE_DAYS[later][0] for later in _BEFORE_CLOSE[place + 1 :])
        for place, name in enumerate(_BEFORE_CLOSE)
    }
    return _days(phase, after)


def _days(phase: pl.Expr, days: Mapping[str, int]) -> pl.Expr:
    return phase.replace_strict(dict(days), default=None, return_dtype=pl.Int64)


def phase_map(facts: Facts) -> pl.LazyFrame:
    """Return the configured map as a frame: pipeline, stage_id, phase."""
    rows = [(pipeline, stage, phase) for (pipeline, stage), phase in sorted(facts.phases.items())]
    schema = {"pipeline": pl.String(), "stage_id": pl.String(), "phase": pl.String()}
    return pl.LazyFrame(rows, schema=schema, orient="row")
