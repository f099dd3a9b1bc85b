from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.org import Org

KEY = custom_field("Dealwarden_Key__c", "string", "Key", length=80, external_id=True, unique=True, case_sensitive=True)
STAGES = (
    ("Discovery", 10, "Pipeline", False, False),
    ("Closing", 90, "Commit", False, False),
    ("Closed Won", 100, "Closed", True, True),
    ("Closed Lost", 0, "Omitted", True, False),
)


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 15, 9, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def org(watch: Watch) -> Org:
    made = Org(now=watch)
    made.schema.add_field("Activity", KEY)
    made.schema.add_field("Opportunity", custom_field("Metrics__c", "textarea", "Metrics", length=32000))
    made.load(
        "OpportunityStage",
        (
            {
                "ApiName": name,
                "MasterLabel": name,
                "IsActive": True,
                "SortOrder": place,
                "DefaultProbability": probability,
                "ForecastCategoryName": category,
                "IsClosed": closed,
                "IsWon": won,
            }
            for place, (name, probability, category, closed, won) in enumerate(STAGES)
        ),
    )
    return made


@pytest.fixture
def person(org: Org) -> str:
    """Someone who is not the integration user."""
    return next(user["Id"] for user in org.table("User") if user["Id"] != org.user_id)


@pytest.fixture
def account(org: Org, person: str) -> str:
    return org.insert("Account", {"Name": "Acme"}, by=person)


@pytest.fixture
def contact(org: Org, person: str, account: str) -> str:
    values = {"FirstName": "Ann", "LastName": "Lee", "Email": "Ann@acme.example", "AccountId": account}
    return org.insert("Contact", values, by=person)


@pytest.fixture
def deal(org: Org, person: str, account: str) -> str:
    values = {"Name": "Big", "StageName": "Discovery", "CloseDate": "2026-09-30", "Amount": 15000, "AccountId": account}
    return org.insert("Opportunity", values, by=person)


@pytest.fixture
def ask(org: Org) -> Callable[..., list[dict[str, Any]]]:
    """The records of a query, without their attributes."""

    def records(soql: str, *, all_rows: bool = False) -> list[dict[str, Any]]:
        selection = org.select(soql, all_rows=all_rows)
        records = selection.page(0, 2000)
        for record in records:
            del record["attributes"]
        return records

    return records
