"""The CRM's quota is shared: how many calls a cycle takes, counted by the CRM and held against the formula."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil

import pytest

from sandbox.serve import Options, Sandbox
from sync.model.cycle_report import ConnectionReport
from tests.proofs.world import World, core_alone

PAGE = 2000
READ = (
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityStage",
    "OpportunityHistory",
    "OpportunityFieldHistory",
    "Contact",
    "Account",
    "User",
    "Task",
    "TaskRelation",
    "Event",
    "EventRelation",
    "EmailMessage",
    "EmailMessageRelation",
)


def pages(world: World) -> int:
    return sum(ceil(len(world.table(name)) / PAGE) for name in READ)


@dataclass(frozen=True)
class FirstCycle:
    """The first cycle in an org of several pages and batches: the pages before it, its calls, its report."""

    pages: int
    calls: Counter[str]
    report: ConnectionReport


@pytest.fixture(scope="module")
def first_cycle(tmp_path_factory: pytest.TempPathFactory) -> FirstCycle:
    config = tmp_path_factory.mktemp("wide") / "config.toml"
    with Sandbox(Options(config_out=config, deals=600, seed=3)) as box:
        world = core_alone(World(box))
        there = pages(world)
        world.reset_calls()
        report = world.sync()
        return FirstCycle(there, world.calls(), report)


def test_a_full_pull_takes_at_most_eight_reads_beside_its_pages(first_cycle: FirstCycle) -> None:
    assert first_cycle.calls["read"] <= 8 + first_cycle.pages


def test_a_new_process_logs_in_once_and_asks_at_most_three_meta_calls(world: World) -> None:
    world.reset_calls()
    world.run("plan")
    calls = world.calls()
    assert (calls["auth"], calls["meta"] <= 3) == (1, True)


def test_a_quiet_cycle_takes_at_most_three_reads_and_writes_nothing(world: World) -> None:
    world.sync()
    world.advance(hours=2)
    world.sync()
    world.advance(hours=2)
    world.reset_calls()
    world.sync()
    calls = world.calls()
    assert (calls["read"] <= 3, calls["write"]) == (True, 0)


def test_our_own_writes_do_not_make_the_next_cycle_read_more(world: World) -> None:
    world.sync()
    world.reset_calls()
    world.sync()
    assert world.calls()["read"] <= 3


def test_writes_go_two_hundred_to_a_call(first_cycle: FirstCycle) -> None:
    plan = first_cycle.report.plan
    assert plan.create > 200
    assert first_cycle.calls["write"] == ceil(plan.create / 200) + ceil(plan.scores / 200)


def test_the_report_counts_the_calls_that_the_crm_counted(world: World) -> None:
    world.reset_calls()
    report = world.sync()
    assert dict(report.calls) == dict(world.calls())
