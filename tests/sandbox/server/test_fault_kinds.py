from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import pytest
import requests

from sandbox.server.faults import KINDS

BROKEN = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)


def create(caller: Any, subject: str = "Call") -> requests.Response:
    records = [{"attributes": {"type": "Task"}, "Subject": f"{subject} {number}"} for number in range(2)]
    return caller.post("/composite/sobjects", {"records": records})


def created(caller: Any) -> int:
    return sum(row["Subject"].startswith("Call ") for row in caller.control("tables/Task"))


@pytest.mark.parametrize(("kind", "rows"), [("drop_before_apply", 0), ("connection_reset", 0), ("drop_after_apply", 2)])
def test_a_drop_comes_before_or_after_the_work(caller: Any, kind: str, rows: int) -> None:
    caller.fault(kind)
    with pytest.raises(BROKEN):
        create(caller)
    assert created(caller) == rows
    assert caller.fired() == [True]


def test_a_delay_applies_after_the_silence(caller: Any) -> None:
    caller.control("quirks", {"delay_s": 0.05})
    caller.fault("delay_then_apply")
    with pytest.raises(BROKEN):
        create(caller)
    assert created(caller) == 2


@pytest.mark.parametrize(
    ("kind", "status", "rows"),
    [
        ("500", 500, 0),
        ("502_html", 502, 0),
        ("503", 503, 0),
        ("500_after_apply", 500, 2),
        ("502_after_apply", 502, 2),
        ("503_after_apply", 503, 2),
        ("429", 429, 0),
        ("429_retry_after", 429, 0),
        ("401_expired", 401, 0),
        ("403_quota", 403, 0),
        ("403_concurrent", 403, 0),
        ("403_permission", 403, 0),
        ("401_html", 401, 0),
        ("503_html", 503, 0),
        ("batch_409", 409, 0),
        ("multi_207", 207, 0),
        ("html_200", 200, 0),
    ],
)
def test_an_error_answer_comes_before_or_after_the_work(caller: Any, kind: str, status: int, rows: int) -> None:
    caller.fault(kind)
    assert create(caller).status_code == status
    assert created(caller) == rows
    assert caller.fired() == [True]


def test_a_fault_is_over_after_it_fired(caller: Any) -> None:
    caller.fault("503")
    assert [create(caller).status_code for _ in range(2)] == [503, 200]


def test_retry_after_is_sent_in_all_its_forms(caller: Any) -> None:
    def header(kind: str) -> str | None:
        caller.fault(kind)
        return caller.get("/limits").headers.get("retry-after")

    assert header("429") is None
    assert header("429_retry_after") == "1"
    assert parsedate_to_datetime(str(header("429_retry_after_date"))) > caller.sandbox.clock.now()
    assert int(str(header("429_retry_after_absurd"))) > 86_400 * 365


def test_an_expired_session_stays_expired_until_a_new_login(caller: Any) -> None:
    caller.fault("401_expired")
    statuses = [caller.get("/limits").status_code for _ in range(2)]
    caller.login()
    assert [*statuses, caller.get("/limits").status_code] == [401, 401, 200]


def test_a_session_fault_waits_for_a_request_that_has_one(caller: Any) -> None:
    caller.fault("401_expired")
    caller.login()
    assert caller.fired() == [False]
    assert caller.get("/limits").status_code == 401


@pytest.mark.parametrize(
    ("kind", "code"), [("row_error", "FIELD_CUSTOM_VALIDATION_EXCEPTION"), ("lock_row", "UNABLE_TO_LOCK_ROW")]
)
def test_a_row_fault_refuses_one_row_and_lets_its_neighbour_pass(caller: Any, kind: str, code: str) -> None:
    caller.fault(kind)
    refused, passed = create(caller).json()
    assert refused["errors"][0]["statusCode"] == code
    assert passed["success"]
    assert created(caller) == 1


def test_a_row_fault_refuses_a_single_record_too(caller: Any) -> None:
    caller.fault("lock_row")
    reply = caller.post("/sobjects/Task", {"Subject": "Call 1"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")


def test_a_duplicate_fault_means_that_the_row_is_there(caller: Any) -> None:
    caller.fault("duplicate_value")
    body = {"records": [{"attributes": {"type": "Task"}, "Subject": "Call 1", "Dealwarden_Key__c": "dw:one"}]}
    (result,) = caller.post("/composite/sobjects", body).json()
    assert result["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert "Dealwarden_Key__c" in result["errors"][0]["message"]
    rows = caller.query("SELECT Id FROM Task WHERE Dealwarden_Key__c = 'dw:one'")["records"]
    assert len(rows) == 1


def test_a_row_fault_waits_for_a_write(caller: Any) -> None:
    caller.fault("row_error")
    caller.query("SELECT Id FROM Account")
    assert caller.fired() == [False]


@pytest.mark.parametrize("kind", ["truncated_json", "truncated_gzip"])
def test_a_truncated_answer_cannot_be_parsed(caller: Any, kind: str) -> None:
    caller.fault(kind)
    with pytest.raises((ValueError, requests.exceptions.RequestException)):
        json.loads(create(caller).content)
    assert created(caller) == 2


def test_a_wrong_length_is_noticed_by_the_client(caller: Any) -> None:
    caller.fault("wrong_content_length")
    with pytest.raises(BROKEN):
        create(caller)
    assert created(caller) == 2


def test_a_slow_body_comes_in_the_end(caller: Any) -> None:
    caller.control("quirks", {"slow_body_s": 1})
    caller.fault("slow_body")
    reply = caller.get("/limits")
    assert reply.json()["DailyApiRequests"]["Max"] == 100_000


@pytest.mark.parametrize(("kind", "minutes"), [("clock_skew", 10), ("clock_skew_behind", -10)])
def test_a_skewed_clock_shows_in_the_date(caller: Any, kind: str, minutes: int) -> None:
    caller.fault(kind)
    shown = parsedate_to_datetime(caller.get("/limits").headers["date"])
    skew = shown - caller.sandbox.clock.now()
    assert abs(skew - timedelta(minutes=minutes)) < timedelta(seconds=30)


def test_a_whole_batch_fault_waits_for_a_write(caller: Any) -> None:
    caller.fault("batch_409")
    assert caller.get("/limits").status_code == 200
    assert caller.fired() == [False]


def test_a_fault_matches_the_outer_path_only(caller: Any) -> None:
    caller.fault("503", match="*/query*")
    part = {"referenceId": "q", "method": "GET", "url": "/services/data/v64.0/query?q=SELECT Id FROM Task"}
    assert caller.post("/composite", {"compositeRequest": [part]}).status_code == 200
    assert caller.fired() == [False]


def test_a_used_up_quota_refuses_until_the_window_frees(caller: Any) -> None:
    caller.control("quirks", {"daily_max": 100, "daily_used": 99})
    assert caller.get("/limits").headers["sforce-limit-info"] == "api-usage=100/100"
    reply = caller.get("/limits")
    assert reply.status_code == 403
    assert reply.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    caller.control("clock", {"advance_s": 25 * 3600})
    assert caller.get("/limits").status_code == 200


def test_sessions_end_by_the_orgs_clock(caller: Any) -> None:
    caller.control("quirks", {"token_ttl_s": 600})
    assert caller.get("/limits").status_code == 200
    caller.control("clock", {"advance_s": 601})
    assert caller.get("/limits").status_code == 401


def attempt(call: Callable[[], object]) -> None:
    with contextlib.suppress(requests.exceptions.RequestException):
        call()


def test_every_kind_of_the_list_can_be_played(caller: Any) -> None:
    caller.control("quirks", {"delay_s": 0, "slow_body_s": 0})
    caller.sandbox.org.load("Task", ({"Subject": f"Task {number}"} for number in range(450)))
    for kind in KINDS:
        caller.login()
        first = caller.query("SELECT Id FROM Task", headers={"Sforce-Query-Options": "batchSize=200"})
        caller.fault(kind)
        attempt(partial(caller.get, first["nextRecordsUrl"]))
        attempt(partial(create, caller))
        assert caller.fired() == [True], kind
