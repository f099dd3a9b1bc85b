"""Shares, floors, and which rules are not judged."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from rules.judgement.coverage import measure, not_judged, verdicts
from rules.language.signal import SignalType
from rules.model import CoverageVerdict
from rules.signals.catalogue import CATALOGUE, with_extras
from tests.rules.judgement.world import World, judged, rule, ruleset


def share(world: World, source: str, pipeline: str = "default") -> float:
    measured = measure(world.tables, world.facts, with_extras(CATALOGUE, world.facts.extras))
    row = measured.filter((pl.col("source") == source) & (pl.col("pipeline") == pipeline))
    value: float = row.get_column("share").item()
    return value


def measured(value: float, source: str = "roles") -> pl.DataFrame:
    row = {"source": [source], "pipeline": ["default"], "deals": [100], "share": [value]}
    return pl.DataFrame(
        row, schema={"source": pl.String, "pipeline": pl.String, "deals": pl.Int64, "share": pl.Float64}
    )


def judged_by(value: float, *before: CoverageVerdict) -> dict[str, tuple[bool, bool]]:
    measured_verdicts = verdicts(measured(value), before)
    return {str(verdict.about): (verdict.judged, verdict.lapsed) for verdict in measured_verdicts}


def test_every_source_of_the_catalogue_is_measured_in_every_pipeline(world: World) -> None:
    world.deal("d1").deal("d2", pipeline="partners")
    rows = measure(world.tables, world.facts, CATALOGUE)
    sources = {source for signal in CATALOGUE.values() for source in signal.sources}
    for pipeline in ("default", "partners"):
        assert sources <= set(rows.filter(pl.col("pipeline") == pipeline).get_column("source"))
    assert set(rows.get_column("deals")) == {1}


def test_closed_deals_do_not_count(world: World) -> None:
    world.deal("d1").role("c1", deal="d1").deal("d2", is_closed=True)
    assert share(world, "roles") == 1.0


def test_roles_count_deals_and_not_rows(world: World) -> None:
    world.deal("d1").deal("d2").role("c1").role("c2").role("c3", None, deal="d2")
    assert (share(world, "roles"), share(world, "roles:champion"), share(world, "roles:legal")) == (1.0, 0.5, 0.0)


@pytest.mark.parametrize(("days", "expected"), [(90, 1.0), (91, 0.0), (-1, 0.0)])
def test_touches_count_for_ninety_days_back(world: World, days: int, expected: float) -> None:
    world.deal().touch(days, kind="email", direction="outbound")
    assert (share(world, "touches"), share(world, "touches:email"), share(world, "touches:call")) == (
        expected,
        expected,
        0.0,
    )


def test_an_unmapped_stage_counts_against_the_phase(world: World) -> None:
    assert share(world.deal("d1").deal("d2", phase="somewhere"), "phase") == 0.5


def test_an_element_counts_by_its_field_or_the_role_that_proves_it(world: World) -> None:
    world.deal("d1", champion_filled=True).deal("d2").deal("d3").deal("d4", champion_filled=False).role("c1", deal="d2")
    world.knows(shows={"champion": 2}, element_roles={"champion": "champion"})
    assert share(world, "field:champion") == 0.5


def test_an_unmapped_element_has_no_coverage_whatever_its_column_says(world: World) -> None:
    assert share(world.deal(metrics_filled=True), "field:metrics") == 0.0


def test_a_mapped_extra_counts_where_it_has_a_value(world: World) -> None:
    world.deal("d1", extras='{"x_tier": "Gold"}').deal("d2", extras='{"x_tier": ""}').deal("d3").deal("d4")
    world.knows(extras={"x_tier": SignalType.TEXT})
    assert share(world, "field:x_tier") == 0.25


def test_what_cannot_be_read_has_no_coverage(world: World) -> None:
    world.deal().role("c1").knows(readable={"roles": False})
    assert (share(world, "roles"), share(world, "roles:champion")) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("value", "absence", "recency"),
    [(0.30, True, True), (0.29, False, True), (0.05, False, True), (0.049, False, False), (0.0, False, False)],
)
def test_the_floors_are_thirty_and_five_percent(value: float, absence: bool, recency: bool) -> None:
    assert judged_by(value) == {"absence": (absence, False), "recency": (recency, False)}


@pytest.mark.parametrize(
    ("value", "absence", "recency"),
    [
        (0.25, (True, False), (True, False)),
        (0.249, (False, True), (True, False)),
        (0.001, (False, True), (True, False)),
        (0.0, (False, True), (False, True)),
    ],
)
def test_to_leave_judged_takes_five_points_less_and_is_remembered(
    value: float, absence: tuple[bool, bool], recency: tuple[bool, bool]
) -> None:
    assert judged_by(value, *judged("roles")) == {"absence": absence, "recency": recency}


def test_a_lapsed_source_comes_back_at_the_floor_only() -> None:
    lapsed = CoverageVerdict("roles", "default", "absence", 0.1, judged=False, lapsed=True)
    assert judged_by(0.29, lapsed)["absence"] == (False, True)
    assert judged_by(0.30, lapsed)["absence"] == (True, False)


def test_a_pipeline_without_open_deals_keeps_its_verdicts() -> None:
    before = judged("roles", pipeline="partners")
    assert set(before) <= set(verdicts(measured(1.0), before))


def named(value: dict[str, float], of: Any) -> Any:
    measured_verdicts = verdicts(pl.concat(measured(share, source) for source, share in value.items()), ())
    return dict(not_judged(ruleset(of), CATALOGUE, measured_verdicts))


def test_a_rule_judged_nowhere_is_named_with_its_worst_source() -> None:
    threaded = rule("threaded", measure="engaged_contacts", worse="lower", levels=((None, {"warn": 2}),))
    assert named({"roles": 0.2, "touches": 0.1}, threaded) == {"threaded": ("touches", 0.1, 0.3)}
    assert named({"roles": 0.2, "touches": 0.9}, threaded) == {"threaded": ("roles", 0.2, 0.3)}
    assert named({"roles": 0.9, "touches": 0.9}, threaded) == {}


def test_of_sources_of_which_one_is_enough_the_best_is_named() -> None:
    gate = rule("gate", when="meddpicc_shortfall >= 1", severity=((None, "warn"),))
    assert named({"field:metrics": 0.2, "field:champion": 0.1}, gate) == {"gate": ("field:metrics", 0.2, 0.3)}
    assert named({"field:metrics": 0.3, "field:champion": 0.1}, gate) == {}


def test_a_rule_judged_in_one_pipeline_is_not_named() -> None:
    kept = judged("roles", pipeline="partners")
    lacking = CoverageVerdict("roles", "default", "absence", 0.0, judged=False)
    none = rule("none", when="contacts = 0", severity=((None, "warn"),))
    assert dict(not_judged(ruleset(none), CATALOGUE, (*kept, lacking))) == {}


def test_a_rule_without_sources_is_never_named() -> None:
    past = rule("past", when="close_in_days < 0", severity=((None, "high"),))
    assert named({"roles": 0.0}, past) == {}
