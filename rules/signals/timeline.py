"""Where a deal is on the playbook's timeline: how long its phase may last, what it skipped, what is to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import days_between, local_day
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.phases import longest, phase_at, phase_map, place_of, shortest, shortest_after

MOVES_WINDOW_DAYS: Final = 180
"""Moves back to an earlier phase count for this many days."""

_NUMBER, _DATE, _PHASE = SignalType.NUMBER, SignalType.DATE, SignalType.PHASE
_IN_PHASE: Final = ("phase",)


def catalogue() -> list[Signal]:
    """Return the signals of this module."""

    def of_phase(name: str, kind: SignalType, meaning: str, *, unit: str = "", ages: bool = False) -> Signal:
        return Signal(name, kind, meaning, unit, _IN_PHASE, history="full", ages=ages)

    return [
        of_phase("phase_least_days", _NUMBER, "The playbook's shortest stay in the phase.", unit="days"),
        of_phase("phase_limit_days", _NUMBER, "The playbook's longest stay in the phase.", unit="days"),
        of_phase("phase_use", _NUMBER, "days_in_phase as a multiple of phase_limit_days.", ages=True),
        of_phase(
            "days_after_phase", _NUMBER, "Days that the playbook's shortest way takes after the phase.", unit="days"
        ),
        of_phase(
            "remaining_need_days",
            _NUMBER,
            "Days that the playbook's shortest way still takes: days_after_phase and what is left of the phase.",
            unit="days",
            ages=True,
        ),
        of_phase("phase_before", _PHASE, "The phase that the deal came from when it entered this one."),
        of_phase("phases_skipped", _NUMBER, "Phases between phase_before and this one that it jumped over."),
        of_phase("phase_before_days", _NUMBER, "Days that the deal spent in phase_before.", unit="days"),
        of_phase("phase_before_use", _NUMBER, "phase_before_days as a share of the playbook's shortest stay there."),
        of_phase(
            "furthest_phase",
            _PHASE,
            f"The latest phase that the deal was in during the last {MOVES_WINDOW_DAYS} days.",
            ages=True,
        ),
        of_phase("phase_regressed_on", _DATE, "Day on which the deal last moved back to an earlier phase.", ages=True),
    ]


def phase_moves(tables: Mapping[str, pl.DataFrame], facts: Facts, deals: pl.LazyFrame) -> pl.LazyFrame:
    """Return what a deal's moves between phases say, one row per deal that has any; *deals* has pipeline and phase."""
    phases = [
        phase_map(facts).rename({"stage_id": side, "phase": f"{side}_phase"}).select("pipeline", side, f"{side}_phase")
        for side in ("old", "new")
    ]
    moves = (
        tables["changes"]
        .lazy()
        .filter(pl.col("field") == "stage")
        .join(deals.select("deal_id", "pipeline", "phase"), on="deal_id")
        .join(phases[0], on=["pipeline", "old"], how="left", nulls_equal=True)
        .join(phases[1], on=["pipeline", "new"], how="left", nulls_equal=True)
        # Several stages make one phase: a move between them is no move here.
        .filter(pl.col("new_phase").is_not_null() & pl.col("old_phase").ne_missing(pl.col("new_phase")))
        .with_columns(place_of(pl.col("old_phase")).alias("from"), place_of(pl.col("new_phase")).alias("to"))
        .sort("deal_id", "at", "change_id")
    )
    day = local_day(pl.col("at"), facts.time_zone)
    recent = days_between(day, pl.lit(facts.today)).is_between(0, MOVES_WINDOW_DAYS)
    here = pl.col("new_phase") == pl.col("phase")
    entered_before = pl.col("day_into").filter(pl.col("new_phase") == pl.col("old_phase").filter(here).last()).last()
    return (
        moves.with_columns(day.alias("day_into"))
        .group_by("deal_id", maintain_order=True)
        .agg(
            pl.col("old_phase").filter(here).last().alias("phase_before"),
            pl.col("day_into").filter(here).last().alias("_left_before_on"),
            entered_before.alias("_entered_before_on"),
            pl.max_horizontal(pl.col("from").filter(recent).max(), pl.col("to").filter(recent).max()).alias(
                "_furthest"
            ),
            pl.col("day_into").filter(recent & (pl.col("to") < pl.col("from"))).max().alias("phase_regressed_on"),
        )
    )


def timeline_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module, from phase, days in it and the columns of ``phase_moves``."""
    seen = pl.lit(facts.readable.get("changes", True) and not facts.stale_tables & {"changes", "deals"})
    phase, before, days = pl.col("phase"), pl.col("phase_before"), pl.col("days_in_phase")
    after = shortest_after(phase)
    left = (shortest(phase) - days).clip(lower_bound=0)
    # A deal that was created in its phase came from nowhere and skipped nothing.
    began_here = pl.col("_left_before_on").is_null() & (pl.col("phase_entered_on") <= pl.col("created_on"))
    skipped = (pl.col("_place") - place_of(before) - 1).clip(lower_bound=0)
    stayed = days_between(pl.coalesce("_entered_before_on", "created_on"), pl.col("_left_before_on"))
    # A deal back in a phase that it had left: its earlier stay there is no stay before this one.
    stayed = pl.when(stayed >= 0).then(stayed)
    place = pl.col("_place")
    values = {
        "phase_least_days": shortest(phase),
        "phase_limit_days": longest(phase),
        "phase_use": days / longest(phase),
        "days_after_phase": after,
        "remaining_need_days": pl.when(after.is_not_null()).then(after + left),
        "phase_before": before,
        "phases_skipped": pl.when(seen).then(pl.when(began_here).then(0).otherwise(skipped)),
        "phase_before_days": pl.when(seen & before.is_not_null()).then(stayed),
        "phase_before_use": pl.when(seen & before.is_not_null()).then(stayed / shortest(before)),
        "furthest_phase": pl.when(seen & place.is_not_null()).then(phase_at(pl.max_horizontal("_furthest", place))),
        "phase_regressed_on": pl.when(seen).then("phase_regressed_on"),
    }
    return [value.alias(name) for name, value in values.items()]
