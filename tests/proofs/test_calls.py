"""The CRM's quota is shared: how many calls a cycle takes, counted by the CRM and held against the formula."""

from __future__ import annotations

from math import ceil

from tests.proofs.world import World

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


def test_a_full_pull_takes_at_most_eight_reads_beside_its_pages(make_world) -> None:
    world = make_world(deals=700, seed=3)
    limit = 8 + pages(world)
    world.reset_calls()
    world.run("plan")
    assert world.calls()["read"] <= limit


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


def test_writes_go_two_hundred_to_a_call(make_world) -> None:
    world = make_world(deals=600, seed=3)
    world.reset_calls()
    report = world.sync()
    plan = report.plan
    assert plan.create > 200
    assert world.calls()["write"] == ceil(plan.create / 200) + ceil(plan.scores / 200)


def test_the_report_counts_the_calls_that_the_crm_counted(world: World) -> None:
    world.reset_calls()
    report = world.sync()
    assert dict(report.calls) == dict(world.calls())
