"""Which score fields to write: wanted scores against what the deals in the CRM show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from connectors.model import WriteKind
from sync.model import task_text
from sync.model.change import Change, PlannedChange

FIELDS = ("score", "band", "confidence", "reasons", "as_of")


def plan_scores(
    wanted: pl.DataFrame, actual: pl.DataFrame, *, connection: str, today: date, min_change: float
) -> Iterator[PlannedChange]:
    """Plan the score fields of deals in scope.

    *wanted* has deal_id, name, score, band, confidence, reasons; *actual* is a frame of ``own_scores``. A deal is
    written when the band or the findings summed changed, or score or confidence moved by at least *min_change*; the
    day alone never writes.
    """
    joined = wanted.join(actual, on="deal_id", how="left", suffix="_now", maintain_order="left")
    moved = pl.lit(False)
    for name in ("score", "confidence"):
        moved = moved | ((pl.col(name) - pl.col(f"{name}_now")).abs() >= min_change)
    differs = (
        pl.col("score_now").is_null()
        | pl.col("band").ne_missing(pl.col("band_now"))
        | pl.col("reasons").fill_null("").ne(_unix_lines("reasons_now"))
        | moved.fill_null(True)
    )
    for row in joined.filter(differs).iter_rows(named=True):
        values = {name: row[name] for name in FIELDS if name != "as_of"}
        values["as_of"] = today.isoformat()
        scored = _planned(row, values, f"{row['band']}, {row['score']:.0f} of 100", connection)
        yield replace(scored, replaces=row["score_now"] is not None)


def plan_blanks(
    deals: pl.DataFrame, actual: pl.DataFrame, why: Mapping[str, str], *, connection: str
) -> Iterator[PlannedChange]:
    """Plan to blank the score fields of excluded deals, each for a reason; *deals* has deal_id and name."""
    filled = pl.any_horizontal(pl.col(name).is_not_null() for name in FIELDS)
    left = deals.join(actual.filter(filled), on="deal_id", how="inner", maintain_order="left")
    for row in left.iter_rows(named=True):
        yield _planned(row, dict.fromkeys(FIELDS), why[row["deal_id"]], connection)


def _unix_lines(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.replace_all("\r\n", "\n").str.strip_chars()


def _planned(row: dict[str, Any], values: dict[str, Any], why: str, connection: str) -> PlannedChange:
    change = Change(
        connection=connection,
        deal_id=row["deal_id"],
        deal_name=row["name"] or "",
        kind=WriteKind.WRITE_SCORE,
        family=None,
        key=None,
        subject=None,
        due=None,
        owner_id=None,
        findings=(),
        why=why,
    )
    return PlannedChange(change, values, task_text.payload_hash("score", values), row["deal_id"])
