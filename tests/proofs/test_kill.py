"""kill -9 at random moments of a first cycle: the next one leaves exactly what an undisturbed run leaves."""

from __future__ import annotations

import os
import random

import pytest

from tests.proofs.killing import kill_after, kill_while_writing, sync_process
from tests.proofs.world import World

DEALS = int(os.environ.get("DEALWARDEN_KILL_DEALS", "80"))
KILLS = int(os.environ.get("DEALWARDEN_KILLS", "6"))


@pytest.fixture
def undisturbed(make_world) -> World:
    world = make_world(deals=DEALS, seed=11)
    world.sync()
    return world


def test_killed_anywhere_and_run_once_more_the_tasks_are_those_of_an_undisturbed_run(
    make_world, undisturbed: World
) -> None:
    dice = random.Random(11)
    wanted = undisturbed.keys()
    struck_after_first_write = 0
    for attempt in range(KILLS):
        world = make_world(deals=DEALS, seed=11)
        world.reset_calls()
        process = sync_process(world)
        if attempt % 2:
            kill = kill_while_writing(world, process, 1 + attempt // 2 % 3, dice)
        else:
            kill = kill_after(world, process, dice.uniform(0.8, 4.0))
        struck_after_first_write += kill.writes_before > 0
        world.sync()
        assert world.keys() == wanted, f"attempt {attempt}: {kill}"
        world.box.stop()
    print(f"{KILLS} kills, {struck_after_first_write} of them after the first write had begun")
    assert struck_after_first_write > 0
