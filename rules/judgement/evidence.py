"""What a deal has of each source: a row, a touch, or a value that counts as filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

import polars as pl

from connectors.model import ELEMENTS, ROLES
from rules.judgement.demands import CHANGES
from rules.model import Facts, Lack
from rules.signals.covered import TOUCH_KINDS
from rules.signals.deal import FILLED, deal_frame, extra
from rules.signals.qualification import CONFIRMED
from rules.signals.touches import attributed, seats

TOUCH_DAYS: Final = 90
"""Touches of this many days count: back from now, or from the close of a deal that was won."""

_DATED: Final = frozenset({*(f"field:{element}" for element in ELEMENTS), *(f"field:{column}" for column in FILLED)})
"""The sources whose history, where it is known, says when they were filled."""


def lack_of(source: str, facts: Facts) -> Lack:
    """Return why nothing of *source* can be known, before anything is counted; nothing where it can."""
    table, _, name = source.partition(":")
    if not (facts.readable.get(source, True) and facts.readable.get(table, True)):
        return "not readable"
    # What is not mapped cannot be kept, whatever older rows hold.
    unmapped = name not in facts.extras if name.startswith("x_") else name in ELEMENTS and name not in facts.shows
    return "not mapped" if table == "field" and unmapped else ""


def evidence(
    tables: Mapping[str, pl.DataFrame], facts: Facts, sources: Iterable[str], *, won: bool = False
) -> pl.LazyFrame:
    """Return deal_id and, per source, whether a deal has something of it, over ``tables["deals"]``.

    Of deals that were *won* a value counts only if it was set before the closing day, where history shows that.
    """
    flags, late = _flags(facts), pl.col("_late")
    columns: list[pl.Expr] = []
    for source in sorted(set(sources)):
        flag = flags.get(source, pl.lit(False)) & pl.lit(not lack_of(source, facts))
        if won and source in _DATED:
            flag &= ~late.list.contains(source.partition(":")[2]).fill_null(False)
        columns.append(flag.alias(source))
    frame = _gathered(tables, facts, won=won)
    if won:
        frame = frame.join(_filled_late(tables), on="deal_id", how="left")
    return frame.select("deal_id", *columns)


def _flags(facts: Facts) -> dict[str, pl.Expr]:
    """Return, per source, whether a deal has something of it, over the columns of ``_gathered``."""
    flags = {"phase": pl.col("phase").is_not_null(), CHANGES: pl.col("deal_id").is_not_null()}
    counted = ("roles", *(f"roles:{role}" for role in ROLES), "touches", *(f"touches:{kind}" for kind in TOUCH_KINDS))
    flags.update({source: pl.col(f"_{source}").fill_null(False) for source in counted})
    for element in ELEMENTS:
        filled = pl.col(f"{element}_filled").fill_null(False)
        role = facts.element_roles.get(element)
        flags[f"field:{element}"] = filled | (flags[f"roles:{role}"] if role else pl.lit(False))
    flags[CONFIRMED] = pl.any_horizontal(pl.col(f"{element}_confirmed_on").is_not_null() for element in ELEMENTS)
    flags.update({f"field:{column}": filled for column, filled in FILLED.items()})
    flags.update({f"field:{name}": extra(name, kind).is_not_null() for name, kind in facts.extras.items()})
    return flags


def _gathered(tables: Mapping[str, pl.DataFrame], facts: Facts, *, won: bool) -> pl.LazyFrame:
    """Return the deals with a flag for each role held and each kind of touch logged."""
    until = pl.col("closed_at") if won else pl.lit(facts.now)
    logged = pl.col("at").is_between(until - timedelta(days=TOUCH_DAYS), until) & pl.col("kind").is_in(TOUCH_KINDS)
    touches = tables["touches"].lazy().select("touch_id", "at", "kind")
    if not won:
        touches = touches.filter(logged)
    counted = attributed(touches, tables).join(touches, on="touch_id")
    if won:
        closed = tables["deals"].lazy().select("deal_id", "closed_at")
        counted = counted.join(closed, on="deal_id").filter(logged)
    by_kind = counted.group_by("deal_id").agg(
        pl.lit(True).alias("_touches"),
        *((pl.col("kind") == kind).any().alias(f"_touches:{kind}") for kind in TOUCH_KINDS),
    )
    by_role = (
        tables["roles"]
        .lazy()
        .group_by("deal_id")
        .agg((pl.col("role") == role).any().alias(f"_roles:{role}") for role in ROLES)
    )
    anyone = seats(tables).select("deal_id", pl.lit(True).alias("_roles")).unique()
    frame = deal_frame(tables, facts)
    for part in (by_kind, by_role, anyone):
        frame = frame.join(part, on="deal_id", how="left")
    return frame


def _filled_late(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    """Return, per won deal, the fields whose first known filling was on the closing day or later, as a list."""
    blank = {name: pl.col(name).is_null() | pl.col(name).str.strip_chars().is_in(["", "0"]) for name in ("old", "new")}
    closed = tables["deals"].lazy().select("deal_id", pl.col("closed_at").dt.truncate("1d").alias("closing_day"))
    return (
        tables["changes"]
        .lazy()
        .join(closed, on="deal_id")
        .sort("deal_id", "field", "at", "change_id")
        .group_by("deal_id", "field", maintain_order=True)
        .agg(
            blank["old"].first().alias("began_empty"),
            pl.col("at").filter(~blank["new"]).min().alias("filled_at"),
            pl.col("closing_day").first(),
        )
        .filter(pl.col("began_empty") & (pl.col("filled_at") >= pl.col("closing_day")))
        .group_by("deal_id")
        .agg(pl.col("field").alias("_late"))
    )
