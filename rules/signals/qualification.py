"""How good the qualification is as a whole: its sum against the gate, its weakest element, and what has gone stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from connectors.model import ELEMENTS
from rules.days.calendar import days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.lists import numbers, worded
from rules.signals.meddpicc import ELEMENT_NAMES

STALE_DAYS: Final[Mapping[str, int]] = {"economic_buyer": 30, "champion": 30}
"""After how many days a confirmed element wants confirming again; STALE_DAYS_ELSE for all that are not named."""

STALE_DAYS_ELSE: Final = 45
"""The same for the other elements."""

QUALIFICATION_SIGNALS: Final = ("meddpicc_total_shortfall", "meddpicc_weakest_level", "meddpicc_weakest")
"""The signals of this module that depend on the gate, and so on the segment."""

CONFIRMED: Final = "confirmed"
"""The source of days on which elements were confirmed."""

_CONFIRMED: Final = 2
_NAMES: Final = dict(enumerate(ELEMENT_NAMES.values()))


def catalogue() -> list[Signal]:
    """Return the signals of this module."""
    sources = tuple(f"field:{element}" for element in ELEMENTS)

    def over_all(name: str, kind: SignalType, meaning: str) -> Signal:
        return Signal(name, kind, meaning, sources=sources, any_source=True, ages=True)

    number, listed = SignalType.NUMBER, SignalType.LIST
    return [
        over_all(
            "meddpicc_total_shortfall",
            number,
            "By how much the levels of the elements that the gate asks for sum up to less than the gate does.",
        ),
        over_all("meddpicc_weakest_level", number, "Lowest level among the elements that the gate asks for."),
        over_all("meddpicc_weakest", listed, "The elements of that level."),
        Signal(
            "meddpicc_stale_count",
            number,
            f"Elements confirmed (2 or more) over {STALE_DAYS_ELSE} days ago; economic buyer and champion over 30.",
            sources=(CONFIRMED,),
            ages=True,
        ),
        Signal("meddpicc_stale", listed, "Those elements.", sources=(CONFIRMED,), ages=True),
    ]


def stale_signals(facts: Facts) -> list[pl.Expr]:
    """Return which confirmed elements want confirming again; unknown where no day of confirmation is kept."""
    today = pl.lit(facts.today)
    mapped = [element for element in ELEMENTS if element in facts.shows]
    stale = {
        element: (pl.col(f"{element}_level") >= _CONFIRMED)
        & (days_between(pl.col(f"{element}_confirmed_on"), today) > STALE_DAYS.get(element, STALE_DAYS_ELSE))
        for element in mapped
    }
    if not stale:
        return [
            pl.lit(None, dtype=pl.Int64).alias("meddpicc_stale_count"),
            pl.lit(None, dtype=pl.List(pl.String)).alias("meddpicc_stale"),
        ]
    # Without a single day of confirmation the org keeps none: unknown, and not "none is stale".
    kept = pl.any_horizontal(pl.col(f"{element}_confirmed_on").is_not_null() for element in mapped)
    entries = numbers(
        pl.when(stale[element]).then(pl.lit(place)) for place, element in enumerate(ELEMENTS) if element in stale
    )
    count = pl.sum_horizontal(flag.fill_null(False).cast(pl.Int64) for flag in stale.values())
    return [
        pl.when(kept).then(count).alias("meddpicc_stale_count"),
        pl.when(kept).then(worded(entries, _NAMES)).alias("meddpicc_stale"),
    ]


def gate_sums(facts: Facts) -> list[pl.Expr]:
    """Return sum and weakest of the elements that the gate asks for, from the columns that the gate leaves."""
    mapped = [element for element in ELEMENTS if element in facts.shows]
    short, required, level = (
        {element: pl.col(pattern.format(element)) for element in mapped}
        for pattern in ("_{}_short", "_{}_required", "{}_level")
    )
    asked = {element: (short[element] >= 0) & (required[element] > 0) for element in mapped}
    unknown = pl.any_horizontal(short[element].is_null() for element in mapped) if mapped else pl.lit(True)
    gaps = [_where(asked[element], required[element] - level[element]) for element in mapped]
    weakest = pl.min_horizontal(_where(asked[element], level[element]) for element in mapped) if mapped else _nothing()
    entries = [
        pl.when(asked[element] & (level[element] == weakest)).then(pl.lit(place))
        for place, element in enumerate(ELEMENTS)
        if element in asked
    ]
    known = ~unknown & weakest.is_not_null()
    return [
        pl.when(known).then(_sum(gaps).clip(lower_bound=0)).alias("meddpicc_total_shortfall"),
        pl.when(known).then(weakest).alias("meddpicc_weakest_level"),
        pl.when(known).then(worded(numbers(entries), _NAMES)).alias("meddpicc_weakest"),
    ]


def _where(asked: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(asked).then(value)


def _sum(parts: Iterable[pl.Expr]) -> pl.Expr:
    listed = list(parts)
    return pl.sum_horizontal(listed) if listed else _nothing()


def _nothing() -> pl.Expr:
    return pl.lit(None, dtype=pl.Int64)
