"""One task per reason, whatever is lost, cut off or repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.serve import Options, Sandbox
from sync.model.cycle_report import ConnectionReport
from tests.proofs.conftest import SMALL
from tests.proofs.world import KEY, World, core_alone


@dataclass(frozen=True)
class Played:
    """A first cycle that nothing disturbed, our tasks after it, and a second cycle at once."""

    first: ConnectionReport
    tasks: list[dict[str, Any]]
    second: ConnectionReport


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    with Sandbox(Options(config_out=tmp_path_factory.mktemp("played") / "config.toml", **SMALL)) as box:
        world = core_alone(World(box))
        first = world.sync()
        return Played(first, world.own_tasks(), world.sync())


def test_a_first_cycle_makes_the_tasks_that_it_planned(played: Played) -> None:
    assert played.first.applied.create == played.first.plan.create == len(played.tasks) > 0


def test_no_key_stands_twice(played: Played) -> None:
    keys = [row[KEY] for row in played.tasks]
    assert len(keys) == len(set(keys))


def test_a_second_cycle_plans_nothing(played: Played) -> None:
    plan = played.second.plan
    assert (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)


def test_a_second_cycle_counts_the_same_findings(played: Played) -> None:
    assert (played.second.judged, played.second.findings) == (played.first.judged, played.first.findings)


def test_a_lost_database_adopts_what_stands_in_the_org(world: World) -> None:
    world.sync()
    before = world.own_tasks()
    world.forget()
    report = world.sync()
    assert (report.plan.create, report.plan.update, report.plan.scores) == (0, 0, 0)
    assert world.own_tasks() == before


def test_a_renamed_connection_makes_no_second_task(world: World) -> None:
    world.sync()
    before = world.keys()
    world.reword_config("connections.salesforce", "connections.renamed")
    from sync.app.workspace import Workspace
    from sync.config.config import load_config
    from sync.connection.progress import SilentProgress

    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        report = workspace.run("renamed", "sync")
    assert (report.error, report.plan.create, world.keys()) == (None, 0, before)
    assert world.place.ask("SELECT name FROM connections") == [("renamed",)]


CREATES = "*/composite/sobjects*"
BROKEN = ["drop_before_apply", "drop_after_apply", "500", "502_html", "503", "truncated_json", "html_200"]
CUT_OFF = [*BROKEN, "401_expired", "429"]
PAGING = ["locator_expired", "duplicate_page", "short_page", "slow_body"]


@pytest.mark.parametrize("kind", CUT_OFF)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_cut_off_write_neither_loses_nor_doubles_a_task(
    world: World, undisturbed_keys: list[str], kind: str, nth: int
) -> None:
    world.faults({"match": CREATES, "nth": nth, "kind": kind})
    world.run()
    assert world.fired() == 1
    world.run()
    assert world.keys() == undisturbed_keys


@pytest.mark.parametrize("kind", ["row_error", "lock_row", "duplicate_value"])
def test_a_refused_row_never_blocks_its_neighbours(world: World, kind: str) -> None:
    world.faults({"match": CREATES, "nth": 1, "kind": kind})
    report = world.run()
    assert report.applied.create >= report.plan.create - 1


@pytest.mark.parametrize("kind", [*BROKEN, *PAGING])
def test_a_cut_off_reading_creates_and_closes_nothing_that_a_whole_one_would_not(
    world: World, undisturbed_keys: list[str], kind: str
) -> None:
    world.faults({"match": "*/composite", "nth": 2, "kind": kind})
    world.run()
    world.sync()
    assert world.keys() == undisturbed_keys


def test_two_tasks_never_share_deal_and_subject(played: Played) -> None:
    reasons = [(row["WhatId"], row["Subject"]) for row in played.tasks if not row["IsClosed"]]
    assert len(reasons) == len(set(reasons)) > 0


def test_every_task_says_its_key_in_its_body(played: Played) -> None:
    assert all(row[KEY] in row["Description"] for row in played.tasks)
