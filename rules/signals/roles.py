"""Signals about the people on a deal: who holds which role, who was touched, who is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from connectors.model import PHASES, ROLES
from rules.days.calendar import days_between, local_day
from rules.model import Facts
from rules.signals.covered import Covered, in_pipelines, role_seen, roles_seen
from rules.signals.lists import numbers, worded
from rules.signals.touches import seats

ENGAGED_DAYS: Final = 30
"""A contact is engaged if its last two-way touch is at most this many days ago."""

NEEDED_FROM: Final[Mapping[str, str]] = {
    "economic_buyer": "qualification",
    "champion": "qualification",
    "technical": "evaluation",
    "user": "evaluation",
    "procurement": "business_case",
    "legal": "procurement",
    "security": "procurement",
}
"""The playbook's seven key roles, and the phase from which a deal should have each."""

ROLE_NAMES: Final[Mapping[str, str]] = {
    "economic_buyer": "economic buyer",
    "champion": "champion",
    "technical": "technical evaluator",
    "user": "end user",
    "procurement": "procurement contact",
    "legal": "legal contact",
    "security": "IT security contact",
}
"""How tasks name the key roles."""

SILENCES: Final = ("economic_buyer", "champion", "technical", "user", "procurement", "influencer", "blocker")
"""The roles whose silence is a signal."""

_NEEDED_NAMES: Final = {number: ROLE_NAMES[role] for number, role in enumerate(NEEDED_FROM)}
_ROLE_COLUMNS: Final = ("holders", "name", "last_on", "next_on")


def holders(tables: Mapping[str, pl.DataFrame], by_contact: pl.LazyFrame) -> pl.LazyFrame:
    """Return each contact with a role once per deal, with name, title, whether mail reaches it, and days of touch."""
    contacts = (
        tables["contacts"].lazy().select("contact_id", pl.col("name").alias("contact_name"), "title", "reachable")
    )
    return (
        seats(tables)
        .join(by_contact, on=["deal_id", "contact_id"], how="left")
        .join(contacts, on="contact_id", how="left")
        .cache()
    )


def people(tables: Mapping[str, pl.DataFrame], facts: Facts, held: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per deal with any role: counts of its people, and per role the columns ``<role>:<what>``."""
    recent = days_between(pl.col("last_on"), pl.lit(facts.today)) <= ENGAGED_DAYS
    champions = tables["roles"].lazy().filter(pl.col("role") == "champion").select("deal_id", "contact_id").unique()
    marked = held.join(champions.with_columns(champion=pl.lit(True)), on=["deal_id", "contact_id"], how="left")
    counts = marked.group_by("deal_id").agg(
        pl.len().cast(pl.Int64).alias("contacts"),
        recent.sum().cast(pl.Int64).alias("engaged_contacts"),
        # Sorted, so that the text of a task does not depend on the order of rows.
        pl.col("contact_name").drop_nulls().sort().alias("contact_names"),
        pl.col("contact_name").filter(~recent.fill_null(False)).drop_nulls().sort().alias("unengaged_names"),
        _touched_last(pl.lit(True)).alias("main_contact_name"),
        _touched_last(~pl.col("champion").fill_null(False)).alias("other_contact_name"),
    )
    roles = _role_rows(tables, facts, held).cache()
    cells = [(role, what) for role in ROLES for what in _ROLE_COLUMNS] + [(role, "silent_on") for role in SILENCES]
    wide = roles.group_by("deal_id").agg(
        (pl.col("role") != "other").sum().cast(pl.Int64).alias("distinct_roles"),
        *(pl.col(what).filter(pl.col("role") == role).first().alias(f"{role}:{what}") for role, what in cells),
    )
    return counts.join(wide, on="deal_id", how="left")


def _touched_last(among: pl.Expr) -> pl.Expr:
    """Return the name of the contact *among* some whom a two-way touch reached last; null where none ever did."""
    spoken = among & pl.col("last_on").is_not_null() & pl.col("contact_name").is_not_null()
    order = pl.struct(-pl.col("last_on").dt.epoch("d"), pl.col("contact_id"))
    return pl.col("contact_name").filter(spoken).sort_by(order.filter(spoken)).first()


def role_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals about people, from the columns of ``people`` and ``touches_seen``; no row reads as nobody."""
    counted = [pl.col(name).fill_null(0) for name in ("contacts", "engaged_contacts", "distinct_roles")]
    if not roles_seen(facts):
        # Null in the same type: rows that cannot be read do not mean that nobody is there.
        counted = [pl.when(pl.lit(False)).then(count) for count in counted]
    contacts, engaged, distinct = counted
    signals = [contacts, pl.when("touches_seen").then(engaged), distinct]
    for role in ROLES:
        signals += _signals_of_role(role, facts)
    return signals


def missing_roles(facts: Facts, covered: Covered) -> pl.Expr:
    """Return the key roles that this phase needs and nobody holds; only roles that the pipeline keeps at all."""
    place = pl.col("_place")
    entries = [
        pl.when(
            (place >= PHASES.index(phase)) & ~pl.col(f"has_{role}") & in_pipelines(covered.judged_in(f"roles:{role}"))
        ).then(pl.lit(number))
        for number, (role, phase) in enumerate(NEEDED_FROM.items())
    ]
    known = place.is_not_null() & pl.lit(roles_seen(facts))
    return pl.when(known).then(worded(numbers(entries), _NEEDED_NAMES)).alias("missing_roles")


def _role_rows(tables: Mapping[str, pl.DataFrame], facts: Facts, held: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per deal and role: how many hold it, the name of the last touched, and when its silence began.

    Silence begins at the last two-way touch, else on the day the role was given, else at the deal's creation; of
    several holders, the contact silent for the shortest time counts.
    """
    created = tables["deals"].lazy().select("deal_id", "created_at")
    rows = tables["roles"].lazy().filter(pl.col("role").is_not_null()).select("deal_id", "contact_id", "role", "since")
    since = rows.group_by("deal_id", "contact_id", "role").agg(pl.col("since").min())
    begun = local_day(pl.coalesce("since", "created_at"), facts.time_zone)
    return (
        since.join(held, on=["deal_id", "contact_id"])
        .join(created, on="deal_id")
        .with_columns(pl.coalesce("last_on", begun).alias("silent_on"))
        .group_by("deal_id", "role")
        .agg(
            pl.len().alias("holders"),
            pl.col("contact_name")
            .sort_by("last_on", "contact_id", descending=[True, False], nulls_last=True)
            .first()
            .alias("name"),
            pl.col("last_on").max(),
            pl.col("next_on").min(),
            pl.col("silent_on").max(),
        )
    )


def _signals_of_role(role: str, facts: Facts) -> list[pl.Expr]:
    today = pl.lit(facts.today)
    held = pl.col(f"{role}:holders").is_not_null()
    absence_seen = pl.lit(role_seen(facts, role))
    touched = pl.col("touches_seen") & absence_seen
    last, ahead = (pl.when(touched).then(f"{role}:{what}") for what in ("last_on", "next_on"))
    signals = [
        # A row proves that the role is held; that nobody holds it needs rows that can be read.
        pl.when(held | absence_seen).then(held).alias(f"has_{role}"),
        pl.col(f"{role}:name").alias(f"{role}_name"),
        last.alias(f"last_{role}_touch_on"),
        days_between(last, today).alias(f"days_since_{role}_touch"),
        ahead.alias(f"next_{role}_meeting_on"),
        days_between(today, ahead).alias(f"next_{role}_meeting_in_days"),
    ]
    if role in SILENCES:
        silent_on = pl.when(touched).then(f"{role}:silent_on")
        signals += [
            silent_on.alias(f"{role}_silent_since"),
            days_between(silent_on, today).alias(f"{role}_silent_days"),
            pl.when(touched & held).then(last.is_not_null()).alias(f"{role}_touched"),
        ]
    return signals
