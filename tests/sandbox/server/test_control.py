from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest


def refused(caller: Any, method: str, path: str, **kwargs: Any) -> tuple[int, str]:
    reply = caller.http.request(method, f"{caller.sandbox.control_url}/_sandbox/{path}", timeout=10, **kwargs)
    return reply.status_code, reply.json()["error"]


def test_a_table_has_all_rows_with_json_types(caller: Any) -> None:
    deal = caller.deal()
    caller.call("DELETE", f"/sobjects/Opportunity/{deal}")
    row = next(row for row in caller.control("tables/Opportunity") if row["Id"] == deal)
    assert row["IsDeleted"] is True
    assert isinstance(row["Amount"], float)
    assert "attributes" not in row


def test_calls_are_counted_by_kind(caller: Any) -> None:
    caller.control("calls/reset", {})
    caller.login()
    caller.get("/services/data")
    caller.get("/sobjects/Task/describe")
    caller.get("/limits")
    caller.query("SELECT Id FROM Account")
    caller.get("/sobjects/Task/updated", params={"start": "2026-06-15T08:00:00Z", "end": "2026-06-15T09:00:00Z"})
    caller.post("/sobjects/Task", {"Subject": "Call"})
    caller.post("/composite/sobjects", {"records": []})
    counted = caller.control("calls")
    assert counted["by_kind"] == {"auth": 1, "meta": 3, "read": 2, "write": 2}
    assert counted["total"] == 8
    assert {"method": "GET", "path": "/services/data/v64.0/limits", "count": 1} in counted["calls"]
    assert counted["bytes_in"] > 0
    assert counted["bytes_out"] > 0


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (["GET /sobjects/Task/describe", "GET /limits"], "meta"),
        (["GET /limits", "GET /query?q=SELECT Id FROM Task"], "read"),
        (["GET /query?q=SELECT Id FROM Task", "POST /sobjects/Task"], "write"),
    ],
)
def test_a_composite_counts_once_by_its_parts(caller: Any, parts: list[str], kind: str) -> None:
    caller.control("calls/reset", {})
    listed = [
        {"referenceId": f"r{number}", "method": method, "url": "/services/data/v64.0" + path, "body": {"Subject": "x"}}
        for number, (method, _, path) in enumerate(part.partition(" ") for part in parts)
    ]
    caller.post("/composite", {"compositeRequest": listed})
    assert caller.control("calls")["by_kind"] == {"auth": 0, "meta": 0, "read": 0, "write": 0} | {kind: 1}


def test_the_clock_drives_the_date_and_the_stamps(caller: Any) -> None:
    caller.control("clock", {"now": "2018-01-01T09:00:00Z"})
    reply = caller.post("/sobjects/Task", {"Subject": "Call"})
    assert parsedate_to_datetime(reply.headers["date"]).isoformat()[:16] == "2018-01-01T09:00"
    assert caller.get(reply.headers["location"]).json()["CreatedDate"].startswith("2018-01-01T09:00:")


def test_the_clock_advances_and_says_where_it_is(caller: Any) -> None:
    caller.control("clock", {"now": "2026-07-01T00:00:00+02:00"})
    assert caller.control("clock", {"advance_s": 3600})["now"].startswith("2026-06-30T23:00:0")
    assert caller.control("clock")["now"].endswith("Z")


def test_a_seeded_org_starts_on_its_day(caller: Any) -> None:
    assert abs(caller.sandbox.clock.now() - datetime(2026, 6, 15, 9, tzinfo=UTC)).total_seconds() < 60


def test_an_edit_is_made_by_a_person(caller: Any) -> None:
    deal = caller.deal()
    edit = caller.control("edit", {"object": "Opportunity", "id": deal, "fields": {"NextStep": "Dinner"}})
    row = next(row for row in caller.control("tables/Opportunity") if row["Id"] == deal)
    assert row["NextStep"] == "Dinner"
    assert row["LastModifiedById"] == edit["as"] != caller.sandbox.org.user_id


def test_an_edit_can_name_its_person(caller: Any) -> None:
    person = next(row for row in caller.control("tables/User") if row["Id"] != caller.sandbox.org.user_id)
    for name in (person["Id"], person["Name"]):
        edit = {"object": "Opportunity", "id": caller.deal(), "fields": {"NextStep": name}, "as": name}
        assert caller.control("edit", edit)["as"] == person["Id"]


def test_an_edit_can_delete_and_create(caller: Any) -> None:
    made = caller.control("edit", {"object": "Task", "fields": {"Subject": "Mine"}})["id"]
    caller.control("edit", {"object": "Task", "id": made, "delete": True})
    row = next(row for row in caller.control("tables/Task") if row["Id"] == made)
    assert (row["Subject"], row["IsDeleted"]) == ("Mine", True)


def test_the_newest_calls_stand_one_by_one_with_the_crm_s_time(caller: Any) -> None:
    caller.control("clock", {"now": "2026-07-01T00:00:00Z"})
    caller.control("calls/reset", {})
    caller.get("/limits?pretty=1")
    (call,) = caller.control("calls/newest")
    assert call["at"].startswith("2026-07-01T00:00:0")
    assert (call["method"], call["kind"], call["status"]) == ("GET", "meta", 200)
    assert call["target"].endswith("/limits?pretty=1")


def test_edits_are_no_calls(caller: Any) -> None:
    caller.control("calls/reset", {})
    caller.control("edit", {"object": "Task", "fields": {"Subject": "Mine"}})
    assert caller.control("calls")["total"] == 0


def test_quirks_are_set_and_shown(caller: Any) -> None:
    assert caller.control("quirks", {"short_pages": 10})["short_pages"] == 10
    assert caller.control("quirks")["short_pages"] == 10


def test_the_crm_is_chosen_by_a_parameter(caller: Any) -> None:
    assert caller.control("calls?crm=salesforce")["total"] >= 1
    status, error = refused(caller, "GET", "calls?crm=hubspot")
    assert status == 404
    assert "salesforce" in error


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "quirks", {"no_such": 1}, "no_such"),
        ("POST", "quirks", {"short_pages": "many"}, "short_pages"),
        ("POST", "quirks", {"hide_fields": "Task.Subject"}, "hide_fields"),
        ("POST", "faults", {"kind": "500"}, "JSON array"),
        ("POST", "faults", [{"match": "*", "nth": 1, "kind": "boom"}], "boom"),
        ("POST", "clock", {"now": "yesterday"}, "yesterday"),
        ("POST", "clock", {"at": 1}, "advance_s"),
        ("POST", "clock", {"advance_s": 1e300}, "calendar"),
        ("GET", "tables/Nothing", None, "Nothing"),
        ("POST", "edit", {"object": "Task", "id": "x", "fields": {}}, "id"),
        ("POST", "edit", {"object": "Task", "fields": {"Nothing__c": 1}}, "Nothing__c"),
        ("POST", "edit", {"object": "Task", "as": "Nobody"}, "Nobody"),
        ("GET", "nothing", None, "nothing"),
    ],
)
def test_a_bad_request_is_refused_in_words(reader: Any, method: str, path: str, body: Any, message: str) -> None:
    status, error = refused(reader, method, path, json=body)
    assert status in {400, 404}
    assert message in error
