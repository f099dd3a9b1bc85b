from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

ROOT = "/services/data/v64.0"


def test_versions_are_listed_without_a_login(reader: Any) -> None:
    reply = reader.get("/services/data", headers={"Authorization": ""})
    assert [entry["version"] for entry in reply.json()] == [f"{number}.0" for number in range(31, 67)]
    assert reply.json()[-1] == {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}
    assert "sforce-limit-info" not in reply.headers


def test_a_version_lists_its_resources(reader: Any) -> None:
    assert reader.get("/").json()["queryAll"] == f"{ROOT}/queryAll"


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v99.0", 404), ("64.0", 404), ("v64", 404)])
def test_other_versions_are_not_served(reader: Any, version: str, status: int) -> None:
    assert reader.get(f"/services/data/{version}/limits").status_code == status


def test_a_call_without_a_session_is_refused_as_recorded(reader: Any) -> None:
    reply = reader.get("/limits", headers={"Authorization": "Bearer nonsense"})
    assert reply.status_code == 401
    assert reply.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_headers_are_those_of_the_recorded_responses(reader: Any) -> None:
    headers = reader.get("/query", params={"q": "SELECT Id FROM Account"}).headers
    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert headers["cache-control"] == "no-cache,must-revalidate,max-age=0,no-store,private"
    assert headers["vary"] == "Accept-Encoding"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-sfdc-request-id"])
    assert re.fullmatch(r"api-usage=\d+/100000", headers["sforce-limit-info"])
    assert headers["date"].endswith("GMT")


def test_json_is_pretty_when_asked_and_compact_otherwise(reader: Any) -> None:
    path = "/limits/recordCount?sObjects=Account"
    compact, pretty = reader.get(path), reader.get(path, headers={"X-PrettyPrint": "1"})
    assert '"sObjects":[' in compact.text
    assert '"sObjects" : [' in pretty.text
    assert "\n" in pretty.text
    assert compact.json() == pretty.json()


def test_limits_show_the_days_calls(reader: Any) -> None:
    calls = reader.get("/limits").json()["DailyApiRequests"]
    assert calls["Max"] == 100_000
    assert 0 < calls["Remaining"] < 100_000


def test_record_counts_leave_out_what_is_empty_or_unknown(reader: Any) -> None:
    counts = reader.get("/limits/recordCount?sObjects=Account,CurrencyType,Nothing").json()["sObjects"]
    assert [entry["name"] for entry in counts] == ["Account"]
    assert counts[0]["count"] == reader.query("SELECT COUNT() FROM Account")["totalSize"]


def test_global_describe_lists_objects(reader: Any) -> None:
    body = reader.get("/sobjects").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    assert {"Opportunity", "Task", "User"} <= {entry["name"] for entry in body["sobjects"]}


def test_a_describe_is_not_sent_again_to_who_knows_it(reader: Any) -> None:
    first = reader.get("/sobjects/Task/describe")
    assert "Dealwarden_Key__c" in {field["name"] for field in first.json()["fields"]}
    known = reader.get("/sobjects/Task/describe", headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (known.status_code, known.content) == (304, b"")
    by_tag = reader.get("/sobjects/Task/describe", headers={"If-None-Match": first.headers["etag"]})
    assert by_tag.status_code == 304


def test_describe_urls_name_the_version_that_was_asked(reader: Any) -> None:
    for version in ("v60.0", "v66.0"):
        urls = reader.get(f"/services/data/{version}/sobjects/Task/describe").json()["urls"]
        assert urls["describe"] == f"/services/data/{version}/sobjects/Task/describe"


def test_an_unknown_object_is_not_found(reader: Any) -> None:
    reply = reader.get("/sobjects/Foo/describe")
    assert reply.status_code == 404
    assert reply.json() == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_a_query_answers_with_and_without_a_trailing_slash(reader: Any) -> None:
    bodies = [
        reader.get(f"/{door}", params={"q": "SELECT Id FROM Account ORDER BY Id"}).json()
        for door in ("query", "query/")
    ]
    assert bodies[0] == bodies[1]
    assert (bodies[0]["done"], len(bodies[0]["records"])) == (True, bodies[0]["totalSize"])


def test_record_urls_name_the_version_that_was_asked(reader: Any) -> None:
    body = reader.get(
        "/services/data/v60.0/query", params={"q": "SELECT Id, Owner.Name FROM Opportunity LIMIT 1"}
    ).json()
    record = body["records"][0]
    assert record["attributes"] == {
        "type": "Opportunity",
        "url": f"/services/data/v60.0/sobjects/Opportunity/{record['Id']}",
    }
    assert record["Owner"]["attributes"]["url"].startswith("/services/data/v60.0/sobjects/User/")


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nothing__c FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id FROM CurrencyType", "INVALID_TYPE"),
    ],
)
def test_a_bad_query_is_refused_with_its_code(reader: Any, soql: str, code: str) -> None:
    reply = reader.get("/query", params={"q": soql})
    assert reply.status_code == 400
    assert [entry["errorCode"] for entry in reply.json()] == [code]


def test_a_uri_that_is_too_long_is_refused(reader: Any) -> None:
    assert reader.get("/query?q=" + quote("x" * 17_000)).status_code == 414


def test_a_soql_that_is_too_long_is_refused_inside_a_composite(reader: Any) -> None:
    soql = "SELECT Id FROM Task WHERE Subject = '" + "x" * 100_000 + "'"
    part = {"method": "GET", "url": f"{ROOT}/query?q={quote(soql)}", "referenceId": "long"}
    (result,) = reader.post("/composite", {"compositeRequest": [part]}).json()["compositeResponse"]
    assert (result["httpStatusCode"], result["body"][0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_a_record_comes_with_its_stamps(reader: Any) -> None:
    deal = reader.deal()
    reply = reader.get(f"/sobjects/Opportunity/{deal}", params={"fields": "Name,StageName"})
    assert list(reply.json()) == ["attributes", "Name", "StageName", "Id"]
    known = reader.get(f"/sobjects/Opportunity/{deal}", headers={"If-Modified-Since": reply.headers["last-modified"]})
    assert known.status_code == 304


def test_a_record_is_found_by_its_short_id(reader: Any) -> None:
    deal = reader.deal()
    assert reader.get(f"/sobjects/Opportunity/{deal[:15]}").json()["Id"] == deal


def test_a_record_that_is_not_there_is_not_found(reader: Any) -> None:
    assert reader.get("/sobjects/Opportunity/006000000000001AAA").status_code == 404


def test_records_are_retrieved_in_the_order_asked_for(reader: Any) -> None:
    deal = reader.deal()
    body = {"ids": ["006000000000001AAA", deal], "fields": ["Name"]}
    missing, record = reader.post("/composite/sobjects/Opportunity", body).json()
    assert missing is None
    assert record["Id"] == deal
