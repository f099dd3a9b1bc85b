"""A judgement: what a cycle found out about the deals that it judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from rules.judgement.owners import OwnerCoverage
from rules.judgement.shadow import Late
from rules.judgement.streaks import STREAKS
from rules.model import CoverageVerdict

SCORES: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "score": pl.Float64(),
        "band": pl.String(),
        "confidence": pl.Float64(),
        "reasons": pl.String(),
        "in_scope": pl.Boolean(),
    }
)
"""The columns of a judgement's scores: one row per judged deal."""

FINDINGS: Final = pl.Schema(
    {"deal_id": pl.String(), "rule_id": pl.String(), "family": pl.String(), "severity": pl.Int8()}
)
"""The columns of a judgement's findings: one row per rule that holds on a deal."""

SUPPRESSED: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "family": pl.String(),
        "owner_id": pl.String(),
        "severity": pl.Int8(),
        "points": pl.Float64(),
        "amount": pl.Float64(),
        "refused": pl.Boolean(),
        "cause": pl.String(),
        "told": pl.Boolean(),
    }
)
"""The columns of what the caps on tasks suppressed: one row per family that waits on a deal."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one cycle found out about the deals *deal_ids*, or about all open deals if that is None.

    *marks* is the number that ``affected_deals`` gave. *coverage*, *owners* and *late* replace what is in force unless
    they are None; the deals of *flipped_owners* want judging again. *shadow* are findings of rules in shadow, *closed*
    the closed deals that were judged too. *released* are (deal id, family, number) of ended episodes whose reason is
    clear, *suppressed* the families that a cap keeps from having a task, *enforced_day* the day on which the connection
    first wrote tasks, if it does. A judgement that is not *complete* keeps the judged day and fingerprint of the last
    complete one.
    """

    run_id: str
    judged_day: date
    fingerprint: str
    deal_ids: frozenset[str] | None
    scores: pl.DataFrame
    findings: pl.DataFrame
    coverage: tuple[CoverageVerdict, ...] | None = None
    owners: tuple[OwnerCoverage, ...] | None = None
    flipped_owners: frozenset[str] = frozenset()
    released: tuple[tuple[str, str, int], ...] = ()
    marks: int = 0
    complete: bool = True
    shadow: pl.DataFrame = field(default_factory=FINDINGS.to_frame)
    streaks: pl.DataFrame = field(default_factory=STREAKS.to_frame)
    late: Late | None = None
    closed: frozenset[str] = frozenset()
    suppressed: pl.DataFrame = field(default_factory=SUPPRESSED.to_frame)
    enforced_day: date | None = None

    @property
    def judged(self) -> frozenset[str] | None:
        """The deals whose rows are replaced; None for all."""
        return None if self.deal_ids is None else self.deal_ids | self.closed


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan found out about all open deals: verdicts on the sources of evidence, and counts.

    *scores* counts the deals in scope by band, *findings* and *shadow* by rule, *suppressed* the families by cap.
    """

    judged: int
    scores: Mapping[str, int]
    findings: Mapping[str, int]
    shadow: Mapping[str, int]
    suppressed: Mapping[str, int]
    coverage: tuple[CoverageVerdict, ...]
    late: Late
    silent_owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JudgedState:
    """Of which day and of which rules, mapping and coverage the last complete judgement was.

    *complete* says whether the last judgement of all was complete.
    """

    day: date
    fingerprint: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deals in scope are judged, how many of them each rule holds on, each one in shadow, and what waits."""

    judged: int
    findings: dict[str, int]
    shadow: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0
