"""A rule change that would flood people with tasks is held as a whole, shown, and goes out when a person says so."""

from __future__ import annotations

import pytest

from sync.app.decisions import approve
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.errors import HELD
from sync.store.status import read_status
from tests.proofs.conftest import MakeWorld
from tests.proofs.world import World

PERSON = "Dana Ops"
RULE = """
[pack]
name = "flood"
version = "1.0"

[families.flood]
points = {{ high = 10 }}
subject = "Look at {{{{ deal.name }}}}"
due = "3 business days"

[rules.every-deal]
title = "Every deal"
family = "flood"
when = "contacts >= 0"
severity = "high"
mode = "{mode}"
evidence = "{{{{ contacts }}}} contacts"
advice = "Look at it"
done = "Looked at"
"""


def set_rule(world: World, mode: str) -> None:
    folder = world.config.parent / "rules.d"
    folder.mkdir(exist_ok=True)
    (folder / "flood.toml").write_text(RULE.format(mode=mode))


@pytest.mark.soak
def test_a_rule_change_that_would_make_five_thousand_tasks_is_held_and_its_approval_fits_a_living_org(
    make_world: MakeWorld,
) -> None:
    world = make_world(deals=5200, seed=7)
    packs = next(line for line in world.config.read_text().splitlines() if line.startswith("packs = "))
    world.reword_config(packs, "packs = []")
    world.reword_config("new_tasks_per_cycle = 0", "new_tasks_per_cycle = 200")
    set_rule(world, "shadow")
    assert world.sync().plan.create == 0
    set_rule(world, "on")
    held = world.sync()
    assert (held.exit_code, world.own_tasks()) == (HELD, [])
    assert held.plan.held >= 5000
    (waiting,) = read_status(f"sqlite:///{world.database}")["connections"]["salesforce"]["held"]
    assert waiting["by_rule"] == {"every-deal": held.plan.held}
    assert sum(waiting["by_rep"].values()) == held.plan.held
    deals = [row for row in world.table("Opportunity") if not row["IsClosed"]]
    for cycle in range(3):
        for deal in deals[cycle::1000]:
            world.edit("Opportunity", deal["Id"], Name=f"{deal['Name']} {cycle}")
        world.advance(minutes=30)
        assert world.sync().plan_id == held.plan_id
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        report = approve(workspace, str(held.plan_id), PERSON)["salesforce"]
    assert (report.applied.create, len(world.open_tasks())) == (held.plan.held, held.plan.held)
    after = world.sync()
    assert (after.plan.create, after.plan.held) == (0, 0)
