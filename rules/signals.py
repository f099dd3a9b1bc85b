"""Signals of deals: everything that rules may ask, computed from the canonical tables in one lazy plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.catalogue import CATALOGUE, with_extras
from rules.compile import to_polars
from rules.covered import Covered, touches_seen
from rules.model import Facts, RuleSet, Signal, SignalType
from rules.signals_deal import deal_frame, deal_signals, elapsed_signals
from rules.signals_gate import GATE_SIGNALS, with_gate
from rules.signals_meddpicc import level_signals, summary_signals
from rules.signals_roles import missing_roles, people, role_signals
from rules.signals_touches import deal_touches, touch_signals

IDENTITY: Final = ("deal_id", "name", "account_id", "owner_id", "pipeline", "stage_id")
"""Columns that say which deal a row is about; not signals."""

_TYPES: Final[Mapping[SignalType, pl.DataType]] = {
    SignalType.TEXT: pl.String(),
    SignalType.DATE: pl.Date(),
    SignalType.BOOLEAN: pl.Boolean(),
    SignalType.PHASE: pl.String(),
    SignalType.LIST: pl.List(pl.String()),
}
_FRACTIONAL: Final = frozenset({"amount", "probability"})


def compute(tables: Mapping[str, pl.DataFrame], facts: Facts, ruleset: RuleSet) -> pl.DataFrame:
    """Give one row per deal of ``tables["deals"]``, by deal_id: IDENTITY, every signal, and ``in_scope``.

    The tables may be limited to what concerns these deals, but every link of a touch that appears must be there: a
    touch that is linked to another deal counts for that one alone. ``in_scope`` is null where the scope's condition is
    unknown.
    """
    catalogue = with_extras(CATALOGUE, facts.extras)
    covered = Covered.of(facts.coverage)
    touches = deal_touches(tables, facts)
    frame = (
        deal_frame(tables, facts)
        .join(touches.by_deal, on="deal_id", how="left")
        .join(people(tables, facts, touches.by_contact), on="deal_id", how="left")
        .with_columns(touches_seen(facts, covered).alias("touches_seen"))
        .with_columns(*deal_signals(facts), *touch_signals(facts), *role_signals(facts))
        .with_columns(*elapsed_signals(facts), *level_signals(facts, ruleset.gates), missing_roles(facts, covered))
        .with_columns(*summary_signals(facts), *(_nothing(catalogue[name]) for name in GATE_SIGNALS))
    )
    frame = with_gate(frame.with_columns(_segment(ruleset)), facts, ruleset.gates, covered)
    scope = to_polars(ruleset.scope) if ruleset.scope is not None else pl.lit(True)
    signals = [pl.col(name).cast(polars_type(signal)) for name, signal in catalogue.items()]
    return frame.select(*IDENTITY, *signals, scope.alias("in_scope")).sort("deal_id").collect()


def polars_type(signal: Signal) -> pl.DataType:
    """Give the type of the column that holds *signal*: whole numbers where it counts."""
    if signal.type is SignalType.NUMBER:
        return pl.Float64() if signal.name in _FRACTIONAL or signal.name.startswith("x_") else pl.Int64()
    return _TYPES[signal.type]


def _segment(ruleset: RuleSet) -> pl.Expr:
    """Give the first segment whose condition holds; unknown once a condition before it is unknown."""
    segment: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, condition in reversed(ruleset.segments):
        holds = to_polars(condition)
        segment = pl.when(holds).then(pl.lit(name)).when(~holds).then(segment)
    return segment.alias("segment")


def _nothing(signal: Signal) -> pl.Expr:
    return pl.lit(None, dtype=polars_type(signal)).alias(signal.name)
