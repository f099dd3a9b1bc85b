"""The main job on a public data set that nobody here made: what is not kept is not judged."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tests.proofs.world import World

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


@pytest.fixture
def real(make_world, folder: Path) -> World:
    world = make_world(data=folder)
    world.set_clock(AS_OF)
    return world


def open_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "Opportunity.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["IsClosed"] == "false"]


def test_every_open_deal_of_a_real_pipeline_is_pulled_and_judged(real: World, folder: Path) -> None:
    report = real.sync()
    assert report.judged == len(open_rows(folder)) == 2089
    assert report.pulled["deals"] >= 2089


def test_rules_without_evidence_find_nothing_and_say_so_once(real: World) -> None:
    report = real.sync()
    assert report.not_judged.keys() >= STARVED
    assert not STARVED & report.findings.keys()
    assert all(why.source and why.coverage < why.floor for why in report.not_judged.values())


def test_a_past_close_date_is_found_on_exactly_the_open_rows_that_have_one(real: World, folder: Path) -> None:
    report = real.sync()
    past = {row["Id"] for row in open_rows(folder) if row["CloseDate"] and row["CloseDate"] < "2018-01-01"}
    assert report.findings["close-date-past"] == len(past)
    assert {row["WhatId"] for row in real.own_tasks() if "close-date-past" in row["Description"]} <= past


def test_closed_deals_of_a_real_pipeline_stay_untouched(real: World) -> None:
    before = {row["Id"]: row for row in real.table("Opportunity") if row["IsClosed"]}
    real.sync()
    assert {row["Id"]: row for row in real.table("Opportunity") if row["IsClosed"]} == before


def test_a_second_cycle_over_a_real_pipeline_plans_nothing(real: World) -> None:
    real.sync()
    plan = real.sync().plan
    assert (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)
