"""What a person does to a task in the CRM is taken at its word, over the wire and without our database."""

from __future__ import annotations

from tests.proofs.portal import PortalWorld
from tests.proofs.world import World


def settle(world: World, *, lose_database: bool = False, days: int = 0) -> None:
    world.advance(minutes=30, days=days)
    if lose_database:
        world.forget()
    world.sync()


def state(world: World, task: dict) -> tuple[bool, str]:
    [now] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    return now["IsClosed"], now["Dealwarden_Reason__c"] or ""


def next_key(task: dict) -> str:
    return f"{task['Dealwarden_Key__c'].rsplit('-', 1)[0]}-2"


def test_a_snoozed_task_closes_and_comes_back_after_its_day_even_without_our_database(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Dealwarden_Answer__c="#snooze 3d")
    settle(world)
    assert state(world, task)[1].startswith("Snoozed until ")
    settle(world, days=1, lose_database=True)
    assert next_key(task) not in set(world.keys())
    settle(world, days=3)
    assert next_key(task) in set(world.keys())


def test_an_answer_in_the_body_closes_the_task_with_the_person_s_words(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Description=task["Description"] + "\n#notrisk they buy through a partner")
    settle(world)
    assert state(world, task) == (True, "Not a risk, as answered: they buy through a partner")


def test_a_completed_task_comes_back_after_the_cooldown_even_without_our_database(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Status="Completed")
    settle(world, days=7, lose_database=True)
    assert next_key(task) not in set(world.keys())
    settle(world, days=9)
    assert next_key(task) in set(world.keys())


def test_a_task_that_a_person_reworded_closes_when_its_deal_is_won(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Subject="Mine now", Description="I am on it")
    world.edit("Opportunity", task["WhatId"], StageName="Closed Won")
    settle(world)
    assert state(world, task) == (True, "The deal was won.")
    assert [row["Description"] for row in world.own_tasks() if row["Id"] == task["Id"]] == ["I am on it"]


def test_an_answer_in_hubspot_closes_the_task_too(portal: PortalWorld) -> None:
    portal.sync()
    task = portal.own_tasks()[0]
    portal.edit("tasks", task["id"], dealwarden_answer="#wrongdata the amount is for three years")
    portal.advance(minutes=30)
    portal.sync()
    [now] = [row for row in portal.own_tasks() if row["id"] == task["id"]]
    told = (now["properties"]["hs_task_status"], now["properties"]["dealwarden_reason"])
    assert told == ("COMPLETED", "The data is wrong, as answered: the amount is for three years")
