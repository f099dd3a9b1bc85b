from __future__ import annotations

from typing import Any

import pytest

KEY = "Dealwarden_Key__c"


def task(number: int = 0, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Task"}, "Subject": f"Call {number}", **values}


def many(caller: Any, *records: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    reply = caller.post("/composite/sobjects", {"allOrNone": all_or_none, "records": list(records)})
    assert reply.status_code == 200, reply.text
    return reply.json()


def codes(results: list[dict[str, Any]]) -> list[str | None]:
    return [None if result["success"] else result["errors"][0]["statusCode"] for result in results]


def tasks(caller: Any) -> list[dict[str, Any]]:
    return [row for row in caller.control("tables/Task") if row["Subject"].startswith("Call ")]


def test_one_record_is_created_where_its_location_says(caller: Any) -> None:
    reply = caller.post("/sobjects/Task/", {"Subject": "Call 1"})
    assert reply.status_code == 201
    assert reply.json() == {"id": reply.json()["id"], "success": True, "errors": []}
    assert reply.headers["location"] == f"/services/data/v64.0/sobjects/Task/{reply.json()['id']}"
    assert caller.get(reply.headers["location"]).json()["Subject"] == "Call 1"


def test_a_record_is_changed_and_deleted_without_a_body(caller: Any) -> None:
    path = caller.post("/sobjects/Task", {"Subject": "Call 1"}).headers["location"]
    changed = caller.patch(path, {"Subject": "Call 2"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert caller.get(path).json()["Subject"] == "Call 2"
    assert caller.call("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404


def test_a_deleted_record_cannot_be_changed(caller: Any) -> None:
    path = caller.post("/sobjects/Task", {"Subject": "Call 1"}).headers["location"]
    caller.call("DELETE", path)
    for reply in (caller.patch(path, {"Subject": "x"}), caller.call("DELETE", path)):
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


def test_a_refused_record_says_why_in_an_array(caller: Any) -> None:
    reply = caller.post("/sobjects/Task", {"Nothing__c": 1})
    assert reply.status_code == 400
    assert reply.json()[0]["errorCode"] == "INVALID_FIELD"


def test_a_body_that_is_no_json_is_refused(caller: Any) -> None:
    reply = caller.call("POST", "/sobjects/Task", data=b"{", headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_an_upsert_by_key_creates_and_then_changes(caller: Any) -> None:
    path = f"/sobjects/Task/{KEY}/dw%3Aone"
    first, second = caller.patch(path, {"Subject": "Call 1"}), caller.patch(path, {"Subject": "Call 2"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()) == (200, first.json() | {"created": False})
    assert caller.get(path).json()["Subject"] == "Call 2"


def test_an_upsert_that_may_only_update_creates_nothing(caller: Any) -> None:
    assert caller.patch(f"/sobjects/Task/{KEY}/dw:one?updateOnly=true", {"Subject": "Call 1"}).status_code == 404
    assert tasks(caller) == []


def test_an_upsert_by_a_field_that_is_no_key_is_not_found(caller: Any) -> None:
    reply = caller.patch("/sobjects/Task/Subject/x", {"Priority": "High"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_several_records_behind_one_key_are_a_choice(caller: Any) -> None:
    caller.control("quirks", {"key_not_unique": True})
    many(caller, task(1, **{KEY: "dw:one"}), task(2, **{KEY: "dw:one"}))
    reply = caller.get(f"/sobjects/Task/{KEY}/dw:one")
    assert (reply.status_code, len(reply.json())) == (300, 2)


def test_a_collection_answers_in_order_with_one_result_a_record(caller: Any) -> None:
    good, bad, other = many(caller, task(1), task(2, Nothing__c=1), task(3))
    assert list(good) == ["id", "success", "errors"]
    assert list(bad) == ["success", "errors"]
    assert set(bad["errors"][0]) == {"statusCode", "message", "fields"}
    assert other["success"]
    assert sorted(row["Subject"] for row in tasks(caller)) == ["Call 1", "Call 3"]


def test_the_unique_key_holds_within_a_call_and_across_calls(caller: Any) -> None:
    assert codes(many(caller, task(1, **{KEY: "dw:one"}), task(2, **{KEY: "dw:one"}))) == [None, "DUPLICATE_VALUE"]
    assert codes(many(caller, task(3, **{KEY: "dw:one"}))) == ["DUPLICATE_VALUE"]


def test_all_or_none_leaves_nothing_behind(caller: Any) -> None:
    results = many(caller, task(1), task(2, Nothing__c=1), task(3), all_or_none=True)
    assert codes(results) == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "INVALID_FIELD",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]
    assert tasks(caller) == []


def test_attributes_have_to_come_first_unless_switched_off(caller: Any) -> None:
    late = {"Subject": "Call 1", "attributes": {"type": "Task"}}
    assert codes(many(caller, late)) == ["JSON_PARSER_ERROR"]
    caller.control("quirks", {"attributes_first": False})
    assert codes(many(caller, late)) == [None]


def test_two_hundred_records_are_the_most(caller: Any) -> None:
    assert codes(many(caller, *(task(number) for number in range(200)))) == [None] * 200
    reply = caller.post("/composite/sobjects", {"records": [task(number) for number in range(201)]})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "EXCEEDED_MAX_SOBJECTS")


def test_a_collection_update_needs_ids(caller: Any) -> None:
    (made,) = many(caller, task(1))
    body = {"records": [task(2, id=made["id"]), task(3), task(4, id="00T000000000001AAA")]}
    results = caller.patch("/composite/sobjects", body).json()
    assert results[0] == {"id": made["id"], "success": True, "errors": []}
    assert "id" not in results[1]
    assert codes(results)[1] == "MISSING_ARGUMENT"
    assert not results[2]["success"]
    assert [row["Subject"] for row in tasks(caller)] == ["Call 2"]


def test_a_collection_upsert_says_what_it_created(caller: Any) -> None:
    body = {"records": [task(1, **{KEY: "dw:one"}), task(2, **{KEY: "dw:two"})]}
    first = caller.patch(f"/composite/sobjects/Task/{KEY}", body).json()
    again = caller.patch(f"/composite/sobjects/Task/{KEY}", body).json()
    assert [result["created"] for result in first + again] == [True, True, False, False]
    assert [result["id"] for result in first] == [result["id"] for result in again]


def test_an_upsert_with_a_key_twice_in_one_call_fails_both(caller: Any) -> None:
    body = {"records": [task(1, **{KEY: "dw:one"}), task(2, **{KEY: "dw:one"}), task(3, **{KEY: "dw:two"})]}
    results = caller.patch(f"/composite/sobjects/Task/{KEY}", body).json()
    assert codes(results) == ["DUPLICATE_EXTERNAL_ID", "DUPLICATE_EXTERNAL_ID", None]


def test_an_upsert_by_id_creates_where_the_id_is_empty(caller: Any) -> None:
    (result,) = caller.patch("/composite/sobjects/Task/Id", {"records": [task(1, Id=None)]}).json()
    assert result["created"] is True


def test_a_collection_is_deleted_by_ids(caller: Any) -> None:
    made = [result["id"] for result in many(caller, task(1), task(2))]
    reply = caller.call("DELETE", "/composite/sobjects", params={"ids": ",".join(made), "allOrNone": "true"})
    assert reply.json() == [{"id": record_id, "success": True, "errors": []} for record_id in made]
    assert all(row["IsDeleted"] for row in tasks(caller))


@pytest.mark.parametrize("records", [None, {}, ["x"]])
def test_a_collection_without_records_is_refused(caller: Any, records: Any) -> None:
    assert caller.post("/composite/sobjects", {"records": records}).status_code == 400
