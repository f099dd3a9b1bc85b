"""Which of Polars' engines works out a plan: both give the same rows, at a different price."""

from __future__ import annotations

from typing import Final

import polars as pl

FEW: Final = 10_000
"""Up to so many deals the engine that holds everything in memory is quicker: for a few dozen, three times."""

_OPTIMIZATIONS: Final = pl.QueryOptFlags(comm_subplan_elim=False)
"""What is shared is cached by hand: the search for more of it takes longer than most chunks."""


def collected(plan: pl.LazyFrame, deals: int) -> pl.DataFrame:
    """Work out *plan*, which is about so many *deals*."""
    return plan.collect(engine="in-memory" if deals <= FEW else "streaming", optimizations=_OPTIMIZATIONS)
