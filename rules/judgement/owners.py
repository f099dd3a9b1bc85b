"""Which owners log so little that silence on their deals says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from rules.model import Facts
from rules.signals.covered import roles_seen

FROM_DEALS: Final = 5
"""An owner of fewer open deals is not asked."""

DAYS: Final = 30
"""A two-way touch of so many days counts."""

ON: Final = 0.5
"""From this share of deals with such a touch an owner's silence counts."""

OFF: Final = 0.4
"""Once it falls to this share it does no longer."""

OWNERS: Final = pl.Schema({"owner_id": pl.String(), "deals": pl.Int64(), "touched": pl.Int64()})
"""What was measured: by owner, how many open deals, and how many of them with a two-way touch in DAYS."""


@dataclass(frozen=True, slots=True)
class OwnerCoverage:
    """Of an owner's open *deals*, the *share* with a two-way touch; *silent*: so few that silence says nothing."""

    owner_id: str
    deals: int
    share: float
    silent: bool


def measure_owners(signals: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Return OWNERS for the deals of *signals*; nothing where touches cannot be seen."""
    tables = {"touches", "touch_links"}
    if not facts.readable.get("touches", True) or facts.stale_tables & tables or not roles_seen(facts):
        return OWNERS.to_frame()
    recent = (pl.col("last_touch_on") >= facts.today - timedelta(days=DAYS)).fill_null(False)
    owned = signals.filter(pl.col("owner_id").is_not_null())
    return owned.group_by("owner_id").agg(
        pl.len().cast(pl.Int64).alias("deals"), recent.sum().cast(pl.Int64).alias("touched")
    )


def owner_verdicts(parts: Sequence[pl.DataFrame], previous: Iterable[OwnerCoverage]) -> tuple[OwnerCoverage, ...]:
    """Return the verdicts on the owners measured in *parts*, of disjoint deals; on those of FROM_DEALS deals alone."""
    before = {owner.owner_id: owner.silent for owner in previous}
    measured = pl.concat(parts).group_by("owner_id").agg(pl.col("deals").sum(), pl.col("touched").sum())
    rows = measured.filter(pl.col("deals") >= FROM_DEALS).sort("owner_id").iter_rows()
    return tuple(
        OwnerCoverage(owner, deals, touched / deals, _is_silent(touched / deals, before.get(owner)))
        for owner, deals, touched in rows
    )


def _is_silent(share: float, before: bool | None) -> bool:
    return share <= OFF if before is False else share < ON


def silent(owners: Iterable[OwnerCoverage]) -> frozenset[str]:
    """Return the owners whose silence says nothing."""
    return frozenset(owner.owner_id for owner in owners if owner.silent)
