"""What goes beyond the guards waits for a person, by name; what they approve still fits an org that changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.serve import Options, Sandbox
from sync.app import decisions
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.errors import BAD_INPUT, HELD, UnknownNameError
from sync.model.cycle_report import ConnectionReport
from sync.store.status import read_status
from tests.proofs.conftest import MakeWorld
from tests.proofs.world import World

PERSON = "Dana Ops"


def opened(world: World) -> Workspace:
    return Workspace.open(load_config(world.config), progress=SilentProgress())


def approve(world: World, plan_id: str | None) -> ConnectionReport:
    assert plan_id is not None
    with opened(world) as workspace:
        return decisions.approve(workspace, plan_id, PERSON)[world.crm]


def reject(world: World, plan_id: str | None) -> None:
    assert plan_id is not None
    with opened(world) as workspace:
        decisions.reject(workspace, plan_id, PERSON)


def status(world: World) -> dict[str, Any]:
    return dict(read_status(world.place.full_url)["connections"][world.crm])


def reword_a_deal(world: World) -> None:
    """Change something about a deal that has a finding: its task would now say something else."""
    deal = next(row for row in world.table("Opportunity") if not row["IsClosed"])
    world.edit("Opportunity", deal["Id"], Name=f"{deal['Name']}, again")
    world.advance(minutes=30)


def with_guard(world: World, key: str, limit: str) -> World:
    """Set a guard that the written config has off."""
    off = "0.0" if "share" in key else "0"
    world.reword_config(f"{key} = {off}", f"{key} = {limit}")
    return world


def leave_large_deals_alone(world: World) -> None:
    """Put all deals whose amount is known out of scope."""
    world.config.write_text('[scope]\nwhere = "amount >= 100_000_000"\n\n' + world.config.read_text())


@pytest.fixture
def guarded(make_world: MakeWorld) -> World:
    """A small org, of which a cycle may make no more than three tasks by itself."""
    return with_guard(make_world(deals=12, seed=7), "new_tasks_per_cycle", "3")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, ConnectionReport, ConnectionReport]]:
    """The same after a plan and a first cycle, to look at, with the reports of both."""
    config = tmp_path_factory.mktemp("held") / "config.toml"
    with Sandbox(Options(config_out=config, deals=12, seed=7)) as box:
        world = with_guard(World(box), "new_tasks_per_cycle", "3")
        yield world, world.run("plan"), world.sync()


def test_too_many_new_tasks_are_held_and_the_scores_go_out(
    once: tuple[World, ConnectionReport, ConnectionReport],
) -> None:
    world, _, report = once
    assert world.own_tasks() == []
    assert report.applied.scores == report.plan.scores > 0
    assert report.plan.held == report.plan.create > 3


def test_a_held_plan_ends_the_command_with_three(once: tuple[World, ConnectionReport, ConnectionReport]) -> None:
    assert once[2].exit_code == HELD


def test_a_plan_shows_that_it_would_be_held(once: tuple[World, ConnectionReport, ConnectionReport]) -> None:
    assert (once[1].plan.held, once[1].exit_code) == (once[1].plan.create, HELD)


def test_status_shows_what_waits_by_rule_and_by_rep(once: tuple[World, ConnectionReport, ConnectionReport]) -> None:
    world, _, report = once
    (held,) = status(world)["held"]
    people = {row["Name"] for row in world.table("User")}
    assert (held["plan_id"], sum(held["by_rep"].values())) == (report.plan_id, report.plan.held)
    assert set(held["by_rep"]) <= people
    assert set(held["by_rule"]) <= set(report.findings)


def test_a_report_says_which_guard_holds_and_what_it_counted(
    once: tuple[World, ConnectionReport, ConnectionReport],
) -> None:
    held = json.loads(json.dumps(once[2].as_dict()))["held"]
    assert held["why"] == [f"{held['kinds']['create']} new tasks in one cycle, where new_tasks_per_cycle allows 3"]


def test_an_unknown_plan_cannot_be_approved(once: tuple[World, ConnectionReport, ConnectionReport]) -> None:
    with opened(once[0]) as workspace, pytest.raises(UnknownNameError, match="plan-nonsense"):
        decisions.approve(workspace, "plan-nonsense", PERSON)


def test_an_approved_plan_goes_out_whole_and_leaves_nothing_to_do(guarded: World) -> None:
    held = guarded.sync()
    approved = approve(guarded, held.plan_id)
    assert (approved.applied.create, approved.exit_code, len(guarded.open_tasks())) == (
        held.plan.held,
        0,
        held.plan.held,
    )
    again = guarded.sync()
    assert (again.plan.create, again.plan.held, again.exit_code) == (0, 0, 0)


def test_what_plan_showed_as_held_can_be_approved(guarded: World) -> None:
    shown = guarded.run("plan")
    assert approve(guarded, shown.plan_id).applied.create == shown.plan.create


def test_the_same_wish_goes_on_waiting_whole_under_the_same_name(guarded: World) -> None:
    assert len({(one.plan_id, one.plan.held) for one in (guarded.sync() for _ in range(3))}) == 1
    assert len(status(guarded)["held"]) == 1


def test_an_approval_still_fits_an_org_that_changes_in_every_cycle(guarded: World) -> None:
    held = guarded.sync()
    for _ in range(2):
        reword_a_deal(guarded)
        guarded.sync()
    reword_a_deal(guarded)
    assert approve(guarded, held.plan_id).applied.create == held.plan.held


def test_what_is_no_longer_wanted_is_left_out_of_an_approved_plan(guarded: World) -> None:
    held = guarded.sync()
    won = next(row for row in guarded.table("Opportunity") if not row["IsClosed"] and row["CloseDate"] < "2026-06-15")
    guarded.edit("Opportunity", won["Id"], StageName="Closed Won")
    guarded.advance(minutes=30)
    assert 0 < approve(guarded, held.plan_id).applied.create < held.plan.held
    assert won["Id"] not in {row["WhatId"] for row in guarded.own_tasks()}


def test_a_rejected_plan_stays_out_and_may_be_approved_after_all(guarded: World) -> None:
    held = guarded.sync()
    reject(guarded, held.plan_id)
    after = guarded.sync()
    assert (after.plan.held, after.exit_code, guarded.own_tasks()) == (0, 0, [])
    assert approve(guarded, held.plan_id).applied.create == held.plan.held
    said = [(one["action"], one["about"], one["by"]) for one in status(guarded)["audit"]]
    assert said == [("approved", held.plan_id, PERSON), ("rejected", held.plan_id, PERSON)]


def test_an_approval_comes_too_late_after_three_days_and_the_wish_waits_in_a_new_plan(guarded: World) -> None:
    held = guarded.sync()
    guarded.advance(hours=73)
    late = approve(guarded, held.plan_id)
    assert (late.exit_code, guarded.own_tasks()) == (BAD_INPUT, [])
    assert "72 hours" in (late.error or "")
    assert guarded.sync().plan_id != held.plan_id


def test_an_approval_that_came_too_late_is_not_told_as_one(guarded: World) -> None:
    held = guarded.sync()
    guarded.advance(hours=73)
    approve(guarded, held.plan_id)
    guarded.sync()
    again = approve(guarded, held.plan_id)  # by now the plan is known to be over
    assert (again.exit_code, guarded.own_tasks()) == (BAD_INPUT, [])
    assert [one["action"] for one in status(guarded)["audit"]] == ["approved too late"] * 2


def test_a_plan_that_nobody_wants_any_more_waits_no_longer(guarded: World) -> None:
    guarded.sync()
    leave_large_deals_alone(guarded)
    guarded.sync()
    assert status(guarded)["held"] == []


def test_approved_tasks_do_not_fill_the_day(guarded: World) -> None:
    with_guard(guarded, "new_tasks_per_day", "3")
    approve(guarded, guarded.sync().plan_id)
    deal = next(row for row in guarded.table("Opportunity") if not row["IsClosed"] and row["CloseDate"] > "2026-06-20")
    guarded.edit("Opportunity", deal["Id"], CloseDate="2026-06-01")
    guarded.advance(minutes=30)
    report = guarded.sync()
    assert (report.applied.create > 0, report.plan.held) == (True, 0)


def test_in_observe_nothing_waits(guarded: World) -> None:
    guarded.reword_config('mode = "enforce"', 'mode = "observe"')
    report = guarded.sync()
    assert (report.plan.create > 3, report.plan.held, report.exit_code) == (True, 0, 0)


def test_closing_too_many_at_once_is_held_until_it_is_approved(make_world: MakeWorld) -> None:
    world = make_world(deals=60, seed=7)
    world.sync()
    standing = len(world.open_tasks())
    assert standing >= 20
    leave_large_deals_alone(with_guard(world, "share_closed", "0.3"))
    report = world.sync()
    assert (report.plan.held, report.exit_code, len(world.open_tasks())) == (report.plan.close, HELD, standing)
    assert approve(world, report.plan_id).applied.close == report.plan.held == standing - len(world.open_tasks())
