"""kill -9 of the real daemon, again and again before it may settle: what is left is what an undisturbed run leaves.

DEALWARDEN_KILLS=200 with ``-m soak`` is the long form.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing

import pytest

from tests.proofs.killing import daemon_process, kill_daemon
from tests.proofs.world import World

KILLS = int(os.environ.get("DEALWARDEN_KILLS", "200"))
AN_ORG = 4
"""How many kills one org suffers before it may settle."""


def killed_again_and_again(world: World, kills: int, dice: random.Random) -> int:
    """Kill the daemon; give how many kills struck after the first write."""
    world.reset_calls()
    struck = [kill_daemon(world, daemon_process(world), dice, writing=at % 2 == 0) for at in range(kills)]
    return sum(one.writes_before > 0 for one in struck)


def open_effects(world: World) -> int:
    with closing(sqlite3.connect(world.database)) as database:
        open_states = "SELECT count(*) FROM effects WHERE state IN ('planned', 'sending', 'unknown')"
        return int(database.execute(open_states).fetchone()[0])


def test_a_daemon_killed_twice_leaves_what_an_undisturbed_run_leaves(world: World, undisturbed_keys: list[str]) -> None:
    assert killed_again_and_again(world, 2, random.Random(3)) > 0
    world.sync()
    assert (world.keys(), open_effects(world)) == (undisturbed_keys, 0)


@pytest.mark.soak
def test_a_daemon_killed_two_hundred_times_leaves_what_an_undisturbed_run_leaves(
    make_world, undisturbed_keys: list[str]
) -> None:
    dice, struck = random.Random(11), 0
    for _ in range(KILLS // AN_ORG):
        world = make_world(deals=25, seed=7)
        struck += killed_again_and_again(world, AN_ORG, dice)
        world.sync()
        assert (world.keys(), open_effects(world)) == (undisturbed_keys, 0)
        world.box.stop()
    print(f"{KILLS} kills, {struck} of them after a first write")
    assert struck > 0
