"""Changes of a deal as seen between two reads, for orgs that keep no history of a field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl
from sqlalchemy import select

from connectors.model import DEALS, ELEMENTS
from sync.store.database.codec import stored_schema
from sync.store.database.database import Row, Work
from sync.store.database.mirror_schema import MIRROR, recorded_changes
from sync.store.differing import Differing, is_older, position

WATCHED: Final = {
    "stage": "stage_id",
    "close_date": "close_date",
    "amount": "amount",
    "owner": "owner_id",
    "next_step": "next_step",
    **{element: f"{element}_level" for element in ELEMENTS},
}
"""The fields of ``changes``, and the column of ``deals`` that each follows."""


def record_changes(work: Work, conn: int, changed: Iterable[Differing]) -> None:
    """Write down which watched fields differ in *changed*, which are rows of ``deals``.

    Only an edit counts, so ``modified_at`` must have moved: a new mapping or currency rate changes columns without
    one. A field that the CRM keeps a history of is left to the CRM.
    """
    at = position("deals", "modified_at")
    edited = [(row, before) for row, before in changed if before is not None and is_older(before[at], row[at])]
    rows: list[Row] = []
    for field, column in WATCHED.items():
        index = position("deals", column)
        moved = [(row, row[index], before[index]) for row, before in edited if row[index] != before[index]]
        # Where the CRM keeps a history of a field, only that one is read.
        if moved and not _kept_by_crm(work, conn, field):
            news, olds = (_as_text(column, [change[side] for change in moved]) for side in (1, 2))
            rows += [
                (conn, f"dw:{row[0]}:{field}:{row[at]}", row[0], field, old, new, row[at])
                for (row, *_), old, new in zip(moved, olds, news, strict=True)
            ]
    work.upsert(recorded_changes, rows)


def _kept_by_crm(work: Work, conn: int, field: str) -> bool:
    changes = MIRROR["changes"].c
    return (
        work.first(select(changes.change_id).where(changes.conn == conn, changes.field == field).limit(1)) is not None
    )


def _as_text(column: str, values: Sequence[Any]) -> list[str | None]:
    return pl.Series(values, dtype=stored_schema(DEALS)[column]).cast(DEALS[column]).cast(pl.String).to_list()
