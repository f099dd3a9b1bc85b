"""MEDDPICC signals: the level that each element has reached, and which texts only fill a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from connectors.model import ELEMENTS
from rules.model import Facts, Gates
from rules.signals.lists import numbers, worded

ELEMENT_NAMES: Final[Mapping[str, str]] = {
    "metrics": "Metrics",
    "economic_buyer": "Economic Buyer",
    "decision_criteria": "Decision Criteria",
    "decision_process": "Decision Process",
    "paper_process": "Paper Process",
    "implicate_pain": "Implicate Pain",
    "champion": "Champion",
    "competition": "Competition",
}
"""How tasks name the elements."""


def level_signals(facts: Facts, gates: Gates) -> list[pl.Expr]:
    """Return level, filled and filler of every element, from the mirror's columns and the roles that prove elements.

    An element is unknown when any source that it is mapped to cannot be read. ``_<element>_recorded`` is the level that
    counts no touch, so that no turn of the day moves it.
    """
    signals: list[pl.Expr] = []
    for element in ELEMENTS:
        mirrored, filled = pl.col(f"{element}_level"), pl.col(f"{element}_filled")
        recorded, role = mirrored, facts.element_roles.get(element)
        if role is not None:
            held = pl.col(f"has_{role}")
            fresh = pl.col(f"days_since_{role}_touch") <= gates.fresh_days.get(element, 0)
            # The role alone shows 1; a fresh two-way touch with its holder confirms it: 2.
            shown = pl.when(~held).then(0).when("touches_seen").then(1 + fresh.fill_null(False).cast(pl.Int8))
            recorded = pl.when(held.is_not_null()).then(pl.max_horizontal(mirrored, held.cast(pl.Int8)))
            mirrored = pl.when(shown.is_not_null()).then(pl.max_horizontal(mirrored, shown))
            filled = filled.fill_null(False) | held
        readable = pl.lit(facts.readable.get(f"field:{element}", True))
        values = {
            f"{element}_level": mirrored.cast(pl.Int64),
            f"_{element}_recorded": recorded.cast(pl.Int64),
            f"{element}_filled": filled,
            f"{element}_filler": pl.col(f"{element}_filler"),
        }
        signals += [pl.when(readable).then(value).alias(name) for name, value in values.items()]
    return signals


def summary_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals over all mapped elements that ask no gate: the sum, what is recorded, and filler texts.

    Filler that is seen counts even while other fields are hidden; no filler seen is unknown while one is.
    """
    mapped = [element for element in ELEMENTS if element in facts.shows]
    levels = [pl.col(f"{element}_level") for element in mapped]
    total = pl.sum_horizontal(levels, ignore_nulls=False) if levels else pl.lit(None)
    flags = {element: pl.col(f"{element}_filler") for element in ELEMENTS}
    count = pl.sum_horizontal(flags.values()).cast(pl.Int64)
    hidden = any(not facts.readable.get(f"field:{element}", True) for element in mapped)
    # Where a field is hidden, none of the others being filler does not mean that there is none.
    seen = pl.any_horizontal(flag.is_not_null() for flag in flags.values()) & ~((count == 0) & pl.lit(hidden))
    fillers = numbers(pl.when(flag).then(pl.lit(place)) for place, flag in enumerate(flags.values()))
    return [
        total.cast(pl.Int64).alias("meddpicc_sum"),
        _recorded(mapped).alias("meddpicc_recorded"),
        pl.when(seen).then(count).alias("meddpicc_filler_count"),
        pl.when(seen).then(worded(fillers, dict(enumerate(ELEMENT_NAMES.values())))).alias("meddpicc_fillers"),
    ]


def _recorded(mapped: Sequence[str]) -> pl.Expr:
    levels = [pl.col(f"_{element}_recorded") + 10 * place for place, element in enumerate(mapped)]
    texts = {
        10 * place + level: f"{ELEMENT_NAMES[element]} {level}"
        for place, element in enumerate(mapped)
        for level in range(10)
    }
    return worded(numbers(levels), texts)
