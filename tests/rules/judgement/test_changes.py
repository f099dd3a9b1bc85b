"""Signals of what changed: pushes and slip, falls of the amount, the next step, a new competitor."""

from __future__ import annotations

from datetime import date, timedelta

from tests.rules.judgement.world import NOW, World


def change(world: World, field: str, old: str | None, new: str | None, days_ago: int) -> World:
    number = len(world.rows["changes"])
    at = NOW - timedelta(days=days_ago)
    return world.add("changes", change_id=f"c{number}", deal_id="d1", field=field, old=old, new=new, at=at)


def test_slip_is_the_net_of_all_moves(world: World) -> None:
    change(world.deal(), "close_date", "2026-07-01", "2027-07-01", 60)
    change(world, "close_date", "2027-07-01", "2026-09-01", 59)
    assert (world.signal("close_date_slip_days"), world.signal("close_date_before")) == (62, date(2026, 7, 1))


def test_a_date_moved_forward_has_not_slipped(world: World) -> None:
    assert change(world.deal(), "close_date", "2026-12-01", "2026-09-01", 60).signal("close_date_slip_days") == 0


def test_a_date_that_never_moved_has_not_slipped(world: World) -> None:
    assert (world.deal().signal("close_date_slip_days"), world.signal("close_date_pushes")) == (0, 0)


def test_a_first_close_date_is_no_push(world: World) -> None:
    change(world.deal(), "close_date", None, "2026-09-01", 60)
    assert (world.signal("close_date_pushes"), world.signal("close_date_slip_days")) == (0, 0)


def test_moves_of_over_half_a_year_ago_are_forgotten(world: World) -> None:
    assert change(world.deal(), "close_date", "2026-01-01", "2026-09-01", 181).signal("close_date_slip_days") == 0


def test_hidden_history_leaves_the_slip_unknown(world: World) -> None:
    change(world.deal(), "close_date", "2026-07-01", "2026-09-01", 5).knows(readable={"changes": False})
    assert (world.signal("close_date_slip_days"), world.signal("close_date_pushes")) == (None, None)


def test_only_pushes_since_the_phase_began_are_pushes_of_the_phase(world: World) -> None:
    change(world.deal(entered=20), "close_date", "2026-07-01", "2026-08-01", 21)
    change(world, "close_date", "2026-08-01", "2026-09-01", 20)
    assert world.signal("close_date_push_in_phase") == 31


def test_an_amount_that_fell_shows_by_how_much_and_when(world: World) -> None:
    change(world.deal(), "amount", "100000.0", "90000.0", 30)
    change(world, "amount", "90000.0", "75000.0", 10)
    assert (world.signal("amount_drop_percent"), world.signal("amount_fell_on")) == (25.0, date(2026, 6, 5))


def test_an_amount_that_rose_has_not_fallen(world: World) -> None:
    assert change(world.deal(), "amount", "100000.0", "120000.0", 30).signal("amount_drop_percent") == 0


def test_a_competitor_noted_after_the_phase_began_is_new_in_it(world: World) -> None:
    change(world.deal(entered=20), "competition", "0", "1", 20)
    assert (world.signal("competitor_in_phase"), world.signal("days_since_competitor_added")) == (True, 20)


def test_a_competitor_noted_before_the_phase_is_not(world: World) -> None:
    assert change(world.deal(entered=20), "competition", "", "Initech", 21).signal("competitor_in_phase") is False


def test_competition_that_was_cleared_is_no_new_competitor(world: World) -> None:
    assert change(world.deal(), "competition", "Initech", None, 3).signal("competitor_in_phase") is False


def test_the_next_step_is_as_old_as_its_last_change(world: World) -> None:
    change(world.deal(modified_at=NOW), "next_step", "Call", "Demo", 9)
    assert world.signal("days_since_next_step_change") == 9


def test_without_history_the_next_step_is_at_least_as_old_as_the_deals_last_change(world: World) -> None:
    assert world.deal(modified_at=NOW - timedelta(16)).signal("days_since_next_step_change") == 16
