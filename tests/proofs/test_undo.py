"""A run can be taken back, but for what people touched, and what was taken back does not return by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox.serve import Options, Sandbox
from sync.app import decisions
from sync.app.rule_files import load_rule_sets
from sync.app.workspace import Workspace
from sync.commands.terminal import show_reports
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.errors import UnknownNameError
from sync.model.cycle_report import AppliedCount, ConnectionReport
from sync.store.database.opening import open_backend
from sync.store.status import read_status
from sync.store.store import Store
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World
from tests.simulation.crash import Crash, Killed, MortalDatabase

PERSON = "Dana Ops"


def opened(world: World) -> Workspace:
    return Workspace.open(load_config(world.config), progress=SilentProgress())


def undo(world: World, run_id: str) -> ConnectionReport:
    with opened(world) as workspace:
        return decisions.undo(workspace, run_id, PERSON)[world.crm]


def resume(world: World) -> None:
    with opened(world) as workspace:
        assert decisions.resume(workspace, world.crm, PERSON)


def leave_large_deals_alone(world: World) -> None:
    world.config.write_text('[scope]\nwhere = "amount >= 100_000_000"\n\n' + world.config.read_text())


def ids(tasks: list[dict[str, Any]]) -> set[str]:
    return {row.get("Id") or row["id"] for row in tasks}


def retitle(world: World, task_id: str) -> None:
    """Change a task as a person would."""
    if world.crm == "salesforce":
        world.edit("Task", task_id, Subject="Mine now")
    else:
        world.edit("tasks", task_id, hs_task_subject="Mine now")
    world.advance(minutes=30)


def scores(world: World) -> dict[str, Any]:
    if world.crm == "salesforce":
        return {row["Id"]: row["Deal_Risk_Score__c"] for row in world.table("Opportunity")}
    return {row["id"]: row["properties"].get("deal_risk_score") or None for row in world.table("deals")}


Start = Callable[[int], World]


@pytest.fixture(params=["salesforce", "hubspot"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Start a simulated CRM with so many deals."""
    boxes: list[Sandbox] = []

    def begin(deals: int) -> World:
        box = Sandbox(Options(crm=request.param, config_out=tmp_path / "config.toml", deals=deals, seed=7))
        boxes.append(box)
        box.start()
        return World(box) if request.param == "salesforce" else PortalWorld(box)

    yield begin
    for box in boxes:
        box.stop()


def prove_undo(world: World, *, touched: int) -> int:
    """Take back a first cycle after a person touched some of its tasks; give how many tasks it had made."""
    first = world.sync()
    made = sorted(ids(world.open_tasks()))
    for task_id in made[:touched]:
        retitle(world, task_id)
    report = undo(world, first.run_id)
    assert ids(world.open_tasks()) == set(made[:touched])
    assert report.applied.close == len(made) - touched
    assert report.taken_back == {
        "withdrawn": len(made) - touched,
        "reopened": 0,
        "restored": report.applied.scores,
        "left": touched,
    }
    assert set(scores(world).values()) == {None}
    assert world.sync().applied.scores == 0
    resume(world)
    after = world.sync()
    assert (after.plan.create, after.applied.scores > 0) == (0, True)
    assert ids(world.open_tasks()) <= set(made[:touched])
    return len(made)


def test_an_undone_run_leaves_what_people_touched_and_does_not_come_back(start: Start) -> None:
    assert prove_undo(start(16), touched=1) > 2


def killed_while_undoing(world: World, run_id: str, moment: int) -> bool:
    """Undo in a process that dies at the given moment of writing to its store; say whether it came to that."""
    config = load_config(world.config)
    crash = Crash()
    crash.arm(moment, writing=True)
    store = Store(MortalDatabase(open_backend(config.store_url, config.base), crash))
    try:
        with Workspace(config, load_rule_sets(config), store, SilentProgress()) as workspace:
            decisions.undo(workspace, run_id, PERSON)
    except Killed:
        return True
    return False


def test_an_undo_that_is_killed_again_and_again_ends_as_an_undisturbed_one(start: Start) -> None:
    world = start(8)
    first = world.sync()
    kills = [killed_while_undoing(world, first.run_id, moment) for moment in (2, 7, 13, 20, 28)]
    assert any(kills)
    undo(world, first.run_id)
    assert (world.open_tasks(), set(scores(world).values())) == ([], {None})
    resume(world)
    assert world.sync().plan.create == 0


@pytest.mark.soak
def test_an_undone_run_of_five_hundred_tasks_leaves_what_people_touched(start: Start) -> None:
    assert prove_undo(start(540), touched=5) >= 500


def test_an_undone_run_opens_again_what_it_closed_and_restores_scores(start: Start) -> None:
    world = start(8)
    world.sync()
    before = ids(world.open_tasks()), scores(world)
    leave_large_deals_alone(world)
    closing = world.sync()
    left = len(world.open_tasks())
    told = undo(world, closing.run_id)
    assert (told.taken_back or {})["reopened"] == len(before[0]) - left > 0
    assert (ids(world.open_tasks()), scores(world)) == before


def test_an_undo_that_was_cut_off_is_run_again(start: Start) -> None:
    world = start(8)
    first = world.sync()
    world.faults({"match": "*tasks*" if world.crm == "hubspot" else "*sobjects*", "nth": 2, "kind": "drop_after_apply"})
    undo(world, first.run_id)
    undo(world, first.run_id)
    assert (world.open_tasks(), set(scores(world).values())) == ([], {None})


def test_withdrawing_takes_back_everything_of_ours(start: Start) -> None:
    world = start(8)
    world.sync()
    with opened(world) as workspace:
        decisions.withdraw(workspace, world.crm, PERSON)
    assert (world.open_tasks(), set(scores(world).values())) == ([], {None})
    one = read_status(world.place.full_url)["connections"][world.crm]
    assert one["observing"] == f"{world.crm} was withdrawn by {PERSON}"
    assert [(line["action"], line["by"]) for line in one["audit"]] == [("withdrawn", PERSON)]


def test_an_undo_is_told_in_words_that_answer_what_became_of_each_task() -> None:
    out = Console(record=True, width=200)
    counted = {"withdrawn": 1200, "reopened": 3, "restored": 0, "left": 2}
    show_reports(out, {"acme": ConnectionReport("run-1", applied=AppliedCount(close=1200), taken_back=counted)})
    told = [line.strip() for line in out.export_text().splitlines() if line.strip()]
    assert told == [
        "acme: done",
        "withdrawn 1,200 tasks closed as withdrawn",
        "reopened  3 tasks reopened that had been closed",
        "restored  0 scores set back to their value before, or blank",
        "left      2 tasks not changed, since a person edited them",
    ]


def test_an_unknown_run_cannot_be_undone(tmp_path: Path) -> None:
    box = Sandbox(Options(config_out=tmp_path / "config.toml", deals=0))
    with box, opened(World(box)) as workspace, pytest.raises(UnknownNameError, match="run-nonsense"):
        decisions.undo(workspace, "run-nonsense", PERSON)
