"""Dates of last activity that managed tasks and to-dos move: silence is told as before, alike on both CRMs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.test_time import overlay
from tests.proofs.world import World

SILENT = """
[pack]
name = "ours"
version = "1.0"

[families.engagement]
points = { warn = 5, high = 10, critical = 15 }
subject = "Call {{ deal.name }}"
due = "3 business days"

[rules.silent]
title = "Silent"
family = "engagement"
about = "recency"
coverage_floor = 0
when = "silent_business_days >= 0"
severity = "high"
evidence = "Silent since {{ silent_since }}"
advice = "Call."
done = "A call"
"""


def silent(world: World) -> set[str]:
    """Return the deals of which silence is known, by name, which both CRMs share."""
    return {name for (name,) in world.place.ask("SELECT d.name FROM findings f JOIN deals d ON d.deal_id = f.deal_id")}


def judged_alone(world: World) -> World:
    world.reword_config('packs = ["core"]', "packs = []")
    overlay(world, SILENT)
    return world


@pytest.mark.parametrize("by_person", [True, False])
def test_a_closed_managed_task_leaves_silence_as_it_was(world: World, by_person: bool) -> None:
    judged_alone(world).sync()
    before = silent(world)
    assert len(before) > 5
    for task in world.open_tasks():
        if by_person:
            world.edit("Task", task["Id"], Status="Completed")
        else:
            world.write_late(
                "Task", task["Id"], Status="Completed", Dealwarden_Reason__c="Resolved: the reason is gone."
            )
    for days in (1, 20, 80):
        world.advance(days=days)
        world.run()
        assert silent(world) == before


def test_a_to_do_that_somebody_ticked_off_leaves_silence_as_it_was(world: World) -> None:
    judged_alone(world).sync()
    before = silent(world)
    todos = [
        row for row in world.table("Task") if not row["Dealwarden_Key__c"] and not row["IsClosed"] and row["WhatId"]
    ]
    assert todos
    for row in todos:
        world.edit("Task", row["Id"], Status="Completed", ActivityDate="2026-06-15")
    world.advance(days=1)
    world.sync()
    assert silent(world) == before


def test_silence_is_known_of_the_same_deals_on_both_crms(world: World, portal: PortalWorld) -> None:
    told: list[Any] = []
    for crm in (world, portal):
        judged_alone(crm).sync()
        told.append(silent(crm))
    assert told[0] == told[1]
