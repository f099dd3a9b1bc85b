"""The ramp: an org that begins to get tasks gets those of critical findings alone, for ten business days, once."""

from __future__ import annotations

import re

import pytest

from tests.proofs.world import World


@pytest.fixture
def ramping(world: World) -> World:
    """An org whose connection begins to enforce, on Monday 15 June 2026."""
    world.reword_config('ramp = "0 business days"', 'ramp = "10 business days"')
    return world


def milder(world: World) -> list[str]:
    """Return the rules lines of open tasks that name no critical finding."""
    lines = (re.search(r"^Rules: .*$", row["Description"], re.MULTILINE) for row in world.open_tasks())
    return [line[0] for line in lines if line and "(critical)" not in line[0]]


def causes(world: World) -> set[str]:
    return {entry.cause for entry in world.run("plan").suppressed}


def test_at_first_critical_findings_alone_make_tasks(ramping: World) -> None:
    assert ramping.sync().applied.create > 0
    assert milder(ramping) == []
    assert causes(ramping) == {"ramp"}


def test_after_ten_business_days_all_findings_make_tasks(ramping: World) -> None:
    ramping.sync()
    ramping.advance(days=14)
    ramping.sync()
    assert milder(ramping) != []


def test_on_the_day_before_they_do_not(ramping: World) -> None:
    ramping.sync()
    ramping.advance(days=13)
    ramping.sync()
    assert milder(ramping) == []


def test_a_lost_database_begins_no_second_ramp(ramping: World) -> None:
    ramping.sync()
    ramping.forget()
    ramping.sync()
    ramping.advance(days=14)
    ramping.forget()
    ramping.sync()
    assert milder(ramping) != []


def test_a_day_of_observing_begins_no_second_ramp(ramping: World) -> None:
    ramping.sync()
    ramping.reword_config('mode = "enforce"', 'mode = "observe"')
    ramping.advance(days=14)
    ramping.sync()
    ramping.reword_config('mode = "observe"', 'mode = "enforce"')
    ramping.sync()
    assert milder(ramping) != []


def test_an_org_with_nothing_critical_has_a_ramp_that_ends_too(ramping: World) -> None:
    ramping.config.write_text(ramping.config.read_text() + '\n[scope]\nwhere = "amount < 0"\n')
    assert ramping.sync().applied.create == 0
    ramping.reword_config('[scope]\nwhere = "amount < 0"\n', "")
    ramping.advance(days=14)
    ramping.sync()
    assert milder(ramping) != []


def test_a_connection_that_enforced_before_it_knew_of_ramps_has_none(world: World) -> None:
    world.reword_config("new_per_owner_per_day = 0", "new_per_owner_per_day = 1")
    world.sync()
    world.place.execute("UPDATE connections SET enforced_day = NULL")
    world.reword_config('ramp = "0 business days"', 'ramp = "10 business days"')
    world.advance(days=14)
    before = len(milder(world))
    world.sync()
    assert len(milder(world)) > before
