"""Changes of a deal that we saw ourselves, for orgs that keep no history of a field."""

from __future__ import annotations

from typing import Final

import polars as pl
from sqlalchemy import select

from connectors.model import CHANGES, DEALS, ELEMENTS
from sync.store.database import Work
from sync.store.schema import MIRROR, recorded_changes

WATCHED: Final = {
    "stage": "stage_id",
    "close_date": "close_date",
    "amount": "amount",
    "owner": "owner_id",
    "next_step": "next_step",
    **{element: f"{element}_level" for element in ELEMENTS},
}
"""The fields of ``changes``, and the column of ``deals`` that each follows."""


def record_changes(work: Work, conn: int, changed: pl.DataFrame) -> None:
    """Write down which watched fields differ in *changed*: stored deals, former values in ``:before`` columns.

    Only an edit counts, so ``modified_at`` must have moved: a new mapping or currency rate changes columns without
    one. A field that the CRM keeps a history of is left to the CRM.
    """
    edited = changed.filter(pl.col("modified_at") > pl.col("modified_at:before"))
    if edited.is_empty():
        return
    parts = [
        _of_field(edited, field, column)
        for field, column in WATCHED.items()
        if edited.select(_differs(column).any()).item() and not _kept_by_crm(work, conn, field)
    ]
    if parts:
        rows = pl.concat(parts).select(pl.lit(conn).alias("conn"), *CHANGES.names())
        work.upsert(recorded_changes, rows.rows())


def _kept_by_crm(work: Work, conn: int, field: str) -> bool:
    changes = MIRROR["changes"].c
    return work.one(select(changes.change_id).where(changes.conn == conn, changes.field == field).limit(1)) is not None


def _differs(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(f"{column}:before"))


def _of_field(edited: pl.DataFrame, field: str, column: str) -> pl.DataFrame:
    kind = DEALS[column]
    return edited.filter(_differs(column)).select(
        pl.format("dw:{}:{}:{}", "deal_id", pl.lit(field), "modified_at").alias("change_id"),
        "deal_id",
        pl.lit(field).alias("field"),
        pl.col(f"{column}:before").cast(kind).cast(pl.String).alias("old"),
        pl.col(column).cast(kind).cast(pl.String).alias("new"),
        pl.col("modified_at").alias("at"),
    )
