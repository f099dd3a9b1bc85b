"""Streaks: how long a rule has held or been clear on a deal, which ``for`` and ``keep_for`` ask.

One streak is remembered of a (deal, rule): of holding while it has not fired yet, of being clear while its finding is
kept. A rule that has fired and holds needs none; its finding says so. Unknown freezes: the streak keeps its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from rules.days.business_days import PLAIN, Calendar
from rules.days.calendar import business_days_between, days_between
from rules.days.span import Span
from rules.model import CLEAR, Rule

LONGEST_GAP_DAYS: Final = 3
"""A streak begins anew where the deal was not judged for longer than this."""

STREAKS: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "rule_id": pl.String(),
        "severity": pl.Int8(),
        "holds": pl.Boolean(),
        "days": pl.Int64(),
        "business_days": pl.Int64(),
        "seen_on": pl.Date(),
    }
)
"""One row a streak: the rule *holds* or is clear for so many days, as of the last judgement, on *seen_on*. *severity*
is that of the finding which is kept or frozen meanwhile, 0 where the rule has not fired."""

FIRED: Final = pl.Schema({"deal_id": pl.String(), "rule_id": pl.String(), "severity": pl.Int8()})
"""What fired, and how badly."""

_PAIR: Final = ["deal_id", "rule_id"]


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier judgements left behind.

    *held* are the findings so far, *streaks* the streaks, *reported* what open managed tasks name (both as `FIRED`).
    *first*: no complete judgement was ever committed; then ``for`` counts as fulfilled, and what the tasks name is all
    that is known of earlier findings. *waived* are the deals, by family, on which a person said that it is no risk: its
    findings stay, and count for nothing in the score.
    """

    held: pl.DataFrame = field(default_factory=FIRED.to_frame)
    streaks: pl.DataFrame = field(default_factory=STREAKS.to_frame)
    reported: pl.DataFrame = field(default_factory=FIRED.to_frame)
    first: bool = False
    waived: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def fired(self) -> pl.DataFrame:
        """Return every finding that began and did not end, frozen ones among them, as `FIRED`."""
        frozen = self.streaks.filter(pl.col("severity") > CLEAR)
        parts = [self.held, frozen, *([self.reported] if self.first else [])]
        typed = [part.select(FIRED.names()).cast(FIRED) for part in parts]
        # What is held counts before what a frozen streak or a task says of the same rule.
        return pl.concat(typed).unique(_PAIR, keep="first", maintain_order=True)


@dataclass(frozen=True, slots=True)
class Settled:
    """Verdicts with time taken into account, and the streaks to remember from here on."""

    verdicts: pl.DataFrame
    streaks: pl.DataFrame


def settle(
    rules: Sequence[Rule], verdicts: pl.DataFrame, past: Past, today: date, calendar: Calendar = PLAIN
) -> Settled:
    """Return verdicts without what has not held for long enough, and with what has not been clear for long enough.

    *verdicts* has deal_id and a column of codes per rule, as of *today*; the order of its rows is kept. Only rules
    with ``for``, ``keep_for`` or a target are looked at; those with a target, so that unknown does not make them forget
    what held. Business days are those of *calendar*.
    """
    remembering = [rule for rule in rules if rule.remembers]
    # Most packs have few rules with a memory: only these are unpivoted, which is the expensive part.
    if not remembering:
        return Settled(verdicts, STREAKS.to_frame())
    judged = _with_past(remembering, verdicts, past, today, calendar).with_columns(**_elapsed())
    judged = judged.with_columns(_verdict(past.first).alias("verdict"))
    settled = {
        rule.id: judged.filter(pl.col("rule_id") == rule.id).get_column("verdict").alias(rule.id)
        for rule in remembering
    }
    return Settled(verdicts.with_columns(settled.values()), _to_remember(judged, today))


def _with_past(
    rules: Sequence[Rule], verdicts: pl.DataFrame, past: Past, today: date, calendar: Calendar
) -> pl.DataFrame:
    """Return one row per rule and deal, rule by rule in the order of *verdicts*, with what is known of both."""
    spans = pl.DataFrame([_spans(rule) for rule in rules], schema=_SPANS, orient="row")
    names = [rule.id for rule in rules]
    seen = past.streaks.select(*_PAIR, "holds", "days", "business_days", "seen_on").cast(
        {name: STREAKS[name] for name in ("holds", "days", "business_days", "seen_on")}
    )
    return (
        verdicts.select("deal_id", *names)
        .unpivot(index="deal_id", on=names, variable_name="rule_id", value_name="raw_verdict")
        .join(spans, on="rule_id", how="left", maintain_order="left")
        .join(past.fired().rename({"severity": "was"}), on=_PAIR, how="left", maintain_order="left")
        .join(_reported(past), on=_PAIR, how="left", maintain_order="left")
        .join(seen, on=_PAIR, how="left", maintain_order="left")
        .with_columns(
            gap=days_between(pl.col("seen_on"), pl.lit(today)),
            business_gap=business_days_between(pl.col("seen_on"), pl.lit(today), calendar),
        )
    )


_SPANS: Final = pl.Schema(
    {
        "rule_id": pl.String(),
        "for": pl.Int64(),
        "for_business": pl.Boolean(),
        "keep": pl.Int64(),
        "keep_business": pl.Boolean(),
    }
)


def _spans(rule: Rule) -> tuple[str, int, bool, int, bool]:
    none = Span(0, business=False)
    wait, keep = rule.for_ or none, rule.keep_for or none
    return (rule.id, wait.count, wait.business, keep.count, keep.business)


def _reported(past: Past) -> pl.DataFrame:
    return past.reported.select(*_PAIR, reported=pl.lit(True)).unique(_PAIR)


def _elapsed() -> dict[str, pl.Expr]:
    """Return the days for which the present verdict holds: those so far, and those since, if it is still the same."""
    goes_on = (_unbroken() & (pl.col("holds") == (pl.col("raw_verdict") > CLEAR))).fill_null(False)
    frozen = pl.col("raw_verdict").is_null() & _unbroken()
    return {
        # Another verdict than before, or too long a gap, begins anew at 0.
        name: pl.when(goes_on).then(pl.col(name) + pl.col(gap)).when(frozen).then(pl.col(name)).otherwise(0)
        for name, gap in (("days", "gap"), ("business_days", "business_gap"))
    }


def _unbroken() -> pl.Expr:
    return pl.col("gap").is_between(0, LONGEST_GAP_DAYS).fill_null(False)


def _verdict(first: bool) -> pl.Expr:
    # What has fired before, or is named by an open task, waits no second time.
    ripe = pl.lit(first) | pl.col("was").is_not_null() | pl.col("reported").fill_null(False) | _passed("for")
    kept = pl.col("was").is_not_null() & ~_passed("keep")
    held_back = (pl.col("raw_verdict") > CLEAR) & ~ripe
    return (
        pl.when(held_back)
        .then(pl.lit(CLEAR))
        .when((pl.col("raw_verdict") <= CLEAR) & kept)
        .then(pl.col("was"))
        .otherwise(pl.col("raw_verdict"))
        .cast(pl.Int8)
    )


def _passed(span: str) -> pl.Expr:
    elapsed = pl.when(pl.col(f"{span}_business")).then("business_days").otherwise("days")
    return elapsed >= pl.col(span)


def _to_remember(judged: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return the streaks of rules that wait or are kept, and of those that became unknown meanwhile.

    What fired and is unknown after a gap is remembered as holding: then neither holding nor being clear goes on.
    """
    waits = (pl.col("raw_verdict") > CLEAR) & (pl.col("verdict") == CLEAR)
    kept = (pl.col("raw_verdict") <= CLEAR) & (pl.col("verdict") > CLEAR)
    unknown = pl.col("raw_verdict").is_null()
    frozen = unknown & (pl.col("was").is_not_null() | _unbroken())
    return (
        judged.filter((waits | kept).fill_null(False) | frozen)
        .with_columns(
            severity=pl.col("was").fill_null(0),
            holds=pl.when(~unknown).then(pl.col("raw_verdict") > CLEAR).otherwise(~_unbroken() | pl.col("holds")),
            seen_on=pl.lit(today),
        )
        .select(STREAKS.names())
        .cast(STREAKS)
    )
