"""Summary dates of the CRM that a row explains: what moved them is known, and leaves silence as it is.

A CRM's date of last activity also moves by what is no two-way touch: by an e-mail that was sent, a to-do that somebody
ticked off, and by managed tasks, at which a CRM takes the day on which they were due.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import local_day
from rules.model import Facts

_TOLERANCE: Final = pl.duration(days=1)
"""The CRM may keep its summary date in another time zone."""


def explained_dates(tables: Mapping[str, pl.DataFrame], facts: Facts) -> pl.LazyFrame:
    """Return the deals whose summary date is the day of a row that was read: deal_id and ``activity_explained``."""
    summaries = tables["deals"].lazy().select("deal_id", "last_activity_on").drop_nulls()
    near = (pl.col("day") - pl.col("last_activity_on")).abs() <= _TOLERANCE
    days = pl.concat([_days_of_touches(tables, facts), _days_of_own_tasks(tables)])
    found = days.join(summaries, on="deal_id").filter(near).select("deal_id").unique()
    return found.with_columns(pl.lit(value=True).alias("activity_explained"))


def unexplained(since: pl.Expr) -> pl.Expr:
    """Whether the summary date is later than *since*, by more than time zones can make, and no row says why."""
    later = pl.col("last_activity_on") > since + _TOLERANCE
    return (later & pl.col("activity_explained").is_null()).fill_null(value=False)


def _days_of_touches(tables: Mapping[str, pl.DataFrame], facts: Facts) -> pl.LazyFrame:
    """Return the days of touches that are linked to a deal and of which it is known what they were."""
    # A call or mail of unknown direction may have been two-way: it explains nothing.
    known = (pl.col("direction") != "unknown") | (pl.col("kind") == "other")
    touches = tables["touches"].lazy().filter(known)
    links = tables["touch_links"].lazy().filter(pl.col("deal_id").is_not_null()).select("touch_id", "deal_id")
    dated = touches.select("touch_id", local_day(pl.col("at"), facts.time_zone).alias("day"))
    return links.join(dated, on="touch_id").select("deal_id", "day")


def _days_of_own_tasks(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    own = tables["own_tasks"].lazy()
    closed = ~pl.col("is_open") & pl.col("is_deleted").ne_missing(True) & pl.col("deal_id").is_not_null()
    return own.filter(closed).select("deal_id", pl.col("due").alias("day")).drop_nulls()
