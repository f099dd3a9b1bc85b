"""Describes of the standard objects, against recorded ones of a standard org."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.recorded.client import Client
from tests.sandbox.recorded.differences import (
    EXTRA_DESCRIBE_KEYS,
    EXTRA_FIELDS,
    FIELD_FACTS,
    MISSING_FIELDS,
)
from tests.sandbox.recorded.recordings import all_exchanges

OBJECTS = ("Account", "Contact", "Event", "Opportunity", "OpportunityContactRole")
RECORDED = {
    item.path.split("/")[-2]: item.body
    for item in all_exchanges()
    if item.kind.endswith("/describe") and item.source.startswith("cci_")
}


@pytest.fixture(params=OBJECTS)
def pair(client: Client, request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """The recorded describe of an object and the one that is served."""
    answer = client.send("GET", f"/services/data/v64.0/sobjects/{request.param}/describe")
    return RECORDED[request.param], answer.json()


Pair = tuple[dict[str, Any], dict[str, Any]]


def standard_fields(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in described["fields"] if not field["name"].endswith("__c")}


def test_a_describe_has_the_recorded_keys(pair: Pair) -> None:
    recorded, own = pair
    assert recorded.keys() <= own.keys()
    assert own.keys() - recorded.keys() <= EXTRA_DESCRIBE_KEYS.keys()


def test_the_object_may_do_what_the_recorded_one_may(pair: Pair) -> None:
    recorded, own = pair
    flags = {key for key, value in recorded.items() if isinstance(value, bool | str) or value is None}
    assert {key: own[key] for key in flags} == {key: recorded[key] for key in flags}


def test_a_field_has_the_recorded_keys(pair: Pair) -> None:
    recorded, own = pair
    wanted = recorded["fields"][0].keys()
    assert all(field.keys() == wanted for field in own["fields"])


def test_the_standard_fields_are_the_recorded_ones(pair: Pair) -> None:
    recorded, own = (standard_fields(side) for side in pair)
    name = pair[0]["name"]
    assert {field for field in recorded.keys() - own.keys() if field not in MISSING_FIELDS} == set()
    assert {f"{name}.{field}" for field in own.keys() - recorded.keys()} <= EXTRA_FIELDS.keys()


def test_every_shared_field_has_the_recorded_facts(pair: Pair) -> None:
    recorded, own = (standard_fields(side) for side in pair)
    differing = {
        f"{pair[0]['name']}.{name}.{key}": f"{recorded[name][key]!r} recorded, {own[name][key]!r} served"
        for name in recorded.keys() & own.keys()
        for key in recorded[name]
        if recorded[name][key] != own[name][key]
    }
    messages = [f"{fact}: {values}" for fact, values in differing.items() if fact not in FIELD_FACTS]
    assert not messages, "\n".join(messages)
    assert {fact for fact in FIELD_FACTS if fact.startswith(f"{pair[0]['name']}.")} <= differing.keys()
