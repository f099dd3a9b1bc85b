"""The buying committee as a whole: how much of it is on the deal, how much of it is in touch, who has left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from connectors.model import PHASES
from rules.days.calendar import days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.covered import Covered, in_pipelines, role_seen, roles_seen
from rules.signals.roles import ENGAGED_DAYS, NEEDED_FROM

# In English, German, French, Portuguese and Spanish; whole words, so that a coordinator is no COO.
_EXECUTIVE: Final = (
    r"(?i)\b(?:chief|ceo|cfo|cio|cto|coo|cmo|cro|ciso|cdo|cpo|president|vp|svp|evp|vice[ -]president|head of|"
    r"managing director|geschäftsführer|vorstand|directeur général|diretor executivo|director general)\b"
)
_NUMBER, _IN_ROLES, _IN_TOUCHES = SignalType.NUMBER, "roles", "touches"


def catalogue() -> list[Signal]:
    """Return the signals of this module."""
    champions = ("roles:champion",)
    return [
        Signal(
            "roles_needed", _NUMBER, "Key roles that the phase needs, of those that the org keeps.", "roles", ("phase",)
        ),
        Signal(
            "committee_coverage",
            _NUMBER,
            "Share of the roles that the phase needs that somebody holds; only roles that the org keeps count.",
            "percent",
            ("phase", _IN_ROLES),
        ),
        Signal(
            "key_roles", _NUMBER, "How many of the playbook's seven key roles somebody holds.", "roles", (_IN_ROLES,)
        ),
        Signal("named_contacts", _NUMBER, "Contacts with a role other than 'other'.", "contacts", (_IN_ROLES,)),
        Signal(
            "consensus_share",
            _NUMBER,
            f"Share of named_contacts with a logged two-way touch inside {ENGAGED_DAYS} days.",
            "percent",
            (_IN_ROLES, _IN_TOUCHES),
            ages=True,
        ),
        Signal("champions", _NUMBER, "Contacts that hold the champion role.", "contacts", champions),
        Signal("champions_lost", _NUMBER, "Champions whom mail no longer reaches.", "contacts", champions),
        Signal("lost_champion_name", SignalType.TEXT, "Name of such a champion.", sources=champions),
        Signal("executives", _NUMBER, "Contacts on the deal with an executive title.", "contacts", (_IN_ROLES,)),
        Signal(
            "last_executive_touch_on",
            SignalType.DATE,
            "Day of the last logged two-way touch with a contact of executive title.",
            sources=(_IN_ROLES, _IN_TOUCHES),
        ),
        Signal(
            "days_since_executive_touch",
            _NUMBER,
            "Days since last_executive_touch_on.",
            "days",
            (_IN_ROLES, _IN_TOUCHES),
            ages=True,
        ),
        Signal(
            "executive_touched",
            SignalType.BOOLEAN,
            "Whether a two-way touch with a contact of executive title is logged; unknown if none is on the deal.",
            sources=(_IN_ROLES, _IN_TOUCHES),
        ),
    ]


def committee_frame(tables: Mapping[str, pl.DataFrame], facts: Facts, held: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per deal that has any role row; *held* is what ``holders`` returns."""
    rows = tables["roles"].lazy().select("deal_id", "contact_id", "role").filter(pl.col("role").is_not_null())
    seats = rows.group_by("deal_id", "contact_id").agg(
        (pl.col("role") != "other").any().alias("named"), (pl.col("role") == "champion").any().alias("champion")
    )
    named, champion = (pl.col(name).fill_null(False) for name in ("named", "champion"))
    recent = (days_between(pl.col("last_on"), pl.lit(facts.today)) <= ENGAGED_DAYS).fill_null(False)
    executive = pl.col("title").str.contains(_EXECUTIVE).fill_null(False)
    lost, known = champion & ~pl.col("reachable"), champion & pl.col("reachable").is_not_null()
    return (
        held.join(seats, on=["deal_id", "contact_id"], how="left")
        .group_by("deal_id")
        .agg(
            named.sum().cast(pl.Int64).alias("_named"),
            (named & recent).sum().cast(pl.Int64).alias("_consenting"),
            champion.sum().cast(pl.Int64).alias("_champions"),
            known.sum().cast(pl.Int64).alias("_champions_known"),
            lost.fill_null(False).sum().cast(pl.Int64).alias("_champions_lost"),
            pl.col("contact_name").filter(lost).sort().first().alias("_lost_champion"),
            executive.sum().cast(pl.Int64).alias("_executives"),
            pl.col("last_on").filter(executive).max().alias("_executive_last_on"),
        )
    )


def committee_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module, from the columns of ``committee_frame``, ``needed_roles`` and touches."""
    seen, touched = pl.lit(roles_seen(facts)), pl.col("touches_seen")
    champions_seen = pl.lit(role_seen(facts, "champion"))
    counts = ("_champions", "_champions_known", "_champions_lost")
    champions, known, lost = (pl.col(name).fill_null(0) for name in counts)
    named, executives = pl.col("_named").fill_null(0), pl.col("_executives").fill_null(0)
    needed = pl.col("_needed")
    last = pl.when(touched).then("_executive_last_on")
    values: dict[str, pl.Expr] = {
        "roles_needed": pl.when(seen).then(needed),
        # Rounded down, so that a target is never reached by rounding.
        "committee_coverage": pl.when(seen & (needed > 0)).then(pl.col("_filled") * 100 // needed),
        "key_roles": pl.when(seen).then(
            pl.sum_horizontal(pl.col(f"has_{role}").cast(pl.Int64) for role in NEEDED_FROM)
        ),
        "named_contacts": pl.when(seen).then(named),
        "consensus_share": pl.when(seen & touched & (named > 0)).then(pl.col("_consenting") * 100 // named),
        "champions": pl.when(champions_seen).then(champions),
        # A lost champion is certain; that none is lost is known only where the org keeps it of every champion.
        "champions_lost": pl.when(champions_seen & ((lost > 0) | (known == champions))).then(lost),
        "lost_champion_name": pl.col("_lost_champion"),
        "executives": pl.when(seen).then(executives),
        "last_executive_touch_on": last,
        "days_since_executive_touch": days_between(last, pl.lit(facts.today)),
        "executive_touched": pl.when(touched & (executives > 0)).then(last.is_not_null()),
    }
    return [value.alias(name) for name, value in values.items()]


def needed_roles(covered: Covered) -> list[pl.Expr]:
    """Return how many key roles are held, how many the phase needs of those that the pipeline keeps, and has of these.

    They are columns of their own, from ``_place`` and ``has_<role>``: named several times over, they would make the
    plan slow to think through.
    """
    wanted = {
        role: (pl.col("_place") >= PHASES.index(phase)) & in_pipelines(covered.judged_in(f"roles:{role}"))
        for role, phase in NEEDED_FROM.items()
    }
    return [
        pl.sum_horizontal(pl.col(f"has_{role}").cast(pl.Int64) for role in NEEDED_FROM).alias("_key_roles"),
        pl.sum_horizontal((needed.cast(pl.Int64) for needed in wanted.values()), ignore_nulls=False).alias("_needed"),
        pl.sum_horizontal((needed & pl.col(f"has_{role}")).cast(pl.Int64) for role, needed in wanted.items()).alias(
            "_filled"
        ),
    ]
