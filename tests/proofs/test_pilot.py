"""A pilot goes first: its deals get tasks and scores, and nothing is written for the others."""

from __future__ import annotations

import pytest

from tests.proofs.conftest import SMALL, MakeWorld
from tests.proofs.world import World

EXTRAS = "[connections.salesforce.extras]\nregion = 'Region__c'\n\n[connections.salesforce.pilot]"  # no such field


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(**SMALL)


def with_pilot(world: World, where: str, *, mode: str = "observe") -> None:
    world.reword_config('mode = "enforce"', f'mode = "{mode}"')
    world.config.write_text(world.config.read_text() + f"\n[connections.salesforce.pilot]\nwhere = '''{where}'''\n")


def busiest_owner(world: World) -> str:
    """Give the name of whoever owns most of the open deals."""
    owners = [row["OwnerId"] for row in world.table("Opportunity") if not row["IsClosed"] and not row["IsDeleted"]]
    most = max(sorted(set(owners)), key=owners.count)
    return next(str(row["Name"]) for row in world.table("User") if row["Id"] == most)


def deals_of(world: World, name: str) -> set[str]:
    owner = next(row["Id"] for row in world.table("User") if row["Name"] == name)
    return {row["Id"] for row in world.table("Opportunity") if row["OwnerId"] == owner}


def scored(world: World) -> set[str]:
    return {row["Id"] for row in world.table("Opportunity") if row["Deal_Risk_Score__c"] is not None}


def test_only_deals_of_the_pilot_get_tasks_and_scores(world: World) -> None:
    name = busiest_owner(world)
    with_pilot(world, f"owner_name = '{name}'")
    world.sync()
    assert {task["WhatId"] for task in world.open_tasks()} | scored(world) <= deals_of(world, name)
    assert world.open_tasks()


def test_scores_go_to_all_where_the_connection_writes_scores(world: World) -> None:
    name = busiest_owner(world)
    with_pilot(world, f"owner_name = '{name}'", mode="score")
    world.sync()
    assert scored(world) - deals_of(world, name)
    assert {task["WhatId"] for task in world.open_tasks()} <= deals_of(world, name)


def test_a_deal_that_leaves_the_pilot_has_its_tasks_closed_with_that_reason(world: World) -> None:
    name = busiest_owner(world)
    with_pilot(world, f"owner_name = '{name}'")
    world.sync()
    task = world.open_tasks()[0]
    other = next(row["Id"] for row in world.table("User") if row["IsActive"] and row["Name"] != name)
    world.edit("Opportunity", task["WhatId"], OwnerId=other)
    world.advance(minutes=30)
    world.sync()
    (now,) = (row for row in world.own_tasks() if row["Id"] == task["Id"])
    assert now["Dealwarden_Reason__c"] == "The deal is not in the pilot."


def test_a_deal_of_which_the_pilot_is_unknown_is_neither_given_a_task_nor_has_one_closed(world: World) -> None:
    world.sync()
    before = world.keys_by_id()
    with_pilot(world, "x_region = 'East'")
    world.reword_config("[connections.salesforce.pilot]", EXTRAS)
    world.sync()
    assert (world.keys_by_id(), len(world.open_tasks())) == (before, len(before))


def test_a_plan_says_how_many_deals_are_in_the_pilot(world: World) -> None:
    with_pilot(world, f"owner_name = '{busiest_owner(world)}'")
    assert any("are in the pilot; the others get no task" in note for note in world.run("plan").problems)
