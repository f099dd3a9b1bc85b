"""Signals that a deal carries itself: its fields, phase, dates, owner, account and mapped extras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.calendar import OWNER_COUNTRY, days_between, local_day, owner_days_between
from rules.language.signal import SignalType
from rules.model import Facts
from rules.signals.mapped_fields import raw, typed
from rules.signals.phases import phase_map

FILLED: Final[Mapping[str, pl.Expr]] = {
    "amount": pl.col("amount_original").is_not_null(),
    "close_date": pl.col("close_date").is_not_null(),
    "next_step": (pl.col("next_step").str.strip_chars() != "").fill_null(False),
}
"""The deal's own fields that a rep keeps, and whether each is filled."""


_COMMIT: Final = ("commit", "forecast")
"""The category that a rep answers for: Salesforce's label and its API value, HubSpot's in the connector's words."""

_KINDS: Final = ("deal_type", "record_type", "pipeline")
_RENEWAL: Final = (
    *("renew", "verlänger", "erneuer", "renouvel", "renovaci", "renova\u00e7", "rinnov", "verleng", "förny", "förläng"),
    "更新",
)
"""Beginnings of "renewal" in the languages of the CRMs' shipped values; one of them in a deal's kind makes it one."""


def deal_frame(tables: Mapping[str, pl.DataFrame], facts: Facts) -> pl.LazyFrame:
    """Return the deals with everything of other tables that their own signals need."""
    deals = tables["deals"].lazy()
    for frame, key in (
        (phase_map(facts), ["pipeline", "stage_id"]),
        (_stage_labels(tables), ["pipeline", "stage_id"]),
        (_accounts(tables), ["account_id"]),
        (_owners(tables), ["owner_id"]),
    ):
        # Null matches null: a table without pipelines still finds its rows.
        deals = deals.join(frame, on=key, how="left", nulls_equal=True)
    return deals.join(_stage_history(tables, facts, deals), on="deal_id", how="left")


def deal_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of the deal's own columns."""
    zone = facts.time_zone
    # Without a crossing on record the earliest sign counts: the present stage may be a later one of the phase.
    phase_entered = local_day(pl.coalesce("crossed_at", pl.min_horizontal("within_at", "stage_entered_at")), zone)
    return [
        pl.col("name").alias("deal_name"),
        pl.coalesce("stage_label", "stage_id").alias("stage"),
        pl.when(pl.col("phase").is_not_null()).then(phase_entered).alias("phase_entered_on"),
        local_day(pl.col("created_at"), zone).alias("created_on"),
        _word("forecast_category").is_in(_COMMIT).alias("forecast_commit"),
        pl.any_horizontal(_word(column).str.contains_any(_RENEWAL) for column in _KINDS)
        .fill_null(False)
        .alias("renewal"),
        *(
            pl.when(pl.lit(facts.readable.get(f"field:{column}", True))).then(filled).alias(f"has_{column}")
            for column, filled in FILLED.items()
        ),
        *(extra(name, kind) for name, kind in sorted(facts.extras.items())),
    ]


def elapsed_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals that count days from the deal's own dates to today; unknown while the deals are stale."""
    today = pl.lit(facts.today)
    entered, created = pl.col("phase_entered_on"), pl.col("created_on")
    counts = {
        "days_in_phase": days_between(entered, today),
        "business_days_in_phase": owner_days_between(entered, today, facts.calendars),
        "age_days": days_between(created, today),
        "age_business_days": owner_days_between(created, today, facts.calendars),
        "close_in_days": days_between(today, pl.col("close_date")),
        "close_date_past_business_days": owner_days_between(pl.col("close_date"), today, facts.calendars).clip(0),
    }
    fresh = pl.lit("deals" not in facts.stale_tables)
    return [pl.when(fresh).then(count).alias(name) for name, count in counts.items()]


def _word(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.strip_chars()


def extra(name: str, kind: SignalType) -> pl.Expr:
    """Return the mapped extra *name*, of the account if it says so; null where it is blank or of another type."""
    return typed(raw(name), kind).alias(name)


def _stage_labels(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    return tables["stages"].lazy().select("pipeline", "stage_id", pl.col("label").alias("stage_label"))


def _accounts(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    columns = [pl.col("name").alias("account_name"), pl.col("extras").alias("account_extras")]
    return tables["accounts"].lazy().select("account_id", *columns)


def _owners(tables: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    owners = tables["owners"].lazy()
    managers = owners.select(pl.col("owner_id").alias("manager_id"), pl.col("name").alias("manager_name"))
    return owners.select(
        "owner_id",
        "manager_id",
        pl.col("name").alias("owner_name"),
        pl.col("active").alias("owner_active"),
        pl.col("team").alias("owner_team"),
        pl.col("country").alias(OWNER_COUNTRY),
    ).join(managers, on="manager_id", how="left")


def _stage_history(tables: Mapping[str, pl.DataFrame], facts: Facts, deals: pl.LazyFrame) -> pl.LazyFrame:
    """Return when each deal last crossed into its present phase, and its first known move between stages inside it.

    Several stages may make one phase, so the entry of the stage alone would restart the clock at each of them.
    """
    now_in = deals.select("deal_id", "pipeline", "phase").filter(pl.col("phase").is_not_null())
    old = phase_map(facts).rename({"stage_id": "old", "phase": "old_phase"})
    new = phase_map(facts).rename({"stage_id": "new", "phase": "new_phase"})
    moves = (
        tables["changes"]
        .lazy()
        .filter(pl.col("field") == "stage")
        .join(now_in, on="deal_id")
        .join(old, on=["pipeline", "old"], how="left", nulls_equal=True)
        .join(new, on=["pipeline", "new"], how="left", nulls_equal=True)
        .filter(pl.col("new_phase") == pl.col("phase"))
    )
    crossing = pl.col("old_phase").ne_missing(pl.col("phase"))
    return moves.group_by("deal_id").agg(
        pl.col("at").filter(crossing).max().alias("crossed_at"),
        pl.col("at").filter(~crossing).min().alias("within_at"),
    )
