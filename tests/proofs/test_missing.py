"""What cannot be read is not gone: without proof nothing is made anew, nothing dismissed."""

from __future__ import annotations

import pytest

from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, core_alone

MANY = {"deals": 45, "seed": 11}
CRMS = ["salesforce", "hubspot"]


def task_id(row: dict) -> str:
    return str(row.get("Id") or row["id"])


def reason(key: str) -> str:
    """Give what the keys of all episodes of one reason share."""
    return key.rsplit("-", 1)[0]


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory):
    """One org of each CRM with more than ten tasks of ours, as a first cycle left it."""
    from sandbox.serve import Options, Sandbox

    with (
        Sandbox(Options(crm="salesforce", config_out=tmp_path_factory.mktemp("sf") / "config.toml", **MANY)) as one,
        Sandbox(Options(crm="hubspot", config_out=tmp_path_factory.mktemp("hs") / "config.toml", **MANY)) as other,
    ):
        found: dict[str, World] = {"salesforce": core_alone(World(one)), "hubspot": core_alone(PortalWorld(other))}
        for world in found.values():
            world.sync()
        yield found


@pytest.fixture
def world(orgs: dict[str, World], request: pytest.FixtureRequest):
    chosen = orgs[request.param]
    chosen.sync()
    yield chosen
    chosen.quirks(hide_rows=[])
    chosen.run()


both = pytest.mark.parametrize("world", CRMS, indirect=True)


@both
def test_over_five_percent_missing_stops_the_connection_until_they_are_seen_again(world: World) -> None:
    before = world.own_tasks()
    hidden = [task_id(row) for row in world.open_tasks()][:12]
    world.quirks(hide_rows=hidden)
    world.advance(days=1)
    swept, next_one = world.run(), world.run()
    for report in (swept, next_one):
        assert (report.incomplete, report.exit_code) == (True, 4)
        assert "12 of the" in (report.incomplete_reason or "")
    assert world.own_tasks() == before
    world.quirks(hide_rows=[])
    assert not world.run().incomplete


@both
def test_a_few_missing_tasks_are_told_and_neither_made_anew_nor_dismissed(world: World) -> None:
    hidden = {task_id(row): row for row in world.open_tasks()[:2]}
    before, reasons = world.keys(), sorted(reason(world.keys_by_id()[one]) for one in hidden)
    world.quirks(hide_rows=list(hidden))
    world.advance(days=1)
    report = world.sync()
    assert any("2 of the" in line for line in report.problems)
    after = world.keys()
    assert len(after) == len(set(after))
    assert sorted(reason(key) for key in after if reason(key) in reasons) == reasons
    assert {task_id(row): row for row in world.own_tasks() if task_id(row) in hidden} == hidden
    assert set(before) <= set(after)


@both
def test_a_lost_database_that_cannot_read_its_tasks_makes_none_of_them_twice(world: World) -> None:
    before = world.keys()
    standing = world.open_tasks()
    world.quirks(hide_rows=[task_id(row) for row in standing])
    world.forget()
    report = world.run()
    assert len(world.keys()) == len(set(world.keys()))
    assert set(before) <= set(world.keys())
    assert report.applied.rejected >= len(standing) - 5
    assert any("cannot read" in message for message in report.rejections)
    world.advance(days=1)
    assert any("refused since" in note and "cannot read" in note for note in world.run().problems)
