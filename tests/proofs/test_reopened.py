"""Tasks that people open again: never two for one reason, whatever their episodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.test_own_families import FAMILY, PACK, RULE, deal_of, open_by_deal
from tests.proofs.test_time import overlay
from tests.proofs.world import World


@pytest.fixture(params=["salesforce", "hubspot"])
def org(request: pytest.FixtureRequest, make_world: Callable[..., World], make_portal: Callable[..., World]) -> World:
    """A small org of each CRM, judged by one rule of its own."""
    made = (make_world if request.param == "salesforce" else make_portal)(deals=5, seed=7)
    made.reword_config('packs = ["core"]', "packs = []")
    overlay(made, PACK + FAMILY.format(name="slip") + RULE.format(rule="mine", family="slip", over=0))
    return made


def set_status(org: World, task_id: str, *, done: bool) -> None:
    if isinstance(org, PortalWorld):
        org.edit("tasks", task_id, hs_task_status="COMPLETED" if done else "NOT_STARTED")
    else:
        org.edit("Task", task_id, Status="Completed" if done else "Not Started")


def identity(task: dict[str, Any]) -> str:
    return str(task.get("id") or task.get("Id"))


def second_episode(org: World) -> tuple[str, str]:
    """Complete a task, and wait until its reason has another one; return the ids of both."""
    org.sync()
    first = org.open_tasks()[0]
    deal = deal_of(org, first)
    set_status(org, identity(first), done=True)
    for days in (1, 15):
        org.advance(days=days)
        org.sync()
    [second] = [task for task in org.open_tasks() if deal_of(org, task) == deal]
    assert identity(second) != identity(first)
    return identity(first), identity(second)


def opened(org: World, *task_ids: str) -> list[str]:
    return [task_id for task_id in task_ids if task_id in {identity(task) for task in org.open_tasks()}]


@pytest.mark.parametrize("lost", [False, True])
def test_the_episode_that_a_person_opened_again_stays_alone_and_closes_with_its_deal(org: World, lost: bool) -> None:
    first, second = second_episode(org)
    set_status(org, first, done=False)
    if lost:
        org.forget()
    for _ in range(2):
        org.advance(hours=1)
        org.sync()
    assert opened(org, first, second) == [first]
    assert max(open_by_deal(org).values()) == 1
    deal = next(deal_of(org, task) for task in org.open_tasks() if identity(task) == first)
    if isinstance(org, PortalWorld):
        org.delete("deals", deal)
    else:
        org.edit("Opportunity", deal, StageName="Closed Won")
    for _ in range(2):
        org.advance(hours=26)
        org.sync()
    assert opened(org, first, second) == []


def test_what_a_person_opens_again_last_is_what_stays(org: World) -> None:
    first, second = second_episode(org)
    for reopened in (first, second, first):
        org.advance(hours=1)
        set_status(org, reopened, done=False)
        org.advance(hours=1)
        org.sync()
        org.advance(hours=1)
        org.sync()
        assert opened(org, first, second) == [reopened]


def test_after_the_reopened_episode_is_completed_once_more_the_reason_stays_quiet(org: World) -> None:
    first, second = second_episode(org)
    set_status(org, first, done=False)
    org.advance(hours=1)
    org.sync()
    set_status(org, first, done=True)
    before = org.keys()
    for _ in range(2):
        org.advance(days=1)
        org.sync()
    assert (opened(org, first, second), org.keys()) == ([], before)
