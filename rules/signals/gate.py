"""The MEDDPICC gate: what the playbook wants of a deal by now, and what it still misses.

A gate asks what should have been reached on leaving a phase, and no more than the org can show: elements that are
mapped, kept well enough in the deal's pipeline, and no higher than their mapping reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

from connectors.model import ELEMENTS, PHASES
from rules.model import Facts, Gates
from rules.signals.covered import Covered, in_pipelines
from rules.signals.lists import in_order, numbers, worded
from rules.signals.meddpicc import ELEMENT_NAMES
from rules.signals.phases import longest

GATE_SIGNALS: Final = (
    "meddpicc_gate",
    "meddpicc_shortfall",
    "meddpicc_key_shortfall",
    "meddpicc_late_shortfall",
    "meddpicc_paper_missing",
    "meddpicc_missing",
    "meddpicc_focus",
    "meddpicc_gaps",
    "meddpicc_gap_count",
    *(f"{element}_needed" for element in ELEMENTS),
)
"""The signals of this module: they depend on the segment, and so cannot decide it."""

_RANKED: Final = (
    "economic_buyer",
    "paper_process",
    "decision_process",
    "champion",
    "decision_criteria",
    "metrics",
    "implicate_pain",
    "competition",
)
_KEY: Final = ("economic_buyer", "champion", "implicate_pain")
_SPONSORS: Final = ("economic_buyer", "champion")
_TOP_LEVEL: Final = 3
_CONFIRMED: Final = 2
_UNASKED: Final = -1
FOCUS: Final = 3
"""How many gaps a task works on at once."""
_GAP_COLUMNS: Final = tuple(f"_gap_{place}" for place in range(len(_RANKED)))


def _gap(rank: Any, level: Any, required: Any) -> Any:
    """Return a gap as one number whose order is that of gaps: the widest first, then the field's order of elements."""
    return (_TOP_LEVEL - required + level) * 1000 + rank * 100 + level * 10 + required


_KNOWN_GAPS: Final = [
    (element, level, required, _gap(rank, level, required))
    for rank, element in enumerate(_RANKED)
    for required in range(1, _TOP_LEVEL + 1)
    for level in range(required)
]
_NAMES: Final = {gap: ELEMENT_NAMES[element] for element, _, _, gap in _KNOWN_GAPS}
_GAPS: Final = {gap: f"{ELEMENT_NAMES[element]} {level} of {required}" for element, level, required, gap in _KNOWN_GAPS}


def with_gate(frame: pl.LazyFrame, facts: Facts, gates: Gates, covered: Covered) -> pl.LazyFrame:
    """Add GATE_SIGNALS to *frame*, from levels, phase, days in it, and segment.

    Known shortfalls answer even while other elements are unknown; without one, an unknown element leaves the answer
    unknown. Where nothing can be asked of a pipeline there is no answer.
    """
    frame = frame.with_columns(_gate(gates).alias("_gate"))
    frame = frame.with_columns(
        _required(element, facts, gates, covered).alias(f"_{element}_required") for element in _RANKED
    )
    frame = frame.with_columns(_short(element, facts, covered).alias(f"_{element}_short") for element in _RANKED)
    worst = _worst(_short_columns(_RANKED))
    frame = frame.with_columns(pl.when(worst >= 0).then(worst).alias("meddpicc_shortfall"))
    late = _worst(_short(element, facts, covered, at_most=_CONFIRMED) for element in _SPONSORS).clip(lower_bound=0)
    is_late = pl.col("_place") >= PHASES.index("business_case")
    paper = pl.col("_paper_process_short")
    frame = frame.with_columns(
        _phase_name(pl.col("_gate")).alias("meddpicc_gate"),
        _worst(_short_columns(_KEY)).clip(lower_bound=0).alias("meddpicc_key_shortfall"),
        pl.when(~is_late).then(0).when(is_late).then(late).alias("meddpicc_late_shortfall"),
        ((paper > 0) & (pl.col("paper_process_level") == 0)).alias("meddpicc_paper_missing"),
        *_gap_columns(),
    )
    frame = in_order(frame, _GAP_COLUMNS)
    known = pl.col("meddpicc_shortfall").is_not_null()
    gaps = pl.when(known).then(numbers(pl.col(name) for name in _GAP_COLUMNS))
    return frame.with_columns(gaps.alias("_gaps")).with_columns(
        worded(pl.col("_gaps"), _NAMES).alias("meddpicc_missing"),
        worded(pl.col("_gaps").list.head(FOCUS), _NAMES).alias("meddpicc_focus"),
        worded(pl.col("_gaps"), _GAPS).alias("meddpicc_gaps"),
        pl.col("_gaps").list.len().alias("meddpicc_gap_count"),
        *(pl.col(f"_{element}_required").alias(f"{element}_needed") for element in ELEMENTS),
    )


def _phase_name(place: pl.Expr) -> pl.Expr:
    names = {place: phase.replace("_", " ") for place, phase in enumerate(PHASES)}
    return place.replace_strict(names, default=None, return_dtype=pl.String)


def _gate(gates: Gates) -> pl.Expr:
    """Return the place of the phase whose exit counts; below 0, before the first, nothing is asked."""
    place, days, business_days = pl.col("_place"), pl.col("days_in_phase"), pl.col("business_days_in_phase")
    # Past the playbook's longest stay the phase's own exit is asked for; onboarding has no gate.
    limit = pl.when(pl.col("phase") != "onboarding").then(longest(pl.col("phase")))
    return (
        pl.when(days > limit)
        .then(place)
        # After the grace the exit of the phase before is asked for, within it still that of the one before.
        .when(business_days >= gates.grace)
        .then(place - 1)
        .when(business_days < gates.grace)
        .then(place - 2)
    )


def _required(element: str, facts: Facts, gates: Gates, covered: Covered) -> pl.Expr:
    """Return the level asked of *element* by now; unknown where the gate is, or the segment that decides it."""
    required = _at_gate(element, gates.minimum)
    if gates.segments:
        for segment, minimum in sorted(gates.segments.items()):
            required = pl.when(pl.col("segment") == segment).then(_at_gate(element, minimum)).otherwise(required)
        required = pl.when(pl.col("segment").is_not_null()).then(required)
    return pl.when(required.is_not_null()).then(pl.min_horizontal(required, _shown(element, facts, covered)))


def _at_gate(element: str, minimum: Mapping[str, Mapping[str, int]]) -> pl.Expr:
    gate = pl.col("_gate")
    by_place = {PHASES.index(phase): levels.get(element, 0) for phase, levels in minimum.items()}
    return pl.when(gate.is_not_null()).then(gate.replace_strict(by_place, default=0, return_dtype=pl.Int64))


def _shown(element: str, facts: Facts, covered: Covered) -> pl.Expr:
    """Return the highest level that the mapping can show in the deal's pipeline.

    Where only a role lifts an element above a note, it can do so only where that role and touches are kept.
    """
    shows, role = facts.shows.get(element, 0), facts.element_roles.get(element)
    if role is None or shows != _CONFIRMED:
        return pl.lit(shows, dtype=pl.Int64)
    proven = covered.judged_in(f"roles:{role}") & covered.judged_in("touches")
    return pl.when(in_pipelines(proven)).then(pl.lit(_CONFIRMED, dtype=pl.Int64)).otherwise(1)


def _short(element: str, facts: Facts, covered: Covered, at_most: int = _TOP_LEVEL) -> pl.Expr:
    """Return by how much *element* falls short of what is asked, up to level *at_most*: -1 not asked, null unknown."""
    if element not in facts.shows:
        return pl.lit(_UNASKED, dtype=pl.Int64)
    role = facts.element_roles.get(element)
    sources = [f"field:{element}", *([f"roles:{role}"] if role else [])]
    judged = frozenset[str]().union(*(covered.judged_in(source) for source in sources))
    lapsed = frozenset[str]().union(*(covered.lapsed_in(source) for source in sources))
    required = pl.col(f"_{element}_required").clip(upper_bound=at_most)
    return (
        pl.when(in_pipelines(covered.pipelines - judged - lapsed))
        .then(pl.lit(_UNASKED, dtype=pl.Int64))
        # Nothing is asked, so that an unknown level does not matter.
        .when(required == 0)
        .then(0)
        # Where a source lapsed, a low level may only be missing rows: unknown, no branch is taken.
        .when(in_pipelines(judged - lapsed))
        .then((required - pl.col(f"{element}_level")).clip(lower_bound=0))
    )


def _short_columns(elements: Iterable[str]) -> list[pl.Expr]:
    return [pl.col(f"_{element}_short") for element in elements]


def _worst(shorts: Iterable[pl.Expr]) -> pl.Expr:
    """Return the largest shortfall if any is known to be one, else unknown if any is unknown."""
    columns = list(shorts)
    unknown = pl.any_horizontal(short.is_null() for short in columns)
    worst = pl.max_horizontal(columns)
    return pl.when((worst > 0) | ~unknown).then(worst)


def _gap_columns() -> list[pl.Expr]:
    """Return the gap of each element, null where it has none."""
    return [
        pl.when(pl.col(f"_{element}_short") > 0)
        .then(_gap(rank, pl.col(f"{element}_level"), pl.col(f"_{element}_required")))
        .alias(name)
        for (rank, element), name in zip(enumerate(_RANKED), _GAP_COLUMNS, strict=True)
    ]
