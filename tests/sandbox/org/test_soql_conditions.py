from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.salesforce.data.ids import make_id
from sandbox.salesforce.org.org import Org

ACME = make_id("001", 1)
ONE, TWO, THREE = (make_id("006", number) for number in (1, 2, 3))


@pytest.fixture
def deals(org: Org) -> None:
    """Three deals that differ in everything; the third has nothing optional."""
    common = {"CreatedDate": "2026-06-01T00:00:00Z"}
    org.load(
        "Opportunity",
        [
            common | {"Id": ONE, "Name": "Ärger 100%", "StageName": "Discovery", "Amount": 100, "NextStep": "Call",
                      "CloseDate": "2026-06-15", "SystemModstamp": "2026-06-10T10:00:00Z", "AccountId": ACME},
            common | {"Id": TWO, "Name": "O'Neil", "StageName": "Closed Won", "Amount": 200, "NextStep": "mail_it",
                      "CloseDate": "2026-06-16", "SystemModstamp": "2026-06-11T10:00:00Z"},
            common | {"Id": THREE, "Name": "third", "StageName": "Discovery",
                      "CloseDate": "2026-07-01", "SystemModstamp": "2026-06-12T03:59:59Z"},
        ],
    )  # fmt: skip
    org.load("Account", [{"Id": ACME, "Name": "Acme", "OwnerId": org.user_id}])
    org.settle()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Name = 'O\\'Neil'", "2"),
        ("StageName = 'discovery'", "13"),
        ("NextStep = null", "3"),
        ("NextStep != null", "12"),
        ("NextStep != 'CALL'", "23"),
        ("NextStep <> 'call'", "23"),
        ("NOT NextStep = 'call'", "23"),
        ("NextStep IN ('CALL', 'x')", "1"),
        ("NextStep IN ('call', null)", "13"),
        ("NextStep NOT IN ('call')", "23"),
        ("NextStep NOT IN ('call', null)", "2"),
        ("Amount > 100", "2"),
        ("Amount >= 100.0", "12"),
        ("Amount < 150", "1"),
        ("NOT Amount > 100", "13"),
        ("IsWon = true", "2"),
        ("IsClosed = FALSE AND Amount != null", "1"),
        ("Amount = 100 OR Amount = 200", "12"),
        ("StageName = 'Discovery' AND (Amount = 100 OR NextStep = null)", "13"),
        ("Name LIKE '%100\\%'", "1"),
        ("NextStep LIKE 'MAIL\\_%'", "2"),
        ("Name LIKE 'thir_'", "3"),
        ("NOT (Name LIKE 't%' OR Name LIKE 'O%')", "1"),
        ("CloseDate > 2026-06-15", "23"),
        ("CloseDate IN (2026-06-15, 2026-07-01)", "13"),
        ("SystemModstamp >= 2026-06-11T10:00:00Z", "23"),
        ("SystemModstamp < 2026-06-11T12:00:00+02:00", "1"),
        ("SystemModstamp > 2026-06-11T09:59:59.999Z", "23"),
        (f"Id = '{ONE[:15]}'", "1"),
        (f"Id IN ('{ONE}', '{THREE[:15]}')", "13"),
        ("Account.Name = 'ACME'", "1"),
        ("Account.Name != 'Acme'", "23"),
        ("Account.Owner.Username LIKE 'dealwarden%'", "1"),
        ("CloseDate = TODAY", "1"),
        ("CloseDate != TODAY", "23"),
        ("CloseDate > TODAY", "23"),
        ("CloseDate <= TOMORROW", "12"),
        ("CloseDate = NEXT_N_DAYS:5", "2"),
        ("CloseDate = THIS_MONTH", "12"),
        ("CloseDate = NEXT_QUARTER", "3"),
        ("SystemModstamp = N_DAYS_AGO:4", "23"),
        ("SystemModstamp < LAST_N_DAYS:4", "1"),
        ("FiscalYear = 2026 AND FiscalQuarter = 3", "3"),
        ("opportunity.amount = 200", "2"),
    ],
)
def test_conditions_find_what_soql_means(
    deals: None, ask: Callable[..., list[dict[str, Any]]], condition: str, expected: str
) -> None:
    rows = ask(f"SELECT Id FROM Opportunity WHERE {condition}")
    assert sorted(row["Id"] for row in rows) == [{"1": ONE, "2": TWO, "3": THREE}[which] for which in expected]


def test_relative_days_are_those_of_the_running_user(
    deals: None, org: Org, person: str, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    soql = "SELECT Id FROM Opportunity WHERE SystemModstamp >= N_DAYS_AGO:3"
    assert len(ask(soql)) == 0, "03:59:59 is still the day before in New York"
    org.update("User", org.user_id, {"TimeZoneSidKey": "Europe/Berlin"}, by=person)
    assert len(ask(soql)) == 1


def test_a_semi_join_takes_ids_from_another_object(
    deals: None, org: Org, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    org.load("Contact", [{"Id": make_id("003", 1), "LastName": "Lee"}])
    org.load("OpportunityContactRole", [{"OpportunityId": TWO, "ContactId": make_id("003", 1), "Role": "Champion"}])
    inner = "(SELECT OpportunityId FROM OpportunityContactRole WHERE Contact.LastName = 'lee' AND Role != null)"
    assert [row["Id"] for row in ask(f"SELECT Id FROM Opportunity WHERE Id IN {inner}")] == [TWO]
    assert len(ask(f"SELECT Id FROM Opportunity WHERE Id NOT IN {inner} AND IsClosed = false")) == 2


def test_a_polymorphic_parent_shows_its_name_and_type(
    deals: None, org: Org, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    org.insert("Task", {"WhatId": ONE}, by=org.user_id)
    org.insert("Task", {"WhatId": ACME}, by=org.user_id)
    (row,) = ask("SELECT What.Name, What.Type FROM Task WHERE What.Type = 'opportunity'")
    assert row["What"]["attributes"]["url"].endswith(f"/sobjects/Opportunity/{ONE}")
    assert (row["What"]["Name"], row["What"]["Type"]) == ("Ärger 100%", "Opportunity")


def test_a_case_sensitive_key_is_compared_by_case(org: Org, ask: Callable[..., list[dict[str, Any]]]) -> None:
    org.insert("Task", {"Dealwarden_Key__c": "dw:a"}, by=org.user_id)
    assert ask("SELECT Id FROM Task WHERE Dealwarden_Key__c IN ('DW:A', 'dw:b')") == []
    assert len(ask("SELECT Id FROM Task WHERE Dealwarden_Key__c LIKE 'dw:%'")) == 1


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("dw:%", 2), ("DW:%", 0), ("dw:a\\_b", 1), ("dw:a_b", 2), ("dw:[a]%", 0), ("%*b", 1)],
)
def test_a_pattern_on_a_case_sensitive_key_minds_the_case(
    org: Org, ask: Callable[..., list[dict[str, Any]]], pattern: str, count: int
) -> None:
    for key in ("dw:a_b", "dw:a*b"):
        org.insert("Task", {"Dealwarden_Key__c": key}, by=org.user_id)
    assert len(ask(f"SELECT Id FROM Task WHERE Dealwarden_Key__c LIKE '{pattern}'")) == count
