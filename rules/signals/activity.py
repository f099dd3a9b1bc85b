"""Days without touch on the deal as a whole, and what its people did in the present phase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import owner_days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.explained import unexplained

_IN_TOUCHES: Final = ("touches",)
_IN_BOTH: Final = ("phase", "touches")


def catalogue() -> list[Signal]:
    """Return the signals of this module."""
    number, date = SignalType.NUMBER, SignalType.DATE
    return [
        Signal(
            "silent_since",
            date,
            "Day of the last logged two-way touch with anyone, else of the deal's creation; unknown if the CRM knows "
            "of later activity that no row explains.",
            sources=_IN_TOUCHES,
        ),
        Signal(
            "silent_business_days", number, "Business days since silent_since.", "business days", _IN_TOUCHES, ages=True
        ),
        Signal("touches_in_phase", number, "Days with a logged two-way touch in the present phase.", "days", _IN_BOTH),
        Signal("meetings_in_phase", number, "Meetings held in the present phase.", "meetings", _IN_BOTH),
    ]


def activity_frame(touches: pl.LazyFrame, entered: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per deal that has a touch in its phase; *entered* has deal_id and phase_entered_on."""
    return (
        touches.filter(pl.col("two_way"))
        .join(entered, on="deal_id")
        .filter(pl.col("day") >= pl.col("phase_entered_on"))
        .group_by("deal_id")
        .agg(
            pl.col("day").n_unique().cast(pl.Int64).alias("_touches_in_phase"),
            pl.col("meeting").sum().cast(pl.Int64).alias("_meetings_in_phase"),
        )
    )


def activity_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module, from days of touch, creation and phase, and the columns of ``activity``."""
    seen, today = pl.col("touches_seen"), pl.lit(facts.today)
    since = pl.coalesce("last_touch_on", "created_on")
    known = pl.when(seen & ~unexplained(since)).then(since)
    in_phase = seen & pl.col("phase_entered_on").is_not_null()
    values: Mapping[str, pl.Expr] = {
        "silent_since": known,
        "silent_business_days": owner_days_between(known, today, facts.calendars),
        "touches_in_phase": pl.when(in_phase).then(pl.col("_touches_in_phase").fill_null(0)),
        "meetings_in_phase": pl.when(in_phase).then(pl.col("_meetings_in_phase").fill_null(0)),
    }
    return [value.alias(name) for name, value in values.items()]
