"""Recordings that kept the body alone: the sandbox is brought into the same situation and its answer compared."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.sandbox.recorded.client import Client
from tests.sandbox.recorded.recordings import body_of
from tests.sandbox.recorded.shapes import differences

DATA = "/services/data/v64.0"
WINDOW = f"start={quote('2026-06-10T00:00:00+00:00')}&end={quote('2026-06-15T09:30:00+00:00')}"


def query(client: Client, soql: str, **headers: str) -> dict[str, object]:
    answer = client.send("GET", f"{DATA}/query?q={quote(soql)}", headers=headers)
    body: dict[str, object] = answer.json()
    return body


def test_a_session_that_is_over_is_told_so(client: Client) -> None:
    answer = client.send("GET", f"{DATA}/limits", headers={"Authorization": "Bearer 00D0!over"})
    assert answer.status_code == 401
    assert list(differences(body_of("restforce_expired_session_response.json"), answer.json())) == []


def test_a_refused_refresh_is_told_in_an_object(client: Client) -> None:
    grant = {
        "grant_type": "refresh_token",
        "refresh_token": "never given out",
        "client_id": client.sandbox.app.client_id,
        "client_secret": client.sandbox.app.client_secret,
    }
    answer = client.send("POST", "/services/oauth2/token", data=grant, headers={"Authorization": ""})
    assert answer.status_code == 400
    assert list(differences(body_of("restforce_refresh_error_response.json"), answer.json())) == []


def test_a_query_for_an_unknown_field_is_refused_in_an_array(client: Client) -> None:
    answer = client.send("GET", f"{DATA}/query?q={quote('SELECT Nonsense FROM Account')}")
    assert answer.status_code == 400
    assert list(differences(body_of("restforce_query_error_response.json"), answer.json())) == []


@pytest.fixture
def pages(client: Client) -> tuple[dict[str, object], dict[str, object]]:
    """The first and the last page of a query that takes two or more."""
    options = {"Sforce-Query-Options": "batchSize=200"}
    first = page = query(client, "SELECT Id FROM Task", **options)
    while not page["done"]:
        page = client.send("GET", str(page["nextRecordsUrl"]), headers=options).json()
    assert page is not first
    return first, page


def test_a_first_page_names_the_next_one(pages: tuple[dict[str, object], dict[str, object]]) -> None:
    recorded = body_of("restforce_query_paginated_first_page_response.json")
    assert list(differences(recorded, pages[0], ignored={"Text_Label"}, extra={"Id"})) == []


def test_a_last_page_names_none_and_the_full_total(pages: tuple[dict[str, object], dict[str, object]]) -> None:
    recorded = body_of("restforce_query_paginated_last_page_response.json")
    assert list(differences(recorded, pages[1], ignored={"Text_Label"}, extra={"Id"})) == []
    assert pages[1]["totalSize"] == pages[0]["totalSize"]


def test_updated_records_are_listed_with_the_date_covered(client: Client) -> None:
    answer = client.send("GET", f"{DATA}/sobjects/Task/updated/?{WINDOW}")
    assert answer.status_code == 200
    assert answer.json()["ids"]
    assert list(differences(body_of("restforce_get_updated_success_response.json"), answer.json())) == []


def test_deleted_records_are_listed_with_their_dates(client: Client) -> None:
    made = client.send("POST", f"{DATA}/sobjects/Account", json={"Name": "Short-lived"}).json()["id"]
    client.send("DELETE", f"{DATA}/sobjects/Account/{made}")
    client.sandbox.clock.advance(120)
    answer = client.send("GET", f"{DATA}/sobjects/Account/deleted/?{WINDOW}")
    assert answer.status_code == 200
    assert made in {entry["id"] for entry in answer.json()["deletedRecords"]}
    assert list(differences(body_of("restforce_get_deleted_success_response.json"), answer.json())) == []
