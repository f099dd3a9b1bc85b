"""The same fifteen conditions typed by hand as Polars expressions: what a programmer would write without an engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import polars as pl
from polars import col

from benchmarks.rules.deals import FILLER, TODAY
from benchmarks.rules.ours import Counts, counted


def typed(deals: pl.DataFrame) -> Callable[[], Counts]:
    """Work out all conditions in one query, and count."""
    amount, rank, engaged, count = (col(name) for name in ("amount", "stage_rank", "engaged_contacts", "contact_count"))
    per_contact = pl.when(count > 0).then(amount / count).otherwise(amount)
    conditions = {
        "r01": (engaged < 3) & (amount >= 50_000),
        "r02": (rank >= 3) & (col("days_since_champion_contact") > 14),
        "r03": (rank >= 4) & ~col("has_economic_buyer"),
        "r04": (rank >= 4) & (col("days_since_economic_buyer_contact") > 21),
        "r05": (col("meddpicc_missing_count") >= 4) & (rank >= 3),
        "r06": (col("close_date") < TODAY) & (rank < 6),
        "r07": (col("days_to_close") <= 30) & (~col("has_legal") | ~col("has_procurement")),
        "r08": (col("days_in_stage") > 45) & rank.is_between(2, 5),
        "r09": col("segment").is_in(["Enterprise", "Strategic"]) & (engaged < 2),
        "r10": col("champion").is_null() | col("champion").str.strip_chars().str.to_lowercase().is_in(FILLER),
        "r11": (amount > 250_000) & ~col("has_it_security") & (col("segment") == "Enterprise"),
        "r12": col("bounced_contacts") * 2 > count,
        "r13": (col("close_date") <= TODAY + timedelta(days=14))
        & (col("created") < TODAY - timedelta(days=180))
        & (rank <= 4),
        "r14": col("competition").str.contains("(?i)incumbent") & (rank >= 5),
        "r15": (col("days_since_last_contact").fill_null(999) > 21) & (per_contact > 20_000),
    }
    named = [condition.alias(rule) for rule, condition in conditions.items()]
    return lambda: counted(deals, named)
