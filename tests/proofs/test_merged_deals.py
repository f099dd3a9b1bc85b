"""Deals that are merged, archived or won in HubSpot: one task for a reason, and none left behind, whoever remembers."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.test_own_families import FAMILY, PACK, RULE, open_by_deal, reasons
from tests.proofs.test_time import overlay

MERGED = "The deal was merged; another task covers the same reason."
RULES = FAMILY.format(name="mine") + RULE.format(rule="mine", family="mine", over=0)


@pytest.fixture
def portal(make_portal: Callable[..., PortalWorld]) -> PortalWorld:
    """A portal where a rule of the operator's own fires on nearly every deal."""
    world = make_portal(deals=8, seed=7)
    world.reword_config('packs = ["core"]', "packs = []")
    overlay(world, PACK + RULES)
    return world


def two_deals(portal: PortalWorld) -> tuple[str, str]:
    first, second, *_ = sorted(open_by_deal(portal))
    return first, second


def merge(portal: PortalWorld, winner: str, loser: str) -> None:
    portal._ask("POST", "edit", {"object": "deals", "id": winner, "merge": loser})


def later(portal: PortalWorld, *, lost: bool = False) -> None:
    """Let the search's lag and the sweep pass."""
    if lost:
        portal.forget()
    for _ in range(2):
        portal.advance(hours=26)
        portal.sync()


@pytest.mark.parametrize("new_id", [False, True], ids=["kept id", "new id"])
@pytest.mark.parametrize("quiet", [False, True], ids=["lost at once", "lost when quiet"])
def test_after_a_merge_and_a_lost_database_one_task_stays_on_the_deal(
    portal: PortalWorld, new_id: bool, quiet: bool
) -> None:
    portal.quirks(merge_makes_new_id=new_id)
    portal.sync()
    before = portal.keys()
    winner, loser = two_deals(portal)
    merge(portal, winner, loser)
    if quiet:
        later(portal)
    later(portal, lost=True)
    assert (max(open_by_deal(portal).values()), portal.keys()) == (1, before)
    assert MERGED in reasons(portal)


def test_a_second_daemon_with_a_database_of_its_own_makes_no_double_after_a_merge(portal: PortalWorld) -> None:
    portal.sync()
    before = portal.keys()
    merge(portal, *two_deals(portal))
    portal.advance(hours=2)
    kept = [
        shutil.move(path, path.with_suffix(path.suffix + ".first")) for path in portal.database.parent.glob("*.db*")
    ]
    portal.prepare()
    portal.sync()
    assert (max(open_by_deal(portal).values()), portal.keys()) == (1, before)
    assert kept


def test_of_several_merges_in_a_row_the_task_that_a_person_touched_stays(portal: PortalWorld) -> None:
    portal.sync()
    first, second, third, *_ = sorted(open_by_deal(portal))
    [mine] = [task["id"] for task in portal.open_tasks() if portal.deal_of(task["id"]) == third]
    portal.edit("tasks", mine, hs_task_subject="Mine")
    merge(portal, second, third)
    merge(portal, first, second)
    later(portal, lost=True)
    assert [task["id"] for task in portal.open_tasks() if portal.deal_of(task["id"]) == first] == [mine]


def test_the_tasks_of_merged_deals_close_when_the_deal_that_remains_is_archived(portal: PortalWorld) -> None:
    portal.sync()
    winner, loser = two_deals(portal)
    merge(portal, winner, loser)
    later(portal, lost=True)
    portal.delete("deals", winner)
    before = len(portal.open_tasks())
    later(portal)
    assert len(portal.open_tasks()) == before - 1


@pytest.mark.parametrize("lost_again", [False, True])
def test_an_adopted_task_closes_when_its_deal_is_archived(portal: PortalWorld, lost_again: bool) -> None:
    portal.sync()
    portal.forget()
    portal.sync()
    deal, _ = two_deals(portal)
    portal.delete("deals", deal)
    before = len(portal.open_tasks())
    later(portal, lost=lost_again)
    assert (len(portal.open_tasks()), reasons(portal)) == (before - 1, {None, "The deal was deleted."})


def test_an_adopted_task_closes_when_its_deal_is_won(portal: PortalWorld) -> None:
    portal.sync()
    portal.forget()
    portal.sync()
    deal, _ = two_deals(portal)
    [stage] = {row["id"] for row in portal.table("pipelines")[0]["stages"] if row["metadata"]["probability"] == "1.0"}
    portal.edit("deals", deal, dealstage=stage)
    before = len(portal.open_tasks())
    later(portal)
    assert (len(portal.open_tasks()), reasons(portal)) == (before - 1, {None, "The deal was won."})
