"""A portal with a deal, a contact and our key property, on a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.hubspot.portal.portal import Portal, Query, Target
from sandbox.hubspot.seed.populate import populate
from sandbox.hubspot.seed.provision import provision

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
TASK_TO_DEAL = ("HUBSPOT_DEFINED", 216)


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def portal(watch: Watch) -> Portal:
    made = Portal(now=watch)
    provision(made)
    return made


@pytest.fixture
def deal(portal: Portal) -> str:
    values = {"dealname": "Big", "dealstage": "qualifiedtobuy", "amount": 15000, "closedate": "2026-09-30"}
    return portal.create("deals", values, by=portal.admin_id)["id"]


@pytest.fixture
def contact(portal: Portal) -> str:
    return portal.create("contacts", {"email": "Ann@acme.example", "firstname": "Ann"}, by=portal.admin_id)["id"]


@pytest.fixture
def company(portal: Portal) -> str:
    return portal.create("companies", {"name": "Acme"}, by=portal.admin_id)["id"]


@pytest.fixture
def task(portal: Portal, deal: str) -> str:
    """An open task of ours on the deal."""
    values = {"hs_timestamp": "2026-06-20", "hs_task_subject": "Ask", "dealwarden_key": "dw:1"}
    return portal.create("tasks", values, [Target("deals", int(deal), (TASK_TO_DEAL,))])["id"]


@pytest.fixture
def value(portal: Portal) -> Callable[[str, str, str], str | None]:
    """One property of a record as it stands now."""

    def read(object_type: str, record_id: str, name: str) -> str | None:
        record = portal.get(object_type, record_id, properties=[name])
        assert record is not None
        text: str | None = record["properties"].get(name)
        return text

    return read


@pytest.fixture
def hits(portal: Portal) -> Callable[..., list[str]]:
    """The ids that a search of deals with one group of (property, operator, value) finds, in order."""

    def find(*filters: tuple[str, str, Any], object_type: str = "deals", **query: Any) -> list[str]:
        group = {"filters": [_filter(*condition) for condition in filters]}
        total, records = portal.search(object_type, Query(groups=[group] if filters else [], limit=200, **query))
        assert total == len(records)
        return [record["id"] for record in records]

    return find


def _filter(name: str, operator: str, value: Any) -> dict[str, Any]:
    given = {"propertyName": name, "operator": operator}
    if operator in ("IN", "NOT_IN"):
        return given | {"values": value}
    if operator == "BETWEEN":
        return given | {"value": value[0], "highValue": value[1]}
    return given if value is None else given | {"value": value}


@pytest.fixture(scope="session")
def seeded() -> Portal:
    """A populated portal; tests only read it."""
    made = Portal(now=lambda: NOW)
    provision(made)
    populate(made, deals=120, seed=1, now=NOW)
    return made
