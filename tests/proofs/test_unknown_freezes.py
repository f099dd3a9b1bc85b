"""What becomes unknown closes nothing and creates nothing."""

from __future__ import annotations

import pytest

from tests.proofs.world import World


def frozen(world: World) -> tuple[list[str], int]:
    """Run a cycle after the change; give the keys of all tasks and how many are open."""
    world.advance(minutes=30)
    world.sync()
    return world.keys(), len(world.open_tasks())


HIDDEN = [
    ["Opportunity.Champion__c"],
    ["Opportunity.Metrics__c", "Opportunity.Implicate_Pain__c"],
    ["Opportunity.CloseDate"],
    ["Opportunity.Amount"],
]


@pytest.mark.parametrize("fields", HIDDEN, ids=lambda fields: fields[0])
def test_a_hidden_field_closes_and_creates_nothing(world: World, fields: list[str]) -> None:
    world.sync()
    before = world.keys(), len(world.open_tasks())
    world.quirks(hide_fields=fields)
    world.advance(minutes=30)
    first = world.run()
    assert (first.incomplete, first.exit_code) == (True, 4)
    assert fields[0].removeprefix("Opportunity.") in (first.incomplete_reason or "")
    assert (first.applied.create, first.applied.close) == (0, 0)
    assert frozen(world) == before


def test_a_hidden_field_is_told_to_the_operator(world: World) -> None:
    world.sync()
    world.quirks(hide_fields=["Opportunity.Metrics__c"])
    assert any("Metrics__c" in problem for problem in world.run().problems)


def test_a_field_that_is_no_longer_mapped_has_not_vanished(world: World) -> None:
    world.sync()
    text = world.config.read_text()
    world.config.write_text("\n".join(line for line in text.splitlines() if not line.startswith("metrics")) + "\n")
    assert not any("could be read before" in problem for problem in world.sync().problems)


def test_an_unmapped_stage_closes_and_creates_nothing(world: World) -> None:
    world.sync()
    before = world.keys(), len(world.open_tasks())
    text = world.config.read_text()
    kept = [line for line in text.splitlines() if not line.startswith('"Evaluation"')]
    world.config.write_text("\n".join(kept) + "\n")
    assert frozen(world) == before


def test_a_value_blanked_by_a_person_closes_and_creates_nothing_that_needs_it(world: World) -> None:
    world.sync()
    task = next(row for row in world.open_tasks() if "Rules: champion" in row["Description"])
    world.edit("Opportunity", task["WhatId"], Amount=None)
    world.advance(minutes=30)
    world.sync()
    [now] = [row for row in world.own_tasks() if row["Id"] == task["Id"]]
    assert not now["IsClosed"]


def test_a_reading_that_broke_off_closes_and_creates_nothing(world: World) -> None:
    world.sync()
    before = world.keys(), len(world.open_tasks())
    for row in world.open_tasks()[:5]:
        world.edit("Opportunity", row["WhatId"], CloseDate="2026-12-01")
    world.faults(*({"match": "*/composite", "nth": nth, "kind": "503"} for nth in range(1, 40)))
    report = world.run()
    assert (report.incomplete, report.exit_code) == (True, 4)
    assert (world.keys(), len(world.open_tasks())) == before
