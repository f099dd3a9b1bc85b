"""Which touches count for which deal, and what follows from them.

A touch counts for a deal if it is linked to it, or if it is linked to no deal, one of its contacts holds a role there,
and it falls between the deal's creation and close. Two-way are a meeting that was held, a connected call and an
inbound e-mail; what was only sent out never counts. A meeting that lies ahead is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rules.days.calendar import days_between, local_day
from rules.model import Facts
from rules.signals.explained import unexplained


@dataclass(frozen=True, slots=True)
class DealTouches:
    """Touches of deals: *each* has one row per touch and deal, *by_deal* one per deal, *by_contact* one per deal and
    contact with a role."""

    each: pl.LazyFrame
    by_deal: pl.LazyFrame
    by_contact: pl.LazyFrame


def seats(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    """Return each contact once per deal on which it holds a role: deal_id, contact_id."""
    held = pl.col("contact_id").is_not_null() & pl.col("deal_id").is_not_null()
    return tables["roles"].lazy().filter(held).select("deal_id", "contact_id").unique()


def attributed(touches: pl.LazyFrame, tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    """Return which of *touches* (touch_id, at) count for which deal: touch_id, deal_id, each pair once."""
    deals = tables["deals"].lazy().select("deal_id", "created_at", "closed_at")
    links = tables["touch_links"].lazy().join(touches.select("touch_id", "at"), on="touch_id")
    direct = links.filter(pl.col("deal_id").is_not_null()).select("touch_id", "deal_id").unique()
    within = (pl.col("at") >= pl.col("created_at")) & (
        pl.col("closed_at").is_null() | (pl.col("at") <= pl.col("closed_at"))
    )
    # A contact may hold roles on several deals: its touches count for each that was open at the time.
    through_contacts = (
        links.filter(pl.col("contact_id").is_not_null())
        .select("touch_id", "contact_id", "at")
        .join(direct.select("touch_id"), on="touch_id", how="anti")
        .join(seats(tables), on="contact_id")
        .join(deals, on="deal_id")
        .filter(within)
        .select("touch_id", "deal_id")
        .unique()
    )
    return pl.concat([direct.join(deals.select("deal_id"), on="deal_id", how="semi"), through_contacts])


def deal_touches(tables: Mapping[str, pl.DataFrame], facts: Facts) -> DealTouches:
    """Return last and next days of touch, per deal and per contact with a role."""
    touches = _relevant(tables["touches"].lazy(), facts)
    # Cached, since deals and contacts are both counted from it.
    counted = attributed(touches, tables).join(touches, on="touch_id").cache()
    attendees = (
        tables["touch_links"]
        .lazy()
        .filter(pl.col("contact_id").is_not_null())
        .select("touch_id", "contact_id")
        .unique()
    )
    last = pl.col("day").filter(pl.col("two_way")).max()
    ahead = pl.col("day").filter(pl.col("planned")).min()
    by_deal = counted.group_by("deal_id").agg(
        last.alias("last_touch_on"),
        pl.col("day").filter(pl.col("inbound")).max().alias("last_inbound_on"),
        ahead.alias("next_meeting_on"),
    )
    by_contact = (
        counted.join(attendees, on="touch_id")
        .join(seats(tables), on=["deal_id", "contact_id"], how="semi")
        .group_by("deal_id", "contact_id")
        .agg(last.alias("last_on"), ahead.alias("next_on"))
    )
    return DealTouches(each=counted, by_deal=by_deal, by_contact=by_contact)


def touch_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals about anyone on the deal, from the columns of *by_deal* and ``touches_seen``.

    The CRM's summary date only raises doubt: where it is later than the last logged two-way touch (by more than the day
    that time zones can make) and no row explains it, something happened that was not logged, and silence is unknown.
    """
    today = pl.lit(facts.today)
    seen = pl.col("touches_seen")
    known_last = pl.when(seen & ~unexplained(pl.col("last_touch_on"))).then("last_touch_on")
    known_inbound = pl.when(seen).then("last_inbound_on")
    known_next = pl.when(seen).then("next_meeting_on")
    return [
        pl.when(seen).then("last_touch_on").alias("last_touch_on"),
        known_inbound.alias("last_inbound_on"),
        known_next.alias("next_meeting_on"),
        days_between(known_last, today).alias("days_since_touch"),
        days_between(known_inbound, today).alias("days_since_inbound"),
        days_between(today, known_next).alias("next_meeting_in_days"),
    ]


def _relevant(touches: pl.LazyFrame, facts: Facts) -> pl.LazyFrame:
    """Return the touches that any signal asks for, with the local day and what each is."""
    kind, direction, past = pl.col("kind"), pl.col("direction"), pl.col("at") <= facts.now
    two_way = (
        (kind == "meeting")
        | ((kind == "call") & (direction == "two_way"))
        | ((kind == "email") & direction.is_in(["inbound", "two_way"]))
    )
    # What has no kind or direction counts for nothing: two-way must be known to be so.
    flags = [
        (past & two_way).fill_null(False).alias("two_way"),
        (past & (direction == "inbound")).fill_null(False).alias("inbound"),
        (past & (kind == "meeting")).fill_null(False).alias("meeting"),
        (~past & (kind == "meeting")).fill_null(False).alias("planned"),
    ]
    return touches.select("touch_id", "at", local_day(pl.col("at"), facts.time_zone).alias("day"), *flags).filter(
        pl.col("two_way") | pl.col("inbound") | pl.col("planned")
    )
