"""A client that no one here wrote, over HTTPS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from simple_salesforce import Salesforce, SalesforceExpiredSession, SalesforceMalformedRequest
from simple_salesforce.exceptions import SalesforceRefusedRequest, SalesforceResourceNotFound


@pytest.fixture
def client(caller: Any) -> Salesforce:
    return Salesforce(
        instance_url=caller.sandbox.salesforce_url,
        session_id=caller.login(),
        session=caller.http,
        version="64.0",
    )


def test_it_describes(client: Salesforce) -> None:
    assert "Opportunity" in {entry["name"] for entry in client.describe()["sobjects"]}
    assert "StageName" in {field["name"] for field in client.Opportunity.describe()["fields"]}


def test_it_reads_the_limits_and_the_usage(client: Salesforce) -> None:
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.api_usage["api-usage"].total == 100_000


def test_it_reads_all_pages(client: Salesforce, caller: Any) -> None:
    caller.sandbox.org.load("Task", ({"Subject": f"Task {number}"} for number in range(2500)))
    answer = client.query_all("SELECT Id, Subject, Owner.Name FROM Task")
    assert answer["totalSize"] == len({record["Id"] for record in answer["records"]})
    assert answer["totalSize"] > 2500


def test_it_reads_deleted_rows(client: Salesforce, caller: Any) -> None:
    made = client.Task.create({"Subject": "Call"})["id"]
    client.Task.delete(made)
    answer = client.query("SELECT Id, IsDeleted FROM Task WHERE Subject = 'Call'", include_deleted=True)
    assert [(record["Id"], record["IsDeleted"]) for record in answer["records"]] == [(made, True)]


def test_it_creates_changes_reads_and_deletes(client: Salesforce) -> None:
    made = client.Task.create({"Subject": "Call"})
    assert made["success"] is True
    assert client.Task.update(made["id"], {"Subject": "Call again"}) == 204
    assert client.Task.get(made["id"])["Subject"] == "Call again"
    assert client.Task.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Task.get(made["id"])


def test_it_upserts(client: Salesforce) -> None:
    assert client.Task.upsert("Dealwarden_Key__c/dw:one", {"Subject": "Call"}) == 201
    assert client.Task.upsert("Dealwarden_Key__c/dw:one", {"Subject": "Call again"}) == 200
    assert client.Task.get_by_custom_id("Dealwarden_Key__c", "dw:one")["Subject"] == "Call again"


def test_it_asks_what_changed_and_what_went(client: Salesforce, caller: Any) -> None:
    made = client.Task.create({"Subject": "Call"})["id"]
    now = caller.sandbox.clock.now()
    span = (now - timedelta(hours=1), now + timedelta(minutes=1))
    caller.control("clock", {"advance_s": 30})
    assert made in client.Task.updated(*span)["ids"]
    client.Task.delete(made)
    caller.control("clock", {"advance_s": 10})
    assert made in {entry["id"] for entry in client.Task.deleted(*span)["deletedRecords"]}


def test_it_uses_the_composite_door(client: Salesforce) -> None:
    part = {"referenceId": "q", "method": "GET", "url": "/services/data/v64.0/query?q=SELECT Id FROM Account"}
    reply = client.restful("composite", method="POST", json={"compositeRequest": [part]})
    assert reply["compositeResponse"][0]["httpStatusCode"] == 200


def test_its_exceptions_are_those_of_the_real_one(client: Salesforce, caller: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        client.query("SELECT Nothing__c FROM Task")
    assert malformed.value.content[0]["errorCode"] == "INVALID_FIELD"
    caller.control("quirks", {"daily_max": 0})
    with pytest.raises(SalesforceRefusedRequest):
        client.limits()
    caller.control("quirks", {"daily_max": 100_000})
    caller.fault("401_expired")
    with pytest.raises(SalesforceExpiredSession):
        client.limits()
