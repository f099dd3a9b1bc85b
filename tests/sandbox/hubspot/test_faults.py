from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.server.faults import KINDS
from tests.sandbox.hubspot.conftest import new_task

CREATE = "/crm/v3/objects/tasks/batch/create"
DEALS = "/crm/v3/objects/deals"
BROKEN = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)


def create(caller: Any, **extra: Any) -> requests.Response:
    inputs = [new_task(properties={"dealwarden_key": key}, **extra) for key in ("dw:1", "dw:2")]
    reply: requests.Response = caller.post(CREATE, {"inputs": inputs})
    return reply


@pytest.mark.parametrize(("kind", "rows"), [("drop_before_apply", 0), ("connection_reset", 0), ("drop_after_apply", 2)])
def test_a_drop_comes_before_or_after_the_work(caller: Any, kind: str, rows: int) -> None:
    caller.fault(kind)
    with pytest.raises(BROKEN):
        create(caller)
    assert len(caller.tasks()) == rows


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
        ("414_html", 414, 0),
        ("423", 423, 0),
        ("477", 477, 0),
        ("530_html", 530, 0),
        ("batch_409", 409, 0),
        ("multi_207", 207, 0),
        ("html_200", 200, 0),
    ],
)
def test_an_error_answer_comes_before_or_after_the_work(caller: Any, kind: str, status: int, rows: int) -> None:
    caller.fault(kind)
    assert create(caller).status_code == status
    assert len(caller.tasks()) == rows
    assert caller.fired() == [True]


def test_a_moving_portal_says_when_to_come_back(caller: Any) -> None:
    caller.fault("477")
    assert caller.get(DEALS).headers["Retry-After"] == "3600"


@pytest.mark.parametrize(("path", "key"), [(f"{DEALS}/search", "category"), (CREATE, "policyName")])
def test_a_429_has_the_shape_of_its_path(caller: Any, path: str, key: str) -> None:
    caller.fault("429")
    reply = caller.post(path, {"inputs": []})
    assert (reply.status_code, key in reply.json()) == (429, True)
    assert "Retry-After" not in reply.headers


def test_an_expired_access_token_stays_expired_and_a_service_key_does_not(caller: Any) -> None:
    app = caller.service.app
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.client_secret}
    url = f"{caller.server.url}/oauth/v1/token"
    token = requests.post(url, data=form | {"refresh_token": app.refresh_token}, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    caller.fault("401_expired")
    assert [caller.get(DEALS, headers=headers).status_code for _ in range(2)] == [401, 401]
    caller.fault("401_expired")
    assert [caller.get(DEALS).status_code for _ in range(2)] == [401, 200]


@pytest.mark.parametrize(("kind", "status"), [("row_error", 400), ("lock_row", 423)])
def test_a_row_fault_refuses_its_batch(caller: Any, kind: str, status: int) -> None:
    caller.fault(kind)
    assert create(caller).status_code == status
    assert caller.tasks() == []


def test_a_row_fault_refuses_one_row_of_those_with_trace_ids(caller: Any) -> None:
    caller.fault("row_error")
    reply = create(caller, objectWriteTraceId="t")
    assert (reply.status_code, len(reply.json()["errors"]), len(caller.tasks())) == (207, 1, 1)


def test_a_duplicate_fault_means_that_the_row_is_there(caller: Any) -> None:
    caller.fault("duplicate_value")
    reply = create(caller, objectWriteTraceId="t")
    assert (reply.status_code, len(reply.json()["results"])) == (207, 1)
    assert "already has that value" in reply.json()["errors"][0]["message"]
    assert {row["properties"]["dealwarden_key"] for row in caller.tasks()} == {"dw:1", "dw:2"}


def test_a_row_fault_waits_for_a_write(caller: Any) -> None:
    caller.fault("row_error")
    caller.get(DEALS)
    assert caller.fired() == [False]


def pages(caller: Any, way: str) -> list[list[str]]:
    """The ids of each page of two, at most five pages of them."""
    after, seen = None, []
    for _ in range(5):
        if way == "list":
            body = caller.get(DEALS, params={"limit": 2} | ({"after": after} if after else {})).json()
        else:
            body = caller.search("deals", limit=2, **({"after": after} if after else {})).json()
        seen.append([record["id"] for record in body["results"]])
        after = body.get("paging", {}).get("next", {}).get("after")
        if after is None:
            break
    return seen


@pytest.mark.parametrize("way", ["list", "search"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("short_page", [[0], [1, 2], [3]]),
        ("duplicate_page", [[0, 1], [0, 1], [2, 3]]),
        ("repeated_after", [[0, 1], [2, 3], [2, 3]]),
    ],
)
def test_pages_go_wrong(caller: Any, way: str, kind: str, expected: list[list[int]]) -> None:
    ids = [caller.deal(f"Deal {number}") for number in range(4)]
    caller.fault(kind)
    assert pages(caller, way) == [[ids[place] for place in page] for page in expected]


@pytest.mark.parametrize("way", ["list", "search"])
def test_a_token_of_a_following_page_may_be_gone(caller: Any, way: str) -> None:
    ids = [caller.deal(f"Deal {number}") for number in range(4)]
    caller.fault("locator_expired")
    first = caller.get(DEALS, params={"limit": 2}) if way == "list" else caller.search("deals", limit=2)
    after = first.json()["paging"]["next"]["after"]
    params = {"limit": 2, "after": after}
    second = caller.get(DEALS, params=params) if way == "list" else caller.search("deals", **params)
    assert (len(ids), second.status_code) == (4, 400)


@pytest.mark.parametrize("kind", ["truncated_json", "truncated_gzip", "wrong_content_length"])
def test_a_broken_answer_is_of_work_that_was_done(caller: Any, kind: str) -> None:
    caller.fault(kind)
    with pytest.raises((ValueError, requests.exceptions.RequestException)):
        create(caller).json()
    assert len(caller.tasks()) == 2


def test_every_kind_is_accepted(caller: Any) -> None:
    caller.control("faults", [{"match": "/nowhere", "nth": 1, "kind": kind} for kind in KINDS])
    assert len(caller.fired()) == len(KINDS)
