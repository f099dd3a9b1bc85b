"""Signals of the timeline: limits of phases, moves between them, and what the playbook still needs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.model import PHASES
from rules.signals.phases import PHASE_DAYS
from tests.rules.judgement.world import NOW, World


def move(world: World, old: str | None, new: str, days_ago: int) -> World:
    number = len(world.rows["changes"])
    at = NOW - timedelta(days=days_ago)
    return world.add("changes", change_id=f"m{number}", deal_id="d1", field="stage", old=old, new=new, at=at)


def test_every_phase_has_a_shortest_and_a_longest_stay() -> None:
    assert tuple(PHASE_DAYS) == PHASES
    assert all(low < high for low, high in PHASE_DAYS.values())


def test_the_use_of_a_phase_is_its_days_over_the_playbooks_limit(world: World) -> None:
    world.deal(phase="evaluation", entered=84)
    assert (world.signal("phase_limit_days"), world.signal("phase_use")) == (56, 1.5)


@pytest.mark.parametrize(
    ("phase", "entered", "needed"),
    [
        ("discovery", 0, 105),
        ("discovery", 14, 91),
        ("discovery", 60, 91),
        ("qualification", 7, 84),
        ("evaluation", 28, 56),
        ("business_case", 14, 42),
        ("procurement", 28, 14),
        ("close", 4, 10),
        ("close", 14, 0),
    ],
)
def test_what_is_left_of_the_shortest_way_counts_the_rest_of_this_phase(
    world: World, phase: str, entered: int, needed: int
) -> None:
    assert world.deal(phase=phase, entered=entered).signal("remaining_need_days") == needed


def test_onboarding_needs_nothing_more_to_the_signature(world: World) -> None:
    assert world.deal(phase="onboarding").signal("remaining_need_days") is None


def test_a_phase_jumped_over_is_counted(world: World) -> None:
    move(world.deal(phase="business_case"), "qualification", "business_case", 20)
    assert (world.signal("phase_before"), world.signal("phases_skipped")) == ("qualification", 1)


def test_the_next_phase_skips_nothing(world: World) -> None:
    assert move(world.deal(), "qualification", "evaluation", 20).signal("phases_skipped") == 0


def test_a_deal_created_in_its_phase_skipped_nothing(world: World) -> None:
    assert world.deal(entered=100).signal("phases_skipped") == 0


def test_without_history_nobody_knows_what_was_skipped(world: World) -> None:
    assert world.deal(entered=20).signal("phases_skipped") is None


def test_hidden_history_leaves_moves_unknown(world: World) -> None:
    move(world.deal(), "discovery", "evaluation", 20).knows(readable={"changes": False})
    assert (world.signal("phases_skipped"), world.signal("furthest_phase")) == (None, None)


def test_the_stay_in_the_phase_before_runs_from_entry_to_exit(world: World) -> None:
    move(world.deal(), "discovery", "qualification", 27)
    move(world, "qualification", "evaluation", 20)
    assert (world.signal("phase_before_days"), world.signal("phase_before_use")) == (7, 1.0)


def test_the_first_phase_is_entered_with_the_deal(world: World) -> None:
    assert move(world.deal(), "qualification", "evaluation", 20).signal("phase_before_days") == 80


def test_a_deal_that_moved_back_knows_how_far_it_was_and_since_when(world: World) -> None:
    move(world.deal(phase="qualification"), "evaluation", "qualification", 5)
    assert world.signal("furthest_phase") == "evaluation"
    assert world.signal("phase_regressed_on") == date(2026, 6, 10)


def test_a_move_back_is_forgotten_after_half_a_year(world: World) -> None:
    move(world.deal(phase="qualification", created_at=NOW - timedelta(400)), "evaluation", "qualification", 181)
    assert (world.signal("furthest_phase"), world.signal("phase_regressed_on")) == ("qualification", None)


def test_moves_count_in_the_order_of_time_whatever_the_order_of_rows(world: World) -> None:
    move(world.deal(phase="business_case"), "evaluation", "business_case", 3)
    move(world, "qualification", "evaluation", 30)
    world.rows["changes"].reverse()
    assert (world.signal("phase_before"), world.signal("phase_before_days")) == ("evaluation", 27)
