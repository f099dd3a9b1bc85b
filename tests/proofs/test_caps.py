"""Caps hold against what really stands in a CRM: nobody is flooded, and what waits comes when there is room."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.host import Host
from sync.cycle.missing_tasks import LEAST
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World

OWNER = {"salesforce": "OwnerId", "hubspot": "hubspot_owner_id"}


@pytest.fixture(params=["salesforce", "hubspot"])
def crm(request: pytest.FixtureRequest) -> World:
    """Each of the two CRMs, without caps yet."""
    found: World = request.getfixturevalue("world" if request.param == "salesforce" else "portal")
    return found


def capped(world: World, **limits: int) -> World:
    for name, limit in limits.items():
        world.reword_config(f"{name} = 0", f"{name} = {limit}")
    return world


def owners(world: World) -> Counter[Any]:
    fields = (row.get("properties", row) for row in world.open_tasks())
    return Counter(row.get(OWNER[world.crm]) for row in fields)


def deals(world: World) -> Counter[str]:
    if isinstance(world, PortalWorld):
        return Counter(world.deal_of(row["id"]) for row in world.open_tasks())
    return Counter(row["WhatId"] for row in world.open_tasks())


def bodies(world: World) -> list[str]:
    if isinstance(world, PortalWorld):
        return [row["properties"]["hs_task_body"] for row in world.open_tasks()]
    return [row["Description"] for row in world.open_tasks()]


def test_nobody_gets_more_new_tasks_in_a_day_than_the_cap_allows(crm: World) -> None:
    report = capped(crm, new_per_owner_per_day=2).sync()
    assert max(owners(crm).values()) == 2
    assert report.plan.suppressed > 0


def test_a_second_cycle_of_the_same_day_brings_nobody_more(crm: World) -> None:
    capped(crm, new_per_owner_per_day=1).sync()
    before = crm.keys()
    assert crm.sync().applied.create == 0
    assert crm.keys() == before


def test_a_lost_database_gives_nobody_more_in_a_day(crm: World) -> None:
    capped(crm, new_per_owner_per_day=1).sync()
    before = crm.keys()
    crm.forget()
    crm.sync()
    assert crm.keys() == before


def test_a_deal_has_one_open_task_that_tells_of_the_others(crm: World) -> None:
    report = capped(crm, open_per_deal=1).sync()
    assert max(deals(crm).values()) == 1
    assert sum("Waiting: " in body for body in bodies(crm)) > 0
    assert report.plan.suppressed > 0


def test_a_step_of_the_host_s_clock_makes_no_room_on_a_deal_whose_task_is_not_listed_yet(
    portal: PortalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.quirks(search_lag_s=900)
    made = capped(portal, open_per_deal=1, new_per_owner_per_day=1).sync().applied.create
    assert made < LEAST  # more that are not listed are asked for by their ids
    monkeypatch.setattr("sync.app.workspace.Host", lambda: Host(now=lambda: datetime.now(UTC) + timedelta(days=69)))
    portal.sync()
    assert max(deals(portal).values()) == 1


def test_a_task_found_deleted_after_a_lost_database_makes_room_for_what_waits_on_its_deal(portal: PortalWorld) -> None:
    held = {entry.want.deal_id for entry in capped(portal, open_per_deal=1).sync().suppressed}
    gone = next(row for row in portal.open_tasks() if portal.deal_of(row["id"]) in held)
    deal = portal.deal_of(gone["id"])
    portal.delete("tasks", gone["id"])
    portal.forget()
    portal.sync()
    assert deal not in deals(portal)
    portal.sync()
    assert deals(portal)[deal] == 1


def test_what_waits_becomes_a_task_on_the_next_day(world: World) -> None:
    first = capped(world, new_per_owner_per_day=1).sync()
    world.advance(days=1)
    second = world.sync()
    assert second.applied.create > 0
    assert second.plan.suppressed < first.plan.suppressed


def test_with_new_only_what_was_found_before_the_first_task_gets_none(world: World) -> None:
    world.reword_config("open_per_deal = 0", 'backlog = "new-only"\nopen_per_deal = 0')
    world.reword_config('mode = "enforce"', 'mode = "observe"')
    found = world.sync().plan.suppressed
    world.reword_config('mode = "observe"', 'mode = "enforce"')
    report = world.sync()
    assert (report.applied.create, report.plan.suppressed) == (0, found)
    assert found > 0


def test_with_new_only_a_new_finding_gets_its_task(world: World) -> None:
    world.reword_config("open_per_deal = 0", 'backlog = "new-only"\nopen_per_deal = 0')
    old = {one.want.deal_id for one in world.sync().suppressed}
    deal = min({row["Id"] for row in world.table("Opportunity") if not row["IsClosed"]} - old)
    world.edit("Opportunity", deal, CloseDate="2026-05-01")
    assert world.sync().applied.create == 1


def test_a_capped_org_settles(world: World) -> None:
    capped(world, open_per_deal=1, open_per_owner=2, new_per_owner_per_day=2).sync()
    plan = world.sync().plan
    assert (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)


def test_a_person_who_lets_tasks_fall_due_gets_no_new_ones(world: World) -> None:
    capped(world, new_per_owner_per_day=1, pause_owner_at=1).sync()
    before = owners(world)
    world.advance(days=9)
    world.sync()
    assert all(owners(world)[owner] <= count for owner, count in before.items())
