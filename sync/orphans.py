"""Tasks of ours whose deal was deleted, in a CRM that then shows no longer what they hung on."""

from __future__ import annotations

import polars as pl

from sync.connected import Cycle


def with_lost_deals(cycle: Cycle, tasks: pl.DataFrame) -> pl.DataFrame:
    """Give *tasks*, a frame of ``own_tasks``, with the deals that were deleted under them, as the ledger knows them.

    A task that hangs on no deal while its deal lives was taken off it by hand: it stays as it is.
    """
    loose = tasks.filter(pl.col("deal_id").is_null() & pl.col("is_open")).get_column("key").drop_nulls()
    lost = cycle.store.lost_deals(cycle.conn, loose.to_list()) if len(loose) else {}
    if not lost:
        return tasks
    known = pl.col("key").replace_strict(lost, default=None, return_dtype=pl.String)
    return tasks.with_columns(pl.coalesce("deal_id", known).alias("deal_id"))
