"""A fallback owner given in another form than the CRM's is that same person to every cap."""

from __future__ import annotations

import pytest

from tests.proofs.test_own_families import FAMILY, PACK, RULE
from tests.proofs.test_time import overlay
from tests.proofs.world import World


def give_all_to(world: World, fallback: str) -> None:
    """Let one rule find every deal, and give its tasks to the fallback owner, two at most."""
    family = FAMILY.format(name="slip") + 'to = "fallback"\n'
    overlay(world, PACK + family + RULE.format(rule="mine", family="slip", over=0))
    world.reword_config('mode = "enforce"', f'mode = "enforce"\nfallback_owner = "{fallback}"')
    world.reword_config("open_per_owner = 0", "open_per_owner = 2")


@pytest.mark.parametrize("form", ["Id", "short", "Email", "Name"])
def test_the_cap_of_a_person_holds_whatever_form_names_them(make_world, form: str) -> None:  # type: ignore[no-untyped-def]
    world = make_world(deals=5, seed=7)
    world.reword_config('packs = ["core"]', "packs = []")
    user = next(row for row in world.table("User") if row["IsActive"] and row["Email"])
    give_all_to(world, user["Id"][:15] if form == "short" else user[form])
    for _ in range(3):
        world.sync()
        world.advance(days=1)
    assert {row["OwnerId"] for row in world.open_tasks()} == {user["Id"]}
    assert len(world.open_tasks()) == 2


def test_a_fallback_owner_whom_the_crm_does_not_have_is_refused_before_anything_is_written(world: World) -> None:
    world.reword_config('mode = "enforce"', 'mode = "enforce"\nfallback_owner = "005000000000999"')
    report = world.run()
    assert (report.exit_code, "no user of this CRM" in (report.error or ""), world.keys()) == (2, True, [])
