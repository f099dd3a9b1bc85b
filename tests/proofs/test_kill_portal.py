"""kill -9 at random moments of a first cycle on HubSpot: the next one leaves what an undisturbed run leaves."""

from __future__ import annotations

import os
import random
from pathlib import Path

from sandbox.serve import Options, Sandbox
from tests.proofs.killing import kill_after, kill_while_writing, sync_process
from tests.proofs.portal import PortalWorld
from tests.proofs.world import core_alone

DEALS = int(os.environ.get("DEALWARDEN_KILL_DEALS", "40"))
KILLS = int(os.environ.get("DEALWARDEN_KILLS", "3"))


def test_killed_anywhere_and_run_once_more_the_tasks_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    dice = random.Random(11)
    with Sandbox(Options(crm="hubspot", deals=DEALS, seed=11, config_out=tmp_path / "still" / "config.toml")) as box:
        undisturbed = core_alone(PortalWorld(box))
        undisturbed.sync()
        wanted = undisturbed.keys()
    struck_after_first_write = 0
    for attempt in range(KILLS):
        config = tmp_path / f"killed{attempt}" / "config.toml"
        with Sandbox(Options(crm="hubspot", deals=DEALS, seed=11, config_out=config)) as box:
            world = core_alone(PortalWorld(box))
            process = sync_process(world)
            if attempt % 3 < 2:
                kill = kill_while_writing(world, process, 1 + attempt % 3, dice)
            else:
                kill = kill_after(world, process, dice.uniform(1.5, 12.0))
            struck_after_first_write += kill.writes_before > 0
            world.sync()
            assert world.keys() == wanted, f"attempt {attempt}: {kill}"
    print(f"{KILLS} kills, {struck_after_first_write} of them after the first write had begun")
    assert struck_after_first_write > 0
