"""Time, modes and scope, through whole cycles on a simulated org."""

from __future__ import annotations

from typing import Any

from sync.model.cycle_report import ConnectionReport
from tests.proofs.world import World

BIG = """
[rules.big]
title = "Big"
family = "hygiene"
when = "age_days >= 0"
for = "2 days"
severity = "high"
evidence = "It is there"
advice = "Look."
done = "It is gone"
"""
NOTED = """
[rules.noted]
title = "Noted"
family = "hygiene"
when = "LENGTH(x_note) > 0"
severity = "high"
evidence = "{{ x_note }}"
advice = "Look."
done = "It is gone"
"""
LOST = """
[rules.reason-missing]
title = "No reason"
family = "review"
scope = "closed"
when = "stage IS NOT NULL"
severity = "high"
evidence = "The deal is closed"
advice = "Say why."
done = "A reason"
"""


def overlay(world: World, text: str) -> None:
    folder = world.config.parent / "rules.d"
    folder.mkdir(exist_ok=True)
    (folder / "ours.toml").write_text(text)


def next_day(world: World) -> ConnectionReport:
    world.advance(days=1)
    return world.sync()


def slipped(world: World) -> dict[str, Any]:
    """Find an open task about a close date that has passed."""
    return next(row for row in world.open_tasks() if "Rules: close-date-past" in row["Description"])


def state(world: World, task: dict[str, Any]) -> tuple[bool, str | None]:
    [now] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    return now["IsClosed"], now["Dealwarden_Reason__c"]


def test_a_rule_that_waits_fires_at_the_turn_of_the_day_on_which_it_held_for_long_enough(world: World) -> None:
    world.sync()
    overlay(world, BIG)
    assert [world.sync().findings.get("big", 0), next_day(world).findings.get("big", 0)] == [0, 0]
    assert next_day(world).findings["big"] > 0


def test_on_the_first_judgement_of_an_org_nothing_waits(world: World) -> None:
    overlay(world, BIG)
    world.run("plan")
    assert world.sync().findings["big"] > 0
    world.forget()
    before = world.keys()
    assert world.sync().findings["big"] > 0
    assert world.keys() == before


def test_a_finding_that_is_kept_closes_its_task_once_it_was_clear_for_long_enough(world: World) -> None:
    overlay(world, '[rules.close-date-past]\nkeep_for = "2 days"\n')
    world.sync()
    task = slipped(world)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-12-01")
    states = []
    for _ in range(3):
        world.sync()
        states.append(state(world, task))
        world.advance(days=1)
    assert states == [(False, None), (False, None), (True, "Resolved: the reason is gone.")]


def test_a_rule_put_into_shadow_is_counted_on_and_its_tasks_are_closed(world: World) -> None:
    found = world.sync().findings["close-date-past"]
    task = slipped(world)
    overlay(world, '[rules.close-date-past]\nmode = "shadow"\n')
    report = world.sync()
    assert (report.shadow["close-date-past"], "close-date-past" in report.findings) == (found, False)
    assert state(world, task) == (True, "The rule was retired.")


def test_a_deal_that_is_excluded_has_its_task_closed_and_its_score_blanked(world: World) -> None:
    world.sync()
    task = slipped(world)
    overlay(world, f'[scope]\nexclude = ["{task["WhatId"]}"]\n')
    world.sync()
    [row] = [row for row in world.table("Opportunity") if row["Id"] == task["WhatId"]]
    assert state(world, task) == (True, "The deal is out of scope.")
    assert (row["Deal_Risk_Score__c"], row["Deal_Risk_Reasons__c"]) == (None, None)


def test_a_muted_deal_is_left_alone_until_the_day_that_it_names(world: World) -> None:
    world.reword_config('type = "salesforce"\n', 'type = "salesforce"\nmuted_until = "CloseDate"\n')
    world.reword_config("open_per_deal = 0", 'open_per_deal = 0\nfrom_severity = "warn"')  # a day past is no more
    world.sync()
    task = slipped(world)
    world.edit("Opportunity", task["WhatId"], CloseDate="2026-07-15")
    world.sync()
    assert state(world, task) == (True, "The deal is muted.")
    world.set_clock("2026-07-16T12:00:00Z")
    world.sync()
    assert task["WhatId"] in {row["WhatId"] for row in world.open_tasks()}


def test_a_closed_deal_is_judged_for_a_month_by_the_rules_about_closed_deals(world: World) -> None:
    overlay(world, LOST)
    world.sync()
    deal = slipped(world)["WhatId"]
    world.edit("Opportunity", deal, StageName="Closed Lost")
    assert world.sync().findings["reason-missing"] > 0
    [review] = [row for row in world.open_tasks() if row["WhatId"] == deal]
    assert "Rules: reason-missing" in review["Description"]
    world.advance(days=31)
    world.sync()
    assert state(world, review) == (True, "The deal closed more than 30 days ago.")


def test_a_shipped_rule_that_becomes_judgeable_later_stays_in_shadow_until_it_is_switched_on(world: World) -> None:
    world.reword_config('packs = ["core"]', 'packs = ["core", "cadence"]')
    world.quirks(hide_fields=["Opportunity.NextStep"])
    assert "next-step-missing" in world.sync().not_judged
    world.quirks(hide_fields=[])
    assert "next-step-missing" in next_day(world).not_judged  # what the last complete cycle measured
    report = world.sync()
    assert ("next-step-missing" in report.findings, report.shadow["next-step-missing"] > 0) == (False, True)
    assert any(problem.startswith("next-step-missing became judgeable late") for problem in report.problems)
    overlay(world, '[rules.next-step-missing]\nmode = "on"\n')
    report = world.sync()
    assert (report.findings["next-step-missing"] > 0, "next-step-missing" in report.shadow) == (True, False)


def test_a_rule_of_ones_own_is_on_as_soon_as_it_can_be_judged(world: World) -> None:
    world.reword_config('type = "salesforce"\n', 'type = "salesforce"\nextras = { note = "Metrics__c" }\n')
    overlay(world, NOTED)
    world.quirks(hide_fields=["Opportunity.Metrics__c"])
    assert world.sync().not_judged["noted"].coverage == 0
    world.quirks(hide_fields=[])
    assert next_day(world).not_judged["noted"].coverage == 0  # what the last complete cycle measured
    report = world.sync()
    assert (report.findings["noted"] > 0, "noted" in report.shadow) == (True, False)
