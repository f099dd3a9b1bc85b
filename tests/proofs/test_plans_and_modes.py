"""Nothing happens that a plan would not show, and a mode lets through no more than it says."""

from __future__ import annotations

from datetime import date

import pytest

from sync.app.inspection import explain
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.errors import NoPlanError, UnknownNameError
from sync.model.cycle_report import ConnectionReport
from tests.proofs.world import World


def apply(world: World, plan_id: str | None = None) -> ConnectionReport:
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        return workspace.apply(plan_id)["salesforce"]


def let_a_close_date_slip(world: World) -> str:
    """Move the close date of a deal that had a good one into the past; give the deal."""
    deals = world.table("Opportunity")
    quiet = next(row for row in deals if not row["IsClosed"] and row["CloseDate"] > "2026-06-20")
    world.edit("Opportunity", quiet["Id"], CloseDate="2026-06-01")
    world.advance(minutes=30)
    return quiet["Id"]


def slip_tasks(world: World, deal: str) -> list[dict]:
    return [row for row in world.own_tasks() if row["WhatId"] == deal and "close-date-past" in row["Description"]]


def test_a_plan_writes_nothing_to_the_crm(world: World) -> None:
    before = world.table("Task"), world.table("Opportunity")
    world.reset_calls()
    assert world.run("plan").plan.create > 0
    assert (world.calls()["write"], (world.table("Task"), world.table("Opportunity"))) == (0, before)


def test_a_cycle_does_what_the_plan_before_it_showed(world: World) -> None:
    shown = {(change.kind, change.deal_id, change.key) for change in world.run("plan").changes}
    done = {(change.kind, change.deal_id, change.key) for change in world.sync().changes}
    assert done == shown


def test_every_created_task_stands_in_the_plan_with_key_owner_and_due_day(world: World) -> None:
    shown = {
        (change.key, change.owner_id, str(change.due))
        for change in world.run("plan").changes
        if change.kind == "create"
    }
    world.sync()
    made = {(row["Dealwarden_Key__c"], row["OwnerId"], row["ActivityDate"]) for row in world.own_tasks()}
    assert made == shown


def test_apply_does_all_of_the_latest_plan_when_nothing_changed(world: World) -> None:
    plan = world.run("plan").plan
    assert apply(world).applied.create == plan.create


def test_apply_leaves_out_what_was_not_in_the_plan(world: World) -> None:
    world.run("plan")
    slipped = let_a_close_date_slip(world)
    apply(world)
    assert slip_tasks(world, slipped) == []


def test_what_apply_left_out_comes_with_the_next_cycle(world: World) -> None:
    world.run("plan")
    slipped = let_a_close_date_slip(world)
    apply(world)
    world.sync()
    assert len(slip_tasks(world, slipped)) == 1


def test_apply_without_any_plan_is_refused(world: World) -> None:
    with pytest.raises(NoPlanError, match="dealwarden plan"):
        apply(world)


def test_apply_of_an_unknown_plan_is_refused_by_name(world: World) -> None:
    world.run("plan")
    with pytest.raises(UnknownNameError, match="plan-nonsense"):
        apply(world, "plan-nonsense")


def test_a_plan_between_two_cycles_hides_nothing_from_the_second(world: World) -> None:
    world.run("plan")
    assert world.sync().applied.create == len(world.keys()) > 0


@pytest.mark.parametrize("mode", ["observe", "score"])
def test_a_mode_below_enforce_makes_no_task(world: World, mode: str) -> None:
    world.reword_config('mode = "enforce"', f'mode = "{mode}"')
    report = world.sync()
    assert (report.plan.create > 0, world.own_tasks()) == (True, [])


def test_observe_writes_no_score(world: World) -> None:
    world.reword_config('mode = "enforce"', 'mode = "observe"')
    world.reset_calls()
    world.sync()
    assert world.calls()["write"] == 0


def test_score_writes_the_scores(world: World) -> None:
    world.reword_config('mode = "enforce"', 'mode = "score"')
    report = world.sync()
    assert report.applied.scores == report.plan.scores > 0


def test_switching_from_observe_to_enforce_makes_what_was_only_shown(world: World) -> None:
    world.reword_config('mode = "enforce"', 'mode = "observe"')
    shown = world.sync().plan.create
    world.reword_config('mode = "observe"', 'mode = "enforce"')
    assert world.sync().applied.create == shown


def test_a_lower_bar_for_tasks_makes_more_of_them(world: World) -> None:
    before = world.sync().plan.create
    world.reword_config("open_per_deal = 0", 'open_per_deal = 0\nfrom_severity = "warn"')
    assert world.sync().applied.create > 0 < before


def test_every_written_score_is_the_sum_of_its_reasons(world: World) -> None:
    world.sync()
    scored = [row for row in world.table("Opportunity") if row["Deal_Risk_Reasons__c"]]
    lines = {row["Id"]: row["Deal_Risk_Reasons__c"].splitlines() for row in scored}
    sums = {deal: sum(float(line.split()[0]) for line in told if line[0] == "+") for deal, told in lines.items()}
    others = [line for told in lines.values() for line in told if line[0] != "+"]
    assert {row["Id"]: row["Deal_Risk_Score__c"] for row in scored} == {
        deal: min(100, total) for deal, total in sums.items()
    }
    assert [line for line in others if not line.startswith(("already counted under ", "at least "))] == []


def test_every_task_names_its_rules_and_shows_the_values_that_they_saw(world: World) -> None:
    world.sync()
    told = [(row["WhatId"], row["Description"]) for row in world.open_tasks()]
    assert all("\nWhy\n- " in text and "\nRules: " in text for _, text in told)
    dates = {row["Id"]: date.fromisoformat(row["CloseDate"]) for row in world.table("Opportunity")}
    past = [(deal, why_of(text)) for deal, text in told if "close-date-past (" in text]
    assert len(past) > 0
    assert [deal for deal, why in past if f"{dates[deal].day} {dates[deal]:%b %Y}" not in why] == []


def why_of(text: str) -> str:
    return text.partition("\nWhy\n")[2].partition("\nDo\n")[0]


def test_a_scope_blanks_the_scores_and_closes_the_tasks_of_deals_that_leave_it(world: World) -> None:
    world.sync()
    tasks = {row["Id"]: row["WhatId"] for row in world.open_tasks()}
    amounts = {row["Id"]: row["Amount"] for row in world.table("Opportunity")}
    small = {deal for deal in tasks.values() if amounts[deal] is not None and amounts[deal] < 100_000}
    world.config.write_text('[scope]\nwhere = "amount >= 100_000"\n\n' + world.config.read_text())
    world.sync()
    closed = {row["Id"]: row["Dealwarden_Reason__c"] for row in world.own_tasks() if row["IsClosed"]}
    assert closed == {task: "The deal is out of scope." for task, deal in tasks.items() if deal in small}
    assert all(row["Deal_Risk_Score__c"] is None for row in world.table("Opportunity") if row["Id"] in small)


def test_an_explanation_adds_up_and_names_every_rule(world: World) -> None:
    world.sync()
    worst = max(world.table("Opportunity"), key=lambda row: row["Deal_Risk_Score__c"] or 0)
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        told = explain(workspace, worst["Id"], None)
        rules = {rule.id for rule in workspace.rulesets["salesforce"].rules}
    assert (told.deal_id, told.score) == (worst["Id"], worst["Deal_Risk_Score__c"])
    assert {verdict.rule_id for verdict in told.rules} == rules


def test_a_deal_that_nobody_knows_is_refused_by_name(world: World) -> None:
    world.sync()
    with (
        Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace,
        pytest.raises(UnknownNameError, match="Nonesuch"),
    ):
        explain(workspace, "Nonesuch", None)
