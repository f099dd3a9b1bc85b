"""Levels, gates and filler, as expectations that are counted by hand from the small gate table of the fixtures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.model import ELEMENTS
from rules.model import EVERY_RULE, CoverageVerdict
from tests.rules.judgement.world import SOURCES, World, judged

ROLES = {"economic_buyer": "economic_buyer", "champion": "champion"}


def mapped(world: World, phase: str = "evaluation", entered: int = 20, **levels: Any) -> World:
    """One deal whose elements all are fields that show up to level 3."""
    columns = {f"{element}_level": levels.pop(element, 3) for element in ELEMENTS}
    return world.deal(phase=phase, entered=entered, **columns, **levels).knows(shows=dict.fromkeys(ELEMENTS, 3))


def test_the_gate_of_a_phase_is_the_exit_of_the_phase_before(world: World) -> None:
    mapped(world, metrics=1, paper_process=0)
    assert world.signal("meddpicc_gate") == "qualification"
    assert world.signal("meddpicc_gaps") == ["Metrics 1 of 2"]


@pytest.mark.parametrize(
    ("entered", "gate"),
    [
        (4, "discovery"),  # from Thursday: 2 business days
        (5, "qualification"),  # from Wednesday: 3
        (56, "qualification"),
        (57, "evaluation"),
    ],
)
def test_the_gate_moves_on_after_the_grace_and_after_the_longest_stay(world: World, entered: int, gate: str) -> None:
    assert mapped(world, entered=entered).signal("meddpicc_gate") == gate


def test_nothing_is_asked_in_discovery(world: World) -> None:
    mapped(world, "discovery", **dict.fromkeys(ELEMENTS, 0))
    assert (world.signal("meddpicc_shortfall"), world.signal("meddpicc_missing")) == (0, [])


def test_the_widest_gap_comes_first_and_equal_gaps_keep_the_field_order(world: World) -> None:
    mapped(world, "business_case", metrics=1, economic_buyer=1, champion=1, implicate_pain=0, paper_process=0)
    order = ["Implicate Pain", "Economic Buyer", "Paper Process", "Champion", "Metrics"]
    assert world.signal("meddpicc_missing") == order
    assert world.signal("meddpicc_focus") == order[:3]
    assert world.signal("meddpicc_shortfall") == 2


def test_a_gate_asks_no_more_than_the_mapping_can_show(world: World) -> None:
    mapped(world, metrics=1).knows(shows={**world.facts.shows, "metrics": 1})
    assert world.signal("meddpicc_shortfall") == 0


def test_a_small_deal_is_asked_by_the_profile_of_its_segment(world: World) -> None:
    mapped(world, "business_case", amount=9_000.0, **dict.fromkeys(ELEMENTS, 0))
    assert world.signal("meddpicc_gaps") == ["Economic Buyer 0 of 1"]


def test_a_deal_without_a_segment_has_no_gate(world: World) -> None:
    mapped(world, amount=None, metrics=0)
    assert world.signal("meddpicc_shortfall") is None


def test_a_deal_in_an_unmapped_stage_has_no_gate(world: World) -> None:
    mapped(world, "somewhere", metrics=0)
    assert (world.signal("meddpicc_shortfall"), world.signal("meddpicc_late_shortfall")) == (None, None)


def test_an_element_never_kept_is_not_asked_for(world: World) -> None:
    mapped(world, metrics=0)
    never = CoverageVerdict(EVERY_RULE, "field:metrics", "default", 0.1, judged=False)
    world.knows(coverage=(*judged(*(source for source in SOURCES if source != "field:metrics")), never))
    assert world.signal("meddpicc_shortfall") == 0


def test_an_element_no_longer_kept_is_unknown(world: World) -> None:
    mapped(world, metrics=0)
    lapsed = CoverageVerdict(EVERY_RULE, "field:metrics", "default", 0.1, judged=False, lapsed=True)
    world.knows(coverage=(*judged(*(source for source in SOURCES if source != "field:metrics")), lapsed))
    assert world.signal("meddpicc_shortfall") is None


def test_without_any_verdict_the_gate_is_unknown(world: World) -> None:
    mapped(world, metrics=0).knows(coverage=())
    assert world.signal("meddpicc_shortfall") is None


def test_a_hidden_field_makes_the_gate_unknown(world: World) -> None:
    mapped(world).knows(readable={"field:metrics": False})
    assert (world.signal("metrics_level"), world.signal("meddpicc_shortfall")) == (None, None)


def test_a_known_gap_answers_while_another_element_is_unknown(world: World) -> None:
    mapped(world, competition=0).knows(readable={"field:metrics": False})
    assert (world.signal("meddpicc_shortfall"), world.signal("meddpicc_missing")) == (1, ["Competition"])


def test_a_blank_level_that_is_not_asked_for_yet_makes_nothing_unknown(world: World) -> None:
    mapped(world, paper_process=None)
    assert world.signal("meddpicc_shortfall") == 0


def test_where_no_element_is_mapped_there_is_no_answer(world: World) -> None:
    mapped(world, metrics=0).knows(shows={})
    assert (world.signal("meddpicc_shortfall"), world.signal("meddpicc_sum")) == (None, None)


def test_where_no_mapped_element_is_kept_there_is_no_answer(world: World) -> None:
    mapped(world, metrics=0)
    world.knows(coverage=tuple(replace(verdict, judged=False) for verdict in world.facts.coverage))
    assert world.signal("meddpicc_shortfall") is None


@pytest.mark.parametrize(("touched", "level"), [(None, 1), (14, 2), (15, 1)])
def test_a_role_shows_one_and_two_while_its_touch_is_fresh(world: World, touched: int | None, level: int) -> None:
    world.deal().role("c1").knows(shows={"champion": 2}, element_roles=ROLES)
    if touched is not None:
        world.touch(touched, "c1")
    assert world.signal("champion_level") == level


def test_no_role_row_is_level_zero_and_a_written_level_above_the_role_counts(world: World) -> None:
    world.deal("d1").deal("d2", champion_level=3).role("c1", deal="d2")
    world.knows(shows={"champion": 3}, element_roles=ROLES)
    assert (world.signal("champion_level", "d1"), world.signal("champion_level", "d2")) == (0, 3)


def test_a_role_whose_touches_cannot_be_read_has_no_level(world: World) -> None:
    world.deal().role("c1").knows(shows={"champion": 2}, element_roles=ROLES, readable={"touches": False})
    assert world.signal("champion_level") is None


def test_a_role_is_asked_for_a_note_only_where_touches_are_not_kept(world: World) -> None:
    world.deal().role("c1", "economic_buyer").knows(shows={"economic_buyer": 2}, element_roles=ROLES)
    assert world.signal("meddpicc_gaps") == ["Economic Buyer 1 of 2"]
    world.knows(coverage=judged(*(source for source in SOURCES if source != "touches")))
    assert world.signal("meddpicc_shortfall") == 0


def test_what_is_recorded_does_not_move_with_the_freshness_of_a_touch(world: World) -> None:
    world.deal(metrics_level=2).role("c1").touch(3, "c1")
    world.knows(shows={"champion": 2, "metrics": 3}, element_roles=ROLES)
    assert world.signal("champion_level") == 2
    assert world.signal("meddpicc_recorded") == ["Metrics 2", "Champion 1"]


@pytest.mark.parametrize(
    ("phase", "level", "late"),
    [("evaluation", 0, 0), ("business_case", 1, 1), ("business_case", 2, 0), ("procurement", 0, 2)],
)
def test_late_shortfall_is_how_far_the_sponsors_are_from_confirmed_from_business_case_on(
    world: World, phase: str, level: int, late: int
) -> None:
    assert mapped(world, phase, economic_buyer=level).signal("meddpicc_late_shortfall") == late


@pytest.mark.parametrize(("phase", "missing"), [("evaluation", False), ("business_case", True)])
def test_a_paper_process_is_missing_once_the_gate_asks_for_it(world: World, phase: str, missing: bool) -> None:
    assert mapped(world, phase, paper_process=0).signal("meddpicc_paper_missing") is missing


def test_fillers_are_named_and_counted(world: World) -> None:
    world.deal(metrics_filler=True, champion_filler=False, competition_filler=True).knows(shows={"metrics": 1})
    assert world.signal("meddpicc_filler_count") == 2
    assert world.signal("meddpicc_fillers") == ["Metrics", "Competition"]


def test_filler_is_unknown_where_no_text_is_mapped(world: World) -> None:
    assert world.deal().signal("meddpicc_filler_count") is None


def test_no_filler_seen_is_unknown_while_a_mapped_field_is_hidden(world: World) -> None:
    world.deal(champion_filler=False).knows(shows={"metrics": 1, "champion": 1}, readable={"field:metrics": False})
    assert world.signal("meddpicc_filler_count") is None


def test_the_sum_is_unknown_while_one_mapped_level_is(world: World) -> None:
    mapped(world, metrics=None)
    assert world.signal("meddpicc_sum") is None
    assert mapped(World(), metrics=1).signal("meddpicc_sum") == 22
