"""The mutual action plan, as far as an org keeps it in mapped fields of the deal."""

from __future__ import annotations

from typing import Final

import polars as pl

from rules.days.calendar import days_between, owner_days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.mapped_fields import Fields, source_of

AHEAD_DAYS: Final = 14
"""A step of the plan is near if it is due within these days."""

_NUMBER, _DATE, _YES = SignalType.NUMBER, SignalType.DATE, SignalType.BOOLEAN


def catalogue() -> list[Signal]:
    """Return the signals of this module."""

    def of(name: str, kind: SignalType, meaning: str, field: str, *, unit: str = "", ages: bool = False) -> Signal:
        return Signal(f"mutual_plan_{name}", kind, meaning, unit, (source_of(field),), ages=ages)

    return [
        of("agreed", _YES, "Whether there is a mutual action plan.", "mutual_plan"),
        of("started_on", _DATE, "First day of the plan.", "mutual_plan_started"),
        of("age_days", _NUMBER, "Days since the plan began.", "mutual_plan_started", unit="days", ages=True),
        of("next_on", _DATE, "Day of the plan's next open step.", "mutual_plan_next"),
        of(
            "step_near",
            _YES,
            f"Whether a step of the plan is due within {AHEAD_DAYS} days.",
            "mutual_plan_next",
            ages=True,
        ),
        of("last_on", _DATE, "Day of the plan's last step.", "mutual_plan_last"),
        of("past_close_days", _NUMBER, "Days by which the last step is later than the close date.", "mutual_plan_last"),
        of("steps", _NUMBER, "Open steps of the plan.", "mutual_plan_steps"),
        of("buyer_steps", _NUMBER, "Open steps that the buyer owns.", "mutual_plan_buyer_steps"),
        of("late_steps", _NUMBER, "Steps that are late.", "mutual_plan_late_steps"),
        of("late_since", _DATE, "Day on which the longest late step was due.", "mutual_plan_late_since"),
        of(
            "late_business_days",
            _NUMBER,
            "Business days since the longest late step was due; 0 if none is late.",
            "mutual_plan_late_since",
            unit="business days",
            ages=True,
        ),
    ]


def mutual_plan_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module from the extras of each deal, and its close date."""
    fields, today = Fields(facts), pl.lit(facts.today)
    started, ahead, last = (fields.value(f"mutual_plan_{name}") for name in ("started", "next", "last"))
    late = fields.value("mutual_plan_late_since")
    # An empty "late since" says that nothing is late; an unmapped one says nothing.
    none_late = ~fields.filled("mutual_plan_late_since")
    near = days_between(today, ahead).is_between(0, AHEAD_DAYS).fill_null(False)
    values = {
        "agreed": fields.done("mutual_plan"),
        "started_on": started,
        "age_days": days_between(started, today),
        "next_on": ahead,
        "step_near": pl.when(fields.filled("mutual_plan_next").is_not_null()).then(near),
        "last_on": last,
        "past_close_days": days_between(pl.col("close_date"), last),
        **{name: fields.value(f"mutual_plan_{name}") for name in ("steps", "buyer_steps", "late_steps")},
        "late_since": late,
        "late_business_days": (
            pl.when(none_late).then(0).when(late <= today).then(owner_days_between(late, today, facts.calendars))
        ),
    }
    return [value.alias(f"mutual_plan_{name}") for name, value in values.items()]
