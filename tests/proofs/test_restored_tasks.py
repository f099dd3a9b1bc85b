"""Tasks that people delete and restore, with clocks that stand wrong meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.test_own_families import FAMILY, PACK, RULE, deal_of
from tests.proofs.test_reopened import identity
from tests.proofs.test_time import overlay
from tests.proofs.world import World

DAY = 86_400


@pytest.fixture(params=["salesforce", "hubspot"])
def org(request: pytest.FixtureRequest, make_world: Callable[..., World], make_portal: Callable[..., World]) -> World:
    """A small org of each CRM, judged by one rule of its own."""
    made = (make_world if request.param == "salesforce" else make_portal)(deals=5, seed=7)
    made.reword_config('packs = ["core"]', "packs = []")
    overlay(made, PACK + FAMILY.format(name="slip") + RULE.format(rule="mine", family="slip", over=0))
    return made


def step(org: World, seconds: int) -> None:
    org._ask("POST", "clock", {"advance_s": seconds})


@pytest.mark.parametrize("off", [0, -DAY, DAY], ids=["right", "a day behind", "a day ahead"])
def test_a_task_that_was_deleted_and_restored_is_managed_again_after_the_next_sweep(org: World, off: int) -> None:
    org.sync()
    task = org.open_tasks()[0]
    task_id, deal = identity(task), deal_of(org, task)
    kind = "tasks" if isinstance(org, PortalWorld) else "Task"
    step(org, 3_600)
    org.delete(kind, task_id)
    for _ in range(2):  # the sweep finds what was archived in HubSpot
        step(org, DAY)
        org.sync()
    before = len(org.own_tasks())
    step(org, off)
    restore = "restore" if isinstance(org, PortalWorld) else "undelete"
    org._ask("POST", "edit", {"object": kind, "id": task_id, restore: True})
    step(org, -off)
    for _ in range(2):
        step(org, DAY)
        org.sync()
    assert len(org.own_tasks()) == before
    if isinstance(org, PortalWorld):
        org.delete("deals", deal)
    else:
        org.edit("Opportunity", deal, StageName="Closed Won")
    for _ in range(2):
        step(org, DAY)
        org.sync()
    assert task_id not in {identity(row) for row in org.open_tasks()}
