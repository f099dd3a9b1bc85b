"""A critical finding that a cap keeps from its receiver is told to the manager on the same day, once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.world import World

RULE = """
[rules.everywhere]
title = "Everywhere"
family = "hygiene"
when = "amount > 0"
severity = "critical"
evidence = "Worth {{ amount }}"
advice = "Look."
done = "Looked at"
"""


@pytest.fixture
def flooded(world: World) -> World:
    """An org with something critical on every deal, and room for three tasks a person."""
    folder = world.config.parent / "rules.d"
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(RULE)
    world.reword_config("open_per_owner = 0", "open_per_owner = 1")
    world.reword_config('day = "off"', 'day = "friday"')
    return world


def told(world: World) -> list[dict[str, Any]]:
    return [row for row in world.own_tasks() if "no room for a task" in row["Subject"]]


def test_a_manager_is_told_on_the_same_day_whatever_the_weekday_of_digests(flooded: World) -> None:
    flooded.sync()
    assert told(flooded)
    assert {row["WhatId"] for row in told(flooded)} == {None}


def test_a_person_gets_one_such_task_a_day(flooded: World) -> None:
    flooded.sync()
    flooded.sync()
    owners = [row["OwnerId"] for row in told(flooded)]
    assert len(owners) == len(set(owners))


def test_a_lost_database_makes_no_second_one_that_day(flooded: World) -> None:
    flooded.sync()
    before = len(told(flooded))
    flooded.forget()
    flooded.sync()
    assert len(told(flooded)) == before


def test_what_was_told_is_not_told_again_the_next_day(flooded: World) -> None:
    flooded.sync()
    before = len(told(flooded))
    flooded.advance(days=1)
    flooded.sync()
    assert len(told(flooded)) == before


def test_what_was_found_before_tasks_were_written_is_told_when_they_are(flooded: World) -> None:
    flooded.reword_config('mode = "enforce"', 'mode = "observe"')
    flooded.sync()
    flooded.reword_config('mode = "observe"', 'mode = "enforce"')
    flooded.sync()
    assert told(flooded)


def test_where_digests_are_off_nobody_is_told(flooded: World) -> None:
    flooded.reword_config('day = "friday"', 'day = "off"')
    flooded.sync()
    assert told(flooded) == []
