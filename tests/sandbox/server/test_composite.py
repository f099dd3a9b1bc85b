from __future__ import annotations

from typing import Any

ROOT = "/services/data/v64.0"


def part(name: str, method: str, path: str, **more: Any) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": ROOT + path, **more}


def together(caller: Any, *parts: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    reply = caller.post("/composite", {"allOrNone": all_or_none, "compositeRequest": list(parts)})
    assert reply.status_code == 200, reply.text
    return reply.json()["compositeResponse"]


def test_each_part_has_a_status_of_its_own(caller: Any) -> None:
    counted, lost = together(
        caller,
        part("count", "GET", "/query/?q=select count() from Account"),
        part("lost", "GET", "/sobjects/Foo"),
    )
    assert (counted["httpStatusCode"], counted["referenceId"]) == (200, "count")
    assert counted["body"]["records"] == []
    assert lost == {
        "body": [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}],
        "httpHeaders": {},
        "httpStatusCode": 404,
        "referenceId": "lost",
    }


def test_a_part_refers_to_an_earlier_one(caller: Any) -> None:
    made, read = together(
        caller,
        part("made", "POST", "/sobjects/Task", body={"Subject": "Call"}),
        part("read", "GET", "/sobjects/Task/@{made.id}"),
    )
    assert made["httpStatusCode"] == 201
    assert read["body"]["Id"] == made["body"]["id"]


def test_a_reference_reaches_into_records(caller: Any) -> None:
    queried, changed = together(
        caller,
        part("found", "GET", "/query?q=SELECT Id FROM Opportunity LIMIT 1"),
        part("changed", "PATCH", "/sobjects/Opportunity/@{found.records[0].Id}", body={"NextStep": "Call"}),
    )
    assert changed["httpStatusCode"] == 204
    deal = queried["body"]["records"][0]["Id"]
    assert caller.get(f"/sobjects/Opportunity/{deal}").json()["NextStep"] == "Call"


def test_a_reference_to_a_failed_part_halts_its_own_part(caller: Any) -> None:
    _, read = together(caller, part("bad", "GET", "/sobjects/Foo"), part("read", "GET", "/sobjects/Task/@{bad.id}"))
    assert (read["httpStatusCode"], read["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")


def test_all_or_none_undoes_what_came_before(caller: Any) -> None:
    before = len(caller.control("tables/Task"))
    results = together(
        caller,
        part("made", "POST", "/sobjects/Task", body={"Subject": "Call"}),
        part("bad", "POST", "/sobjects/Task", body={"Nothing__c": 1}),
        part("late", "POST", "/sobjects/Task", body={"Subject": "Call"}),
        all_or_none=True,
    )
    assert [result["body"][0]["errorCode"] for result in results] == [
        "PROCESSING_HALTED",
        "INVALID_FIELD",
        "PROCESSING_HALTED",
    ]
    assert len(caller.control("tables/Task")) == before


def test_without_all_or_none_the_good_parts_stay(caller: Any) -> None:
    before = len(caller.control("tables/Task"))
    together(
        caller,
        part("bad", "POST", "/sobjects/Task", body={"Nothing__c": 1}),
        part("made", "POST", "/sobjects/Task", body={"Subject": "Call"}),
    )
    assert len(caller.control("tables/Task")) == before + 1


def test_a_part_that_did_not_change_has_no_body(reader: Any) -> None:
    stamp = reader.get("/sobjects/Task/describe").headers["last-modified"]
    (result,) = together(
        reader, part("same", "GET", "/sobjects/Task/describe", httpHeaders={"If-Modified-Since": stamp})
    )
    assert (result["httpStatusCode"], result["body"]) == (304, None)
    assert {"ETag", "Last-Modified"} <= set(result["httpHeaders"])


def test_five_queries_and_twenty_five_parts_are_the_most(reader: Any) -> None:
    def status(parts: list[dict[str, Any]]) -> int:
        return int(reader.post("/composite", {"compositeRequest": parts}).status_code)

    query = "/query?q=SELECT COUNT() FROM Task"
    assert status([part(f"q{n}", "GET", query) for n in range(5)]) == 200
    assert status([part(f"q{n}", "GET", query) for n in range(6)]) == 400
    assert status([part(f"p{n}", "GET", "/limits") for n in range(25)]) == 200
    assert status([part(f"p{n}", "GET", "/limits") for n in range(26)]) == 400


def test_reference_ids_may_not_repeat(reader: Any) -> None:
    parts = [part("same", "GET", "/limits"), part("same", "GET", "/limits")]
    assert reader.post("/composite", {"compositeRequest": parts}).status_code == 400


def test_a_batch_answers_each_part_and_charges_for_it(caller: Any) -> None:
    before = caller.sandbox.org.quirks["daily_max"] - caller.get("/limits").json()["DailyApiRequests"]["Remaining"]
    requests = [{"method": "GET", "url": "v64.0/limits"}, {"method": "GET", "url": "v64.0/sobjects/Foo"}]
    reply = caller.post("/composite/batch", {"batchRequests": requests})
    assert [result["statusCode"] for result in reply.json()["results"]] == [200, 404]
    assert reply.json()["hasErrors"] is True
    assert reply.headers["sforce-limit-info"] == f"api-usage={before + 2}/100000"


def test_a_batch_halts_when_told_to(reader: Any) -> None:
    requests = [{"method": "GET", "url": "v64.0/sobjects/Foo"}, {"method": "GET", "url": "v64.0/limits"}]
    reply = reader.post("/composite/batch", {"haltOnError": True, "batchRequests": requests})
    assert [result["statusCode"] for result in reply.json()["results"]] == [404, 412]
