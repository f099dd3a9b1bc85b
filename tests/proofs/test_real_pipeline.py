"""The main job on a public data set that nobody here made: what is not kept is not judged."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.serve import Options, Sandbox
from sync.model.cycle_report import ConnectionReport
from tests.proofs.world import World, core_alone

DATA = os.environ.get("DEALWARDEN_REFERENCE_DATA")
AS_OF = "2018-01-01T09:00:00Z"
STARVED = {
    "meddpicc-gate",
    "meddpicc-filler",
    "single-threaded",
    "contacts-none",
    "champion-missing",
    "champion-quiet",
}

pytestmark = pytest.mark.skipif(not DATA, reason="DEALWARDEN_REFERENCE_DATA names no folder of reference data")


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(DATA or "") / "maven_salesforce"


@dataclass(frozen=True)
class Played:
    """A first cycle and a second one at once: closed deals before and after the first, our tasks then, both reports."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    first: ConnectionReport
    second: ConnectionReport


@pytest.fixture(scope="module")
def played(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    config = tmp_path_factory.mktemp("real") / "config.toml"
    with Sandbox(Options(config_out=config, data=folder)) as box:
        world = core_alone(World(box))
        world.set_clock(AS_OF)
        before = closed(world)
        first = world.sync()
        after, tasks = closed(world), world.own_tasks()
        return Played(before, after, tasks, first, world.sync())


def closed(world: World) -> list[dict[str, Any]]:
    return [row for row in world.table("Opportunity") if row["IsClosed"]]


def open_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "Opportunity.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["IsClosed"] == "false"]


def test_every_open_deal_of_a_real_pipeline_is_pulled_and_judged(played: Played, folder: Path) -> None:
    assert played.first.judged == len(open_rows(folder)) == 2089
    assert played.first.pulled["deals"] >= 2089


def test_rules_without_evidence_find_nothing_and_say_so_once(played: Played) -> None:
    report = played.first
    assert report.not_judged.keys() >= STARVED
    assert not STARVED & report.findings.keys()
    assert all(why.source and why.coverage < why.floor for why in report.not_judged.values())


def test_a_past_close_date_is_found_on_exactly_the_open_rows_that_have_one(played: Played, folder: Path) -> None:
    past = {row["Id"] for row in open_rows(folder) if row["CloseDate"] and row["CloseDate"] < "2018-01-01"}
    assert played.first.findings["close-date-past"] == len(past)
    assert {row["WhatId"] for row in played.tasks if "close-date-past" in row["Description"]} <= past


def test_closed_deals_of_a_real_pipeline_stay_untouched(played: Played) -> None:
    assert played.after == played.before != []


def test_a_second_cycle_over_a_real_pipeline_plans_nothing(played: Played) -> None:
    plan = played.second.plan
    assert (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)
