"""Nothing that a person did is undone, and tasks end for the right reason."""

from __future__ import annotations

import pytest

from tests.proofs.world import World

WAITS = [False, True]


def settle(world: World, *, lose_database: bool = False) -> None:
    world.advance(minutes=30)
    if lose_database:
        world.forget()
    world.sync()


@pytest.mark.parametrize("lose_database", WAITS)
def test_a_task_that_a_person_completed_is_not_made_again(world: World, lose_database: bool) -> None:
    world.sync()
    before = world.keys()
    world.edit("Task", world.open_tasks()[0]["Id"], Status="Completed")
    settle(world, lose_database=lose_database)
    assert world.keys() == before


@pytest.mark.parametrize("lose_database", WAITS)
def test_a_task_that_a_person_deleted_is_not_made_again(world: World, lose_database: bool) -> None:
    world.sync()
    before = world.keys()
    world.delete("Task", world.open_tasks()[0]["Id"])
    settle(world, lose_database=lose_database)
    assert world.keys() == before


def test_a_text_that_a_person_wrote_stays(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Description="I am on it")
    world.edit("Opportunity", task["WhatId"], Amount=123456)
    settle(world)
    assert [row["Description"] for row in world.own_tasks() if row["Id"] == task["Id"]] == ["I am on it"]


def test_a_person_s_edit_stays_when_a_late_write_of_ours_lands_after_it(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.advance(minutes=1)
    world.edit("Task", task["Id"], Subject="Call them before noon")
    world.write_late("Task", task["Id"], Priority="High")
    world.edit("Opportunity", task["WhatId"], Name="A new name")
    settle(world)
    assert [row["Subject"] for row in world.own_tasks() if row["Id"] == task["Id"]] == ["Call them before noon"]


def test_a_task_closes_when_its_deal_is_won_and_says_so(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Opportunity", task["WhatId"], StageName="Closed Won")
    settle(world)
    [now] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    assert (now["IsClosed"], now["Dealwarden_Reason__c"]) == (True, "The deal was won.")


def next_episode(key: str) -> str:
    return f"{key.rsplit('-', 1)[0]}-2"


def past_close_date(world: World) -> dict:
    return next(row for row in world.open_tasks() if "close-date-past" in row["Description"])


def test_a_task_closes_when_its_reason_is_gone(world: World) -> None:
    world.sync()
    task = past_close_date(world)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-12-01")
    settle(world)
    [now] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    assert (now["IsClosed"], now["Dealwarden_Reason__c"]) == (True, "Resolved: the reason is gone.")


def test_closing_our_own_task_and_writing_scores_plans_nothing_next(world: World) -> None:
    world.sync()
    world.edit("Opportunity", past_close_date(world)["WhatId"], CloseDate="2026-12-01")
    settle(world)
    world.advance(minutes=30)
    plan = world.sync().plan
    assert (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)


def test_our_own_writes_change_no_finding(world: World) -> None:
    first = world.sync()
    world.advance(minutes=30)
    assert world.sync().findings == first.findings


def test_a_reason_that_comes_back_on_another_day_after_we_closed_makes_the_next_episode(world: World) -> None:
    world.sync()
    task = past_close_date(world)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-12-01")
    settle(world)
    world.advance(days=1)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-06-01")
    settle(world)
    assert next_episode(task["Dealwarden_Key__c"]) in set(world.keys())


def test_a_reason_that_was_clear_once_may_be_named_again_after_a_person_completed_its_task(world: World) -> None:
    world.sync()
    task = past_close_date(world)
    world.edit("Task", task["Id"], Status="Completed")
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-12-01")
    settle(world)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-06-01")
    settle(world)
    assert next_episode(task["Dealwarden_Key__c"]) in set(world.keys())


def test_a_quiet_day_turn_rewrites_no_body_except_where_a_level_changed(world: World) -> None:
    world.sync()
    before = {row["Id"]: row["Description"] for row in world.own_tasks()}
    world.advance(days=1)
    world.sync()
    rules = {key: text.split("Rules: ")[1].split("\n")[0] for key, text in before.items()}
    rewritten = [row for row in world.own_tasks() if row["Id"] in before and row["Description"] != before[row["Id"]]]
    assert all(row["Description"].split("Rules: ")[1].split("\n")[0] != rules[row["Id"]] for row in rewritten)


def test_only_our_tasks_and_our_score_fields_are_ever_written(world: World) -> None:
    ours = {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "LastActivityDate", "HasOpenActivity"}
    before = {row["Id"]: row for row in world.table("Opportunity")}
    tasks_before = {row["Id"]: row for row in world.table("Task")}
    world.sync()
    changed = {
        name
        for row in world.table("Opportunity")
        for name, value in row.items()
        if before[row["Id"]][name] != value and not name.startswith("Deal_Risk_")
    }
    assert changed <= ours
    assert all(row == tasks_before[row["Id"]] for row in world.table("Task") if row["Id"] in tasks_before)


def test_a_text_that_a_person_wrote_stays_though_we_gave_the_task_away_and_lost_the_database(world: World) -> None:
    world.sync()
    task = world.open_tasks()[0]
    world.edit("Task", task["Id"], Description="I am on it")
    [deal] = [row for row in world.table("Opportunity") if row["Id"] == task["WhatId"]]
    others = (row["Id"] for row in world.table("User") if row["IsActive"] and row["Id"] != deal["OwnerId"])
    world.edit("Opportunity", deal["Id"], OwnerId=next(others))
    settle(world)
    [given] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    assert (given["OwnerId"] != task["OwnerId"], given["Description"]) == (True, "I am on it")
    world.edit("Opportunity", deal["Id"], Amount=123456, CloseDate="2026-06-02")
    settle(world, lose_database=True)
    world.edit("Opportunity", deal["Id"], Amount=654321)
    settle(world)
    assert [row["Description"] for row in world.own_tasks() if row["Id"] == task["Id"]] == ["I am on it"]
