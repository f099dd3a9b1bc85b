"""A database restored from before the last hundreds of effects: no duplicate, and no edit of a person is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.stores import Stores
from tests.proofs.world import World, kept_in

pytestmark = pytest.mark.soak

EFFECTS = int(os.environ.get("DEALWARDEN_RESTORED_EFFECTS", "500"))
EACH = 15
"""How many tasks people treat in each of their ways."""


def lived(world: World, stores: Stores) -> str:
    """Live through cycles until EFFECTS were done since a backup, and give the backup."""
    kept_in(world, stores.new())
    world.sync()
    backup, since = stores.copied(world), done(world)
    for _ in range(20):
        if done(world) - since >= EFFECTS:
            print(f"{done(world) - since} effects since the backup", flush=True)
            return backup
        world.advance(days=10)
        world.sync()
    pytest.fail(f"only {done(world) - since} effects in 200 days; take more deals")


def done(world: World) -> int:
    ((effects,),) = world.place.ask("SELECT count(*) FROM effects WHERE state = 'done'")
    return int(effects)


def people_act_on_the_org(world: World) -> list[str]:
    mine = [row["Id"] for row in world.open_tasks()[: 3 * EACH]]
    for task in mine[:EACH]:
        world.edit("Task", task, Subject="Mine now", Description="I am on it")
    for task in mine[EACH : 2 * EACH]:
        world.edit("Task", task, Status="Completed")
    for task in mine[2 * EACH :]:
        world.delete("Task", task)
    return mine


def people_act_on_the_portal(portal: World) -> list[str]:
    mine = [row["id"] for row in portal.open_tasks()[: 2 * EACH]]
    for task in mine[:EACH]:
        portal.edit("tasks", task, hs_task_subject="Mine now", hs_task_body="I am on it")
    for task in mine[EACH:]:
        portal.edit("tasks", task, hs_task_status="COMPLETED")
    return mine


def by_id(world: World) -> dict[str, dict[str, Any]]:
    return {row.get("Id") or row["id"]: row for row in world.own_tasks()}


def restored_without_harm(world: World, backup: str, act: Callable[[World], list[str]]) -> None:
    """Have people act, restore the *backup*, and compare."""
    touched = act(world)
    before = by_id(world)
    kept_in(world, backup)
    first, second = world.sync(), world.sync()
    after = by_id(world)
    assert (first.plan.create, second.plan.create) == (0, 0)
    assert len(world.keys()) == len(set(world.keys()))
    assert after.keys() == before.keys()
    assert [after[one] for one in touched] == [before[one] for one in touched]


def test_in_salesforce(make_world: Callable[..., World], stores: Stores) -> None:
    world = make_world(deals=250, seed=7)
    restored_without_harm(world, lived(world, stores), people_act_on_the_org)


def test_in_hubspot(make_portal: Callable[..., PortalWorld], stores: Stores) -> None:
    portal = make_portal(deals=250, seed=7)
    restored_without_harm(portal, lived(portal, stores), people_act_on_the_portal)
