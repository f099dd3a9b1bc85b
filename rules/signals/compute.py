"""Signals of deals: everything that rules may ask, computed from the canonical tables in one lazy plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import polars as pl

from rules.language.compile import to_polars
from rules.language.signal import Signal, SignalType
from rules.model import Facts, RuleSet
from rules.signals import activity, changes, committee, milestones, mutual_plan, qualification, review, timeline
from rules.signals.activity import activity_frame, activity_signals
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.changes import change_signals, changes_of
from rules.signals.collected import collected
from rules.signals.committee import committee_frame, committee_signals, needed_roles
from rules.signals.covered import Covered, touches_seen
from rules.signals.deal import deal_frame, deal_signals, elapsed_signals
from rules.signals.explained import explained_dates
from rules.signals.gate import GATE_SIGNALS, with_gate
from rules.signals.meddpicc import level_signals, summary_signals
from rules.signals.milestones import milestone_signals
from rules.signals.mutual_plan import mutual_plan_signals
from rules.signals.phases import phase_map, place_of
from rules.signals.qualification import QUALIFICATION_SIGNALS, gate_sums, stale_signals
from rules.signals.review import last_phases, review_signals
from rules.signals.roles import holders, missing_roles, people, role_signals
from rules.signals.scope import in_scope
from rules.signals.timeline import phase_moves, timeline_signals
from rules.signals.touches import DealTouches, deal_touches, touch_signals

IDENTITY: Final = ("deal_id", "name", "account_id", "owner_id", "pipeline", "stage_id")
"""Columns that say which deal a row is about; not signals."""

_TYPES: Final[Mapping[SignalType, pl.DataType]] = {
    SignalType.TEXT: pl.String(),
    SignalType.DATE: pl.Date(),
    SignalType.BOOLEAN: pl.Boolean(),
    SignalType.PHASE: pl.String(),
    SignalType.LIST: pl.List(pl.String()),
}
# All other numbers count something, and tasks show them without a decimal point.
_FRACTIONAL: Final = frozenset(
    {
        "amount",
        "amount_original",
        "probability",
        "amount_before",
        "amount_drop_percent",
        "discount_percent",
        "phase_use",
        "phase_before_use",
    }
)


_ASIDE: Final[Mapping[ModuleType, Callable[[Facts], list[pl.Expr]]]] = {
    activity: activity_signals,
    changes: change_signals,
    committee: committee_signals,
    milestones: milestone_signals,
    mutual_plan: mutual_plan_signals,
    qualification: stale_signals,
    review: review_signals,
    timeline: timeline_signals,
}
"""Modules whose signals no others are made from."""

_NAMES: Final = {module: frozenset(signal.name for signal in module.catalogue()) for module in _ASIDE}


def compute(
    tables: Mapping[str, pl.DataFrame], facts: Facts, ruleset: RuleSet, names: Collection[str] | None = None
) -> pl.DataFrame:
    """Return a row per deal, by deal_id: the columns of IDENTITY, signals, ``in_scope``, ``muted``, ``in_pilot``.

    The signals are those among *names*, in the order of the catalogue, and all of them if no names are given.

    The tables may be limited to what concerns these deals, but every link of a touch that appears must be there: a
    touch that is linked to another deal counts for that deal only. ``in_scope`` and ``in_pilot`` are null where that
    is unknown, ``muted`` never is.
    """
    catalogue = with_extras(CATALOGUE, facts.extras)
    covered = Covered.of(facts.coverage)
    asked = _Asked(frozenset(catalogue) if names is None else frozenset(names).union(*_deciding(ruleset)))
    frame = (
        # In steps, since Polars computes the columns of one step side by side: each needs those of the steps before.
        _gathered(tables, facts, asked)
        .with_columns(touches_seen(facts, covered).alias("touches_seen"), place_of(pl.col("phase")).alias("_place"))
        .with_columns(*touch_signals(facts), *role_signals(facts))
        .with_columns(*elapsed_signals(facts), *level_signals(facts, ruleset.gates))
        .with_columns(missing_roles(facts, covered), *needed_roles(covered))
        .with_columns(signal for module, made in _ASIDE.items() if asked.of(module) for signal in made(facts))
        .with_columns(*summary_signals(facts))
        # The gate depends on the segment, whose condition may name any signal: until then these are null.
        .with_columns(_nothing(catalogue[name]) for name in (*GATE_SIGNALS, *QUALIFICATION_SIGNALS))
        .with_columns(_segment(ruleset))
    )
    if asked.any_of((*GATE_SIGNALS, *QUALIFICATION_SIGNALS)):
        frame = with_gate(frame, facts, ruleset.gates, covered).with_columns(gate_sums(facts))
    muted = (pl.col("muted_until") > facts.today).fill_null(False).alias("muted")
    wanted = {name: signal for name, signal in catalogue.items() if names is None or name in names}
    signals = [pl.col(name).cast(polars_type(signal)) for name, signal in wanted.items()]
    pilot = pl.lit(True) if ruleset.pilot is None else to_polars(ruleset.pilot)
    sides = (in_scope(ruleset).alias("in_scope"), muted, pilot.alias("in_pilot"))
    rows = frame.select(*IDENTITY, *signals, *sides).sort("deal_id")
    return collected(rows, tables["deals"].height)


def _gathered(tables: Mapping[str, pl.DataFrame], facts: Facts, asked: _Asked) -> pl.LazyFrame:
    """Return the deals with their own signals and what all other tables hold about each."""
    touches: DealTouches = deal_touches(tables, facts)
    held = holders(tables, touches.by_contact)
    # Cached, since several of the parts below start from it.
    frame = deal_frame(tables, facts).with_columns(*deal_signals(facts)).cache()
    entered = frame.select("deal_id", "phase_entered_on")
    parts = [touches.by_deal, explained_dates(tables, facts), people(tables, facts, held)]
    if asked.of(committee):
        parts.append(committee_frame(tables, facts, held))
    if asked.of(activity):
        parts.append(activity_frame(touches.each, entered))
    if asked.of(changes):
        parts.append(changes_of(tables, facts, entered))
    if asked.of(timeline):
        parts.append(phase_moves(tables, facts, frame))
    if asked.of(review):
        parts.append(last_phases(tables, frame, phase_map(facts)))
    for part in parts:
        frame = frame.join(part, on="deal_id", how="left")
    return frame


@dataclass(frozen=True, slots=True)
class _Asked:
    """The signals that are wanted, or that decide over segment and scope; what nothing asks for is not planned."""

    names: frozenset[str]

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether one of these is asked for."""
        return not self.names.isdisjoint(names)

    def of(self, module: ModuleType) -> bool:
        """Whether a signal of a module is asked for."""
        return self.any_of(_NAMES[module])


def _deciding(ruleset: RuleSet) -> Iterator[frozenset[str]]:
    yield from (condition.names for _, condition in ruleset.segments)
    yield from (condition.names for condition in (ruleset.scope, ruleset.pilot) if condition is not None)


def polars_type(signal: Signal) -> pl.DataType:
    """Return the type of the column that holds *signal*: whole numbers where it counts."""
    if signal.type is SignalType.NUMBER:
        return pl.Float64() if signal.name in _FRACTIONAL or signal.name.startswith("x_") else pl.Int64()
    return _TYPES[signal.type]


def _segment(ruleset: RuleSet) -> pl.Expr:
    """Return the first segment whose condition holds; unknown once a condition before it is unknown."""
    segment: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, condition in reversed(ruleset.segments):
        holds = to_polars(condition)
        segment = pl.when(holds).then(pl.lit(name)).when(~holds).then(segment)
    return segment.alias("segment")


def _nothing(signal: Signal) -> pl.Expr:
    return pl.lit(None, dtype=polars_type(signal)).alias(signal.name)
