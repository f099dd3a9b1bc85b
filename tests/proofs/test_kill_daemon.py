"""kill -9 of the real daemon, again and again before it may settle: what is left is what an undisturbed run leaves.

``-m soak`` is the long form, of DEALWARDEN_KILLS kills on each database.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.proofs.killing import daemon_process, kill_daemon
from tests.proofs.ledger import disagreements, leases_left, on_its_way
from tests.proofs.stores import Stores
from tests.proofs.world import World, kept_in

KILLS = int(os.environ.get("DEALWARDEN_KILLS", "200"))
AN_ORG = 4
"""How many kills one org suffers before it may settle."""


def killed_again_and_again(world: World, kills: int, dice: random.Random) -> int:
    """Kill the daemon; give how many kills struck while a write was on its way."""
    struck, known = 0, on_its_way(world)
    for at in range(kills):
        kill_daemon(world, daemon_process(world), dice, writing=at % 2 == 0)
        now = on_its_way(world)
        struck += bool(now - known)
        known = now
    return struck


def settled_as(world: World, wanted: list[str]) -> None:
    """Run one cycle, which must find no lock in its way, and leave the tasks and the ledger of an undisturbed run."""
    world.sync()
    assert (world.keys(), disagreements(world), leases_left(world)) == (wanted, [], [])


def test_a_daemon_killed_twice_leaves_what_an_undisturbed_run_leaves(
    world: World, stores: Stores, undisturbed_keys: list[str]
) -> None:
    killed_again_and_again(kept_in(world, stores.new()), 2, random.Random(3))
    settled_as(world, undisturbed_keys)


@pytest.mark.soak
def test_a_daemon_killed_two_hundred_times_leaves_what_an_undisturbed_run_leaves(
    make_world, stores: Stores, undisturbed_keys: list[str]
) -> None:
    dice, struck = random.Random(11), 0
    for org in range(KILLS // AN_ORG):
        world = kept_in(make_world(deals=25, seed=7), stores.new())
        struck += killed_again_and_again(world, AN_ORG, dice)
        settled_as(world, undisturbed_keys)
        world.box.stop()
        print(f"{(org + 1) * AN_ORG} kills, {struck} of them while a write was on its way", flush=True)
    assert struck > 0
