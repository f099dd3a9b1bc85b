from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.conftest import new_task

TASKS = "/crm/v3/objects/tasks/batch"


def test_one_bad_input_refuses_its_batch_and_leaves_nothing(caller: Any) -> None:
    reply = caller.post(f"{TASKS}/create", {"inputs": [new_task(), new_task(properties={"nonsense": "1"})]})
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")
    assert reply.json()["message"].startswith("Property values were not valid: [")
    assert reply.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert caller.tasks() == []


def test_inputs_with_trace_ids_are_refused_one_by_one(caller: Any) -> None:
    inputs = [
        new_task("good", objectWriteTraceId="a"),
        new_task("bad", properties={"nonsense": "1"}, objectWriteTraceId="b"),
    ]
    reply = caller.post(f"{TASKS}/create", {"inputs": inputs})
    body = reply.json()
    assert (reply.status_code, body["status"], body["numErrors"]) == (207, "COMPLETE", 1)
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
    assert [record["properties"]["hs_task_subject"] for record in body["results"]] == ["good"]
    assert "objectWriteTraceId" not in body["results"][0]


def test_results_may_echo_their_trace_ids(caller: Any) -> None:
    caller.control("quirks", {"echo_trace_ids": True})
    reply = caller.post(f"{TASKS}/create", {"inputs": [new_task(objectWriteTraceId="a")]})
    assert reply.json()["results"][0]["objectWriteTraceId"] == "a"


def test_a_taken_key_is_refused_in_words_that_say_so(caller: Any) -> None:
    keyed = new_task(properties={"dealwarden_key": "dw:1"})
    assert caller.post(f"{TASKS}/create", {"inputs": [keyed]}).status_code == 201
    reply = caller.post(f"{TASKS}/create", {"inputs": [keyed]})
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")
    assert reply.json()["message"].endswith("already has that value")


def test_a_conflict_refuses_the_batch_even_with_trace_ids(caller: Any) -> None:
    caller.control("quirks", {"duplicate_is_conflict": True})
    keyed = new_task(properties={"dealwarden_key": "dw:1"}, objectWriteTraceId="a")
    caller.post(f"{TASKS}/create", {"inputs": [keyed]})
    reply = caller.post(f"{TASKS}/create", {"inputs": [new_task(objectWriteTraceId="b"), keyed]})
    assert reply.status_code == 409
    assert len(caller.tasks()) == 1


def test_a_lock_of_a_unique_value_is_a_423(caller: Any) -> None:
    caller.control("quirks", {"lock_unique": 1})
    keyed = {"inputs": [new_task(properties={"dealwarden_key": "dw:1"})]}
    reply = caller.post(f"{TASKS}/create", keyed)
    assert (reply.status_code, reply.json()["category"]) == (423, "LOCKED")
    assert caller.post(f"{TASKS}/create", keyed).status_code == 201


def test_a_batch_has_at_most_a_hundred_inputs(caller: Any) -> None:
    assert caller.post(f"{TASKS}/read", {"inputs": [{"id": "1"}] * 101}).status_code == 400


def test_missing_ids_of_a_read_are_told_with_a_207(caller: Any) -> None:
    deal = caller.deal()
    reply = caller.post("/crm/v3/objects/deals/batch/read", {"inputs": [{"id": deal}, {"id": "404"}]})
    body = reply.json()
    assert (reply.status_code, [record["id"] for record in body["results"]]) == (207, [deal])
    assert (body["errors"][0]["category"], body["errors"][0]["context"]) == ("OBJECT_NOT_FOUND", {"ids": ["404"]})


def test_a_read_with_history_takes_fewer(caller: Any) -> None:
    body = {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["dealstage"]}
    assert caller.post("/crm/v3/objects/deals/batch/read", body).status_code == 400


def test_only_unique_properties_find_records(caller: Any) -> None:
    body = {"inputs": [{"id": "Call", "idProperty": "hs_task_subject", "properties": {}}]}
    reply = caller.post(f"{TASKS}/update", body)
    assert (reply.status_code, "non-unique 0-27 property" in reply.json()["message"]) == (400, True)


def test_an_id_that_was_merged_away_leads_on_alone_and_not_in_a_batch(caller: Any) -> None:
    winner, loser = caller.deal("One"), caller.deal("Two")
    caller.control("edit", {"object": "deals", "id": winner, "merge": loser})
    assert caller.get(f"/crm/v3/objects/deals/{loser}").json()["id"] == winner
    body = {"inputs": [{"id": loser, "properties": {"amount": "1"}}]}
    assert caller.post("/crm/v3/objects/deals/batch/update", body).status_code == 404


def test_an_id_cannot_stand_twice_in_a_batch_of_changes(caller: Any) -> None:
    deal = caller.deal()
    item = {"id": deal, "properties": {"amount": "1"}}
    assert caller.post("/crm/v3/objects/deals/batch/update", {"inputs": [item, item]}).status_code == 400


def test_a_task_is_created_with_its_association_to_the_deal(caller: Any) -> None:
    deal = caller.deal()
    spec = {"to": {"id": deal}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 216}]}
    made = caller.post(f"{TASKS}/create", {"inputs": [new_task(associations=[spec])]}).json()["results"][0]
    read = caller.post("/crm/v4/associations/deals/tasks/batch/read", {"inputs": [{"id": deal}]}).json()
    assert [record["toObjectId"] for record in read["results"][0]["to"]] == [int(made["id"])]


@pytest.mark.parametrize(("type_id", "to", "word"), [(99, "1", "INVALID_ASSOCIATION_TYPE"), (216, "1", "TO_OBJECT")])
def test_an_association_that_cannot_be_refuses_the_task(caller: Any, type_id: int, to: str, word: str) -> None:
    spec = {"to": {"id": to}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}
    reply = caller.post(f"{TASKS}/create", {"inputs": [new_task(associations=[spec])]})
    assert word in reply.json()["subCategory"]
    assert caller.tasks() == []


@pytest.mark.parametrize(("root", "status"), [("/crm/v3/objects", 201), ("/crm/objects/2026-09", 400)])
def test_only_the_newest_version_holds_writes_to_the_administrators_rules(caller: Any, root: str, status: int) -> None:
    caller.control("quirks", {"required_on_write": ["tasks.hs_task_body"]})
    assert caller.post(f"{root}/tasks/batch/create", {"inputs": [new_task()]}).status_code == status


@pytest.mark.parametrize("body", [None, [], {"inputs": 1}, {"inputs": [1]}, {"inputs": [{"id": None}]}])
def test_a_body_that_is_none_is_refused(caller: Any, body: Any) -> None:
    assert caller.post("/crm/v3/objects/deals/batch/update", body).status_code == 400
