"""Once a day everything is read again, and what a sweep misses is doubted before it is believed."""

from __future__ import annotations

from tests.proofs.world import World


def open_deals(world: World) -> list[str]:
    return [row["Id"] for row in world.table("Opportunity") if not row["IsClosed"]]


def test_a_deal_that_our_user_no_longer_sees_is_gone_after_the_next_sweep(world: World) -> None:
    first = world.sync()
    world.quirks(hide_rows=open_deals(world)[:1])
    assert world.sync().judged == first.judged
    world.advance(days=1)
    assert world.sync().judged == first.judged - 1


def test_a_sweep_that_lost_most_deals_is_a_failure_and_writes_nothing(make_world) -> None:
    world = make_world(deals=120, seed=7)
    world.sync()
    before = world.own_tasks()
    world.quirks(hide_rows=open_deals(world)[:60])
    world.advance(days=1)
    report = world.run()
    assert (report.incomplete, report.exit_code) == (True, 4)
    assert "60 of 120 open deals" in (report.incomplete_reason or "")
    assert world.own_tasks() == before


def test_a_second_cycle_of_the_same_day_sweeps_no_more(world: World) -> None:
    world.sync()
    world.advance(days=1)
    world.sync()
    assert world.sync().pulled["deals"] == 0


def test_a_sweep_that_nobody_ran_on_its_day_is_made_up_for_before_the_next_one_is_due(world: World) -> None:
    first = world.sync()
    world.quirks(hide_rows=open_deals(world)[:1])
    world.advance(hours=44)  # one o'clock at night in the org: today's sweep comes at two, yesterday's never ran
    assert world.sync().judged == first.judged - 1
