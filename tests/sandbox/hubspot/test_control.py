from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.conftest import new_task

DEALS = "/crm/v3/objects/deals"
COUNTED = [
    ("GET", DEALS, "read"),
    ("POST", f"{DEALS}/search", "read"),
    ("POST", f"{DEALS}/batch/read", "read"),
    ("POST", "/crm/v4/associations/deals/contacts/batch/read", "read"),
    ("GET", "/crm/v4/associations/deals/contacts/labels", "meta"),
    ("GET", "/crm/v3/properties/deals", "meta"),
    ("POST", "/crm/v3/properties/deals/batch/read", "meta"),
    ("GET", "/crm/v3/pipelines/deals", "meta"),
    ("GET", "/crm/v3/owners/", "meta"),
    ("GET", "/account-info/v3/details", "meta"),
    ("GET", "/crm/v3/schemas/deals", "meta"),
    ("POST", "/oauth/v1/token", "auth"),
    ("POST", "/crm/v3/objects/tasks/batch/create", "write"),
    ("PATCH", f"{DEALS}/1", "write"),
    ("POST", "/crm/v3/properties/deals", "write"),
    ("PUT", "/crm/v4/objects/deals/1/associations/contacts/2", "write"),
]


@pytest.mark.parametrize(("method", "path", "kind"), COUNTED)
def test_calls_are_counted_by_kind(caller: Any, method: str, path: str, kind: str) -> None:
    caller.call(method, path, json={})
    counted = caller.control("calls")
    assert counted["by_kind"] == {"auth": 0, "meta": 0, "read": 0, "write": 0} | {kind: 1}
    assert counted["calls"] == [{"method": method, "path": path, "count": 1}]


def test_a_table_shows_archived_records_too(caller: Any) -> None:
    deal = caller.deal()
    caller.call("DELETE", f"{DEALS}/{deal}")
    (row,) = caller.control("tables/deals")
    assert {"id", "properties", "archived", "createdAt", "updatedAt"} <= row.keys()
    assert (row["id"], row["archived"]) == (deal, True)


def test_a_person_creates_changes_archives_restores_and_erases(caller: Any) -> None:
    made = caller.control("edit", {"object": "deals", "fields": {"dealname": "New", "dealstage": "qualifiedtobuy"}})
    deal = made["id"]
    caller.control("edit", {"object": "deals", "id": deal, "fields": {"amount": "7"}})
    caller.control("edit", {"object": "deals", "id": deal, "delete": True})
    assert caller.get(f"{DEALS}/{deal}").status_code == 404
    caller.control("edit", {"object": "deals", "id": deal, "restore": True})
    assert caller.get(f"{DEALS}/{deal}?properties=amount").json()["properties"]["amount"] == "7"
    caller.control("edit", {"object": "deals", "id": deal, "erase": True})
    assert caller.control("tables/deals") == []


def test_a_change_is_its_persons(caller: Any) -> None:
    deal = caller.deal()
    caller.control("edit", {"object": "deals", "id": deal, "fields": {"amount": "7"}, "as": "Sandbox Admin"})
    (row,) = caller.control("tables/deals")
    assert row["properties"]["hs_updated_by_user_id"] == caller.portal.admin_id


def test_a_change_over_the_api_is_the_integrations(caller: Any) -> None:
    caller.post("/crm/v3/objects/tasks", new_task())
    (row,) = caller.tasks()
    assert row["properties"]["hs_updated_by_user_id"] == caller.portal.user_id


def test_people_join_and_part_records_by_label(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    caller.portal.add_label("deals", "contacts", "Champion")
    fields = {"from_object": "deals", "from_id": deal, "to_object": "contacts", "to_id": contact}
    caller.control("edit", {"object": "associations", "fields": fields | {"labels": ["Champion"]}})
    rows = [row for row in caller.control("tables/associations") if row["from_object"] == "deals"]
    assert [row["label"] for row in rows] == [None, "Champion"]
    caller.control("edit", {"object": "associations", "fields": fields | {"labels": ["Champion"]}, "delete": True})
    rows = [row for row in caller.control("tables/associations") if row["from_object"] == "deals"]
    assert [row["label"] for row in rows] == [None]
    caller.control("edit", {"object": "associations", "fields": fields, "delete": True})
    assert caller.control("tables/associations") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"object": "rockets", "fields": {}}, "rockets"),
        ({"object": "deals", "id": "x", "fields": {}}, "id"),
        ({"object": "deals", "fields": {"nonsense": "1"}}, "VALIDATION_ERROR"),
        ({"object": "deals", "fields": {}, "as": "Nobody"}, "Nobody"),
        ({"object": "deals", "nonsense": 1}, "nonsense"),
        ({"object": "owners", "id": "1", "fields": {}}, "owner"),
        ({"object": "associations", "fields": {"from_object": "deals"}}, "object"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(caller: Any, change: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        caller.control("edit", change)


def test_an_unknown_quirk_is_refused(caller: Any) -> None:
    with pytest.raises(AssertionError, match="nonsense"):
        caller.control("quirks", {"nonsense": 1})


def test_tables_of_owners_and_pipelines_are_shown(caller: Any) -> None:
    assert caller.control("tables/owners")[0]["email"] == "admin@seller.example.com"
    assert caller.control("tables/pipelines")[0]["id"] == "default"
