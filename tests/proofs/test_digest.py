"""The weekly digest, written to both CRMs over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.world import World


@pytest.fixture(params=["salesforce", "hubspot"])
def crm(request: pytest.FixtureRequest) -> World:
    """Each of the two CRMs, with a digest on Mondays; its clock begins on one."""
    world: World = request.getfixturevalue("world" if request.param == "salesforce" else "portal")
    world.reword_config('day = "off"', 'day = "monday"')
    return world


def digests(world: World) -> list[dict[str, Any]]:
    rows = [row.get("properties", row) for row in world.open_tasks()]
    return [row for row in rows if "Weekly digest" in (row.get("Subject") or row.get("hs_task_subject"))]


def owners(world: World) -> list[str]:
    return sorted(row.get("OwnerId") or row["hubspot_owner_id"] for row in digests(world))


def test_each_person_gets_one_digest_a_week_and_a_lost_database_makes_no_second(crm: World) -> None:
    crm.sync()
    first = owners(crm)
    assert first
    assert len(set(first)) == len(first)
    crm.forget()
    crm.sync()
    crm.advance(days=1)
    crm.sync()
    assert owners(crm) == first


def test_the_next_week_s_digest_closes_the_last(crm: World) -> None:
    crm.sync()
    first = {row.get("Id") or row["hs_object_id"] for row in digests(crm)}
    crm.advance(days=7)
    crm.sync()
    second = {row.get("Id") or row["hs_object_id"] for row in digests(crm)}
    assert second
    assert not first & second
