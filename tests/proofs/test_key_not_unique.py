"""Where the CRM keeps no key unique: refused, unless the operator allows it; then at least once, never sent blindly."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from tests.proofs.killing import kill_while_writing, sync_process
from tests.proofs.portal import PortalWorld
from tests.proofs.world import KEY, OUR_USER, World, core_alone

CREATES = {"salesforce": "*/composite/sobjects*", "hubspot": "*/tasks/batch/create"}
HIDDEN_KEY = {
    "salesforce": {"hide_fields": ["Task.Dealwarden_Key__c"]},
    "hubspot": {"hide_properties": ["tasks.dealwarden_key"]},
}


@pytest.fixture(params=["salesforce", "hubspot"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A small org of each CRM that was never synced."""
    config = tmp_path_factory.mktemp(request.param) / "config.toml"
    with Sandbox(Options(crm=request.param, config_out=config, deals=12, seed=7)) as box:
        yield core_alone(World(box) if request.param == "salesforce" else PortalWorld(box))


@pytest.fixture
def allowed(world: World) -> World:
    """The same, keeping no key unique, which the operator allowed."""
    world.quirks(key_not_unique=True)
    return allow(world)


def allow(world: World) -> World:
    world.reword_config('mode = "enforce"', 'mode = "enforce"\nkey_not_unique = "at-least-once"')
    return world


def log(world: World) -> list[dict[str, Any]]:
    return list(world._ask("GET", "calls/newest"))


def looks(world: World) -> list[datetime]:
    """Give the times at which tasks were looked for in the primary store, by their key or by their deal."""
    if world.crm == "hubspot":
        found = [
            call for call in log(world) if "/associations/" in call["target"] and "/deals/tasks/" in call["target"]
        ]
    else:
        found = [call for call in log(world) if "Dealwarden_Key__c+IN" in call["target"].replace("%20", "+")]
    return [datetime.fromisoformat(call["at"]) for call in found]


def sent(world: World) -> list[datetime]:
    stem = CREATES[world.crm].strip("*")
    return [datetime.fromisoformat(call["at"]) for call in log(world) if stem in call["target"]]


def test_without_the_operator_s_word_nothing_is_read_or_written(world: World) -> None:
    world.quirks(key_not_unique=True)
    report = world.run()
    assert report.exit_code == 4
    assert 'key_not_unique = "at-least-once"' in (report.error or "")
    assert (world.calls()["read"], world.calls()["write"]) == (0, 0)


def test_no_key_field_at_all_is_refused_whatever_the_operator_allows(world: World) -> None:
    world.quirks(**HIDDEN_KEY[world.crm])
    report = allow(world).run()
    assert (report.exit_code, world.calls()["write"]) == (4, 0)
    assert "no task can be written without it" in (report.error or "")


@pytest.mark.parametrize("world", ["salesforce", pytest.param("hubspot", marks=pytest.mark.soak)], indirect=True)
def test_a_create_whose_answer_is_lost_is_found_and_adopted(allowed: World) -> None:
    allowed.faults({"match": CREATES[allowed.crm], "nth": 1, "kind": "drop_after_apply"})
    first = allowed.run()
    assert allowed.fired() == 1
    assert (first.applied.unknown, first.applied.create) == (0, first.plan.create)
    assert any("at least once, not exactly once" in line for line in first.problems)
    assert allowed.sync().plan.create == 0
    assert len(allowed.keys()) == len(set(allowed.keys())) == first.plan.create > 1


def test_a_create_that_is_not_found_is_sent_again_only_after_two_looks_fifteen_minutes_apart(allowed: World) -> None:
    allowed.faults({"match": CREATES[allowed.crm], "nth": 1, "kind": "drop_before_apply"})
    first = allowed.run()
    assert (first.applied.unknown, len(allowed.keys())) == (1, first.plan.create - 1)
    lost_at = looks(allowed)[-1]
    allowed.reset_calls()
    allowed.advance(minutes=10)
    second = allowed.run()
    assert (second.plan.create, sent(allowed)) == (0, [])
    assert any("1 tasks wait for that second look" in line for line in second.problems)
    allowed.advance(minutes=10)
    third = allowed.run()
    assert third.applied.create == 1
    (again,) = sent(allowed)
    last_look = max(at for at in looks(allowed) if at <= again)
    assert last_look - lost_at >= timedelta(minutes=15)
    assert len(allowed.keys()) == len(set(allowed.keys())) == first.plan.create


@pytest.mark.parametrize("world", [pytest.param("salesforce", marks=pytest.mark.soak), "hubspot"], indirect=True)
def test_a_task_that_lands_late_is_adopted_and_not_made_twice(allowed: World) -> None:
    allowed.faults({"match": CREATES[allowed.crm], "nth": 1, "kind": "delay_then_apply"})
    allowed.quirks(delay_s=1.0)
    first = allowed.run()
    for _ in range(2):
        allowed.advance(minutes=20)
        allowed.run()
    assert len(allowed.keys()) == len(set(allowed.keys())) == first.plan.create


@pytest.mark.parametrize("world", ["salesforce"], indirect=True)
def test_of_two_tasks_under_one_key_the_next_cycle_closes_one(allowed: World) -> None:
    allowed.sync()
    standing = len(allowed.open_tasks())
    first = allowed.open_tasks()[0]
    names = ("Subject", "Description", "WhatId", "OwnerId", "ActivityDate", "Priority", KEY)
    twin = {"object": "Task", "fields": {name: first[name] for name in names}, "as": OUR_USER}
    allowed.advance(minutes=1)
    made = allowed._ask("POST", "edit", twin)["id"]
    assert allowed.sync().applied.close == 1
    closed = next(row for row in allowed.own_tasks() if row["Id"] == made)
    assert (closed["IsClosed"], len(allowed.open_tasks())) == (True, standing)
    assert closed["Dealwarden_Reason__c"] == "Another managed task exists here for the same reason."


@pytest.mark.parametrize("world", [pytest.param("salesforce", marks=pytest.mark.soak), "hubspot"], indirect=True)
def test_a_killed_process_leaves_one_task_a_reason(allowed: World) -> None:
    kill_while_writing(allowed, sync_process(allowed), 3, random.Random(5))
    for _ in range(2):
        allowed.run()
        allowed.advance(minutes=20)
    assert allowed.sync().plan.create == 0
    assert len(allowed.keys()) == len(set(allowed.keys())) > 3


@pytest.mark.parametrize("world", ["salesforce", pytest.param("hubspot", marks=pytest.mark.soak)], indirect=True)
def test_a_key_that_is_no_longer_unique_stops_a_running_daemon(world: World) -> None:
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        workspace.run(world.crm, "plan")  # type: ignore[arg-type]
        world.quirks(key_not_unique=True)
        report = workspace.run(world.crm, "sync")  # type: ignore[arg-type]
        again = workspace.run(world.crm, "sync")  # type: ignore[arg-type]
    assert (report.exit_code, again.exit_code) == (4, 4)
    assert "unique" in f"{report.error} {report.incomplete_reason}"
    assert world.keys() == []
