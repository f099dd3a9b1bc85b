"""What could not be read whole holds up nothing but itself, and nothing is created or closed by half a reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.serve import Options, Sandbox
from sync.model.cycle_report import ConnectionReport
from tests.proofs.conftest import SMALL
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, core_alone

CRMS = ["salesforce", "hubspot"]


@pytest.fixture(params=CRMS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An org after its first cycle; each proof gets one of its own."""
    config = tmp_path_factory.mktemp(request.param) / "config.toml"
    with Sandbox(Options(crm=request.param, config_out=config, **SMALL)) as box:
        world = core_alone(World(box) if request.param == "salesforce" else PortalWorld(box))
        world.sync()
        world.advance(hours=1)
        yield world


def break_reading(world: World) -> None:
    """Have contacts come twice (Salesforce), or meetings not at all (HubSpot), in the next cycle."""
    if world.crm == "salesforce":
        for row in world.table("Contact")[:36]:
            world.edit("Contact", row["Id"], Title="Head of something else")
        world.quirks(short_pages=35)
        world.faults({"match": "*/query/*", "nth": 1, "kind": "duplicate_page"})
    else:
        world.faults(*({"match": "*/meetings/search", "nth": 1, "kind": "503"} for _ in range(8)))


def mend_reading(world: World) -> None:
    world.faults()
    world.quirks(short_pages=0)


def move_close_dates(world: World) -> None:
    """Give every deal that has no task a close date long past, so that there is a reason for one."""
    tasks = world.open_tasks()
    if world.crm == "salesforce":
        taken = {row["WhatId"] for row in tasks}
        for deal in world.table("Opportunity"):
            if not deal["IsClosed"] and deal["Id"] not in taken:
                world.edit("Opportunity", deal["Id"], CloseDate="2026-05-01")
    else:
        taken = {world.deal_of(row["id"]) for row in tasks}  # type: ignore[attr-defined]
        for deal in world.open_deals():  # type: ignore[attr-defined]
            if deal["id"] not in taken:
                world.edit("deals", deal["id"], closedate="2026-05-01T00:00:00Z")


def close_deals(world: World) -> None:
    """Have a person lose two deals on which a task of ours is open."""
    if world.crm == "salesforce":
        for row in world.open_tasks()[:2]:
            world.edit("Opportunity", row["WhatId"], StageName="Closed Lost")
    else:
        for row in world.open_tasks()[:2]:
            world.edit("deals", world.deal_of(row["id"]), dealstage="closedlost")  # type: ignore[attr-defined]


def note(report: ConnectionReport) -> str:
    return next(line for line in report.problems if line.startswith("Not read whole"))


def test_half_a_reading_scores_and_neither_creates_nor_closes(world: World) -> None:
    before = world.keys(), len(world.open_tasks())
    move_close_dates(world)
    close_deals(world)
    break_reading(world)
    half = world.run()
    assert (half.error, half.incomplete, half.exit_code) == (None, True, 4)
    assert half.applied.scores > 0
    assert (half.applied.create, half.applied.close) == (0, 0)
    assert (world.keys(), len(world.open_tasks())) == before
    mend_reading(world)
    whole = world.sync()
    assert whole.applied.create > 0
    assert whole.applied.close >= 2


@pytest.mark.parametrize("world", ["salesforce", pytest.param("hubspot", marks=pytest.mark.soak)], indirect=True)
def test_a_table_that_is_behind_holds_the_clock_of_judgement_and_after_a_day_says_nothing(world: World) -> None:
    before = world.keys(), len(world.open_tasks())
    world.advance(hours=20)
    break_reading(world)
    assert "judged as of 2026-06-15 09" in note(world.run())
    mend_reading(world)
    world.advance(hours=5)
    break_reading(world)
    report = world.run()
    assert "over 24 hours old" in note(report)
    assert (report.applied.create, report.applied.close) == (0, 0)
    assert (world.keys(), len(world.open_tasks())) == before


@pytest.mark.parametrize("world", ["hubspot"], indirect=True)
def test_a_property_that_vanished_holds_everything_up_once_and_is_unknown_from_then_on(world: World) -> None:
    before = world.keys(), len(world.open_tasks())
    world.quirks(hide_properties=["deals.dw_metrics"])
    first = world.run()
    assert (first.incomplete, "dw_metrics" in (first.incomplete_reason or "")) == (True, True)
    second = world.sync()
    assert (second.applied.create, second.applied.close) == (0, 0)
    assert (world.keys(), len(world.open_tasks())) == before
