"""Signals of the qualification as a whole: sum, weakest element, stale answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from connectors.model import ELEMENTS
from tests.rules.judgement.world import World

FULL = {f"{element}_level": 3 for element in ELEMENTS}


def qualified(world: World, **values: Any) -> World:
    return world.knows(shows=dict.fromkeys(ELEMENTS, 3)).deal(phase="evaluation", entered=20, **{**FULL, **values})


def test_a_surplus_of_one_element_makes_up_for_the_gap_of_another(world: World) -> None:
    qualified(world, champion_level=1, economic_buyer_level=2)
    assert (world.signal("meddpicc_total_shortfall"), world.signal("meddpicc_shortfall")) == (0, 1)


def test_a_sum_below_the_gates_is_short_by_the_difference(world: World) -> None:
    qualified(world, **{f"{element}_level": 1 for element in ELEMENTS})
    assert world.signal("meddpicc_total_shortfall") == 4


def test_the_weakest_elements_are_those_of_the_lowest_level_among_the_asked(world: World) -> None:
    qualified(world, champion_level=0, metrics_level=0, decision_criteria_level=0)
    assert (world.signal("meddpicc_weakest_level"), world.signal("meddpicc_weakest")) == (0, ["Metrics", "Champion"])


def test_an_unknown_element_leaves_sum_and_weakest_unknown(world: World) -> None:
    qualified(world, champion_level=None)
    assert (world.signal("meddpicc_total_shortfall"), world.signal("meddpicc_weakest_level")) == (None, None)


def test_a_confirmation_grows_stale_after_45_days_and_a_champions_after_30(world: World) -> None:
    qualified(
        world,
        metrics_confirmed_on=date(2026, 5, 1),
        decision_process_confirmed_on=date(2026, 4, 30),
        champion_confirmed_on=date(2026, 5, 15),
        economic_buyer_confirmed_on=date(2026, 5, 16),
    )
    assert world.signal("meddpicc_stale") == ["Decision Process", "Champion"]
    assert world.signal("meddpicc_stale_count") == 2


def test_what_was_never_confirmed_cannot_grow_stale(world: World) -> None:
    assert qualified(world, metrics_level=1, metrics_confirmed_on=date(2026, 1, 1)).signal("meddpicc_stale_count") == 0


def test_where_no_confirmation_is_kept_nothing_is_known_to_be_stale(world: World) -> None:
    assert qualified(world).signal("meddpicc_stale_count") is None


def test_without_mapped_elements_there_is_nothing_to_sum(world: World) -> None:
    assert (world.deal().signal("meddpicc_total_shortfall"), world.signal("meddpicc_stale_count")) == (None, None)
