"""Families of the operator's own: renamed, merged, parted and deleted, with and without the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.test_time import overlay
from tests.proofs.world import World

FAMILY = """
[families.{name}]
points = {{ warn = 5, high = 10, critical = 15 }}
subject = "{name} {{{{ deal.name }}}}"
due = "3 business days"
"""
RULE = """
[rules.{rule}]
title = "Mine"
family = "{family}"
when = "amount > {over}"
severity = "high"
evidence = "The amount is {{{{ amount }}}}"
advice = "Look."
done = "It is gone"
"""
PACK = '[pack]\nname = "ours"\nversion = "1.0"\n'

Worlds = Callable[..., World]


@pytest.fixture(params=["salesforce", "hubspot"])
def org(request: pytest.FixtureRequest) -> World:
    """A small org of each CRM, judged by rules of its own alone."""
    found: World = request.getfixturevalue("world" if request.param == "salesforce" else "portal")
    found.reword_config('packs = ["core"]', "packs = []")
    return found


def write(world: World, *rules: tuple[str, str], over: int = 30_000) -> None:
    """Have rules, each by (id, family), fire on the larger deals."""
    families = dict.fromkeys(family for _, family in rules)
    overlay(
        world,
        PACK
        + "".join(FAMILY.format(name=family) for family in families)
        + "".join(RULE.format(rule=rule, family=family, over=over) for rule, family in rules),
    )


def deal_of(world: World, task: dict[str, Any]) -> str:
    return world.deal_of(task["id"]) if isinstance(world, PortalWorld) else task["WhatId"]


def open_by_deal(world: World) -> Counter[str]:
    return Counter(deal_of(world, task) for task in world.open_tasks())


def reasons(world: World) -> set[str | None]:
    if isinstance(world, PortalWorld):
        return {task["properties"].get("dealwarden_reason") for task in world.own_tasks()}
    return {task["Dealwarden_Reason__c"] for task in world.own_tasks()}


@pytest.mark.parametrize("lost", [False, True])
def test_the_open_tasks_of_a_renamed_family_go_on_under_its_new_name(org: World, lost: bool) -> None:
    write(org, ("mine", "mine"))
    org.sync()
    before = org.keys()
    write(org, ("mine", "yours"))
    if lost:
        org.forget()
    org.sync()
    assert org.keys() == before
    assert len(org.open_tasks()) == len(before) > 3
    write(org, ("mine", "theirs"))
    org.advance(days=1)
    org.sync()
    assert (org.keys(), len(org.open_tasks())) == (before, len(before))


@pytest.mark.parametrize("lost", [False, True])
def test_the_open_tasks_of_a_rule_and_a_family_that_were_deleted_close_as_retired(org: World, lost: bool) -> None:
    write(org, ("mine", "mine"))
    org.sync()
    write(org, ("other", "other"), over=10**9)
    if lost:
        org.forget()
    org.sync()
    assert (org.open_tasks(), reasons(org)) == ([], {"The rule was retired."})


@pytest.mark.parametrize("lost", [False, True])
def test_a_family_that_was_renamed_and_then_deleted_days_later_closes_its_tasks(org: World, lost: bool) -> None:
    write(org, ("mine", "mine"))
    org.sync()
    write(org, ("mine", "yours"))
    org.sync()
    org.advance(days=2)
    write(org, ("other", "other"), over=10**9)
    if lost:
        org.forget()
    org.sync()
    assert (org.open_tasks(), reasons(org)) == ([], {"The rule was retired."})


@pytest.mark.parametrize("lost", [False, True])
def test_two_families_that_become_one_leave_one_task_on_a_deal(org: World, lost: bool) -> None:
    write(org, ("first", "mine"), ("second", "yours"))
    org.sync()
    twice = open_by_deal(org)
    assert set(twice.values()) == {2}
    write(org, ("first", "ours"), ("second", "ours"))
    if lost:
        org.forget()
    org.sync()
    assert open_by_deal(org) == Counter(dict.fromkeys(twice, 1))


@pytest.mark.parametrize("lost", [False, True])
def test_two_families_that_swap_their_rules_swap_their_tasks(org: World, lost: bool) -> None:
    write(org, ("first", "mine"), ("second", "yours"))
    org.sync()
    before = open_by_deal(org)
    write(org, ("first", "yours"), ("second", "mine"))
    if lost:
        org.forget()
    org.sync()
    assert open_by_deal(org) == before
    assert len(org.keys()) == before.total()


@pytest.mark.parametrize("lost", [False, True])
def test_a_task_that_a_person_rewrote_goes_on_under_the_new_name_or_makes_room_for_it(org: World, lost: bool) -> None:
    write(org, ("mine", "mine"))
    org.sync()
    deals = open_by_deal(org)
    for task in org.open_tasks():
        if isinstance(org, PortalWorld):
            org.edit("tasks", task["id"], hs_task_body="I am on it")
        else:
            org.edit("Task", task["Id"], Description="I am on it")
    org.sync()
    write(org, ("mine", "yours"))
    if lost:
        org.forget()
    org.sync()
    assert open_by_deal(org) == deals


def test_a_completed_task_of_a_renamed_family_keeps_the_new_one_quiet_after_the_database_was_lost(org: World) -> None:
    write(org, ("mine", "mine"))
    org.sync()
    before = org.keys()
    for task in org.open_tasks():
        if isinstance(org, PortalWorld):
            org.edit("tasks", task["id"], hs_task_status="COMPLETED")
        else:
            org.edit("Task", task["Id"], Status="Completed")
    org.advance(days=1)
    org.sync()
    write(org, ("mine", "yours"))
    org.forget()
    org.sync()
    assert (org.keys(), org.open_tasks()) == (before, [])
