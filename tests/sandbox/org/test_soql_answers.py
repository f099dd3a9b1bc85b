from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.salesforce.data.ids import make_id
from sandbox.salesforce.org.org import Org

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def tasks(org: Org) -> None:
    org.load(
        "Task",
        [
            {"Id": make_id("00T", number), "Subject": subject, "Status": "Not Started", "Priority": priority}
            for number, (subject, priority) in enumerate([("b", "High"), ("A", "Low"), (None, "High"), ("c", "Low")], 1)
        ],
    )


def test_a_record_begins_with_its_attributes_and_keeps_the_asked_order(org: Org, contact: str) -> None:
    selection = org.select(
        "SELECT LastName, account.name, id FROM Contact", all_rows=False, base="/services/data/v60.0"
    )
    (record,) = selection.page(0, 10)
    assert list(record) == ["attributes", "LastName", "Account", "Id"]
    assert record["attributes"] == {"type": "Contact", "url": f"/services/data/v60.0/sobjects/Contact/{contact}"}
    assert list(record["Account"]) == ["attributes", "Name"]
    assert record["Account"]["attributes"]["type"] == "Account"


@pytest.mark.parametrize(
    ("order", "subjects"),
    [
        ("Subject", [None, "A", "b", "c"]),
        ("Subject DESC", [None, "c", "b", "A"]),
        ("Subject ASC NULLS LAST", ["A", "b", "c", None]),
        ("Priority, Subject desc nulls last", ["b", None, "c", "A"]),
    ],
)
def test_rows_come_in_order_with_nulls_first(tasks: None, ask: Ask, order: str, subjects: list[str | None]) -> None:
    assert [row["Subject"] for row in ask(f"SELECT Subject FROM Task ORDER BY {order}")] == subjects


def test_limit_and_offset_cut_the_answer(tasks: None, org: Org) -> None:
    selection = org.select("SELECT Subject FROM Task ORDER BY Subject LIMIT 2 OFFSET 1", all_rows=False)
    assert selection.total == 2
    assert [row["Subject"] for row in selection.page(0, 10)] == ["A", "b"]


def test_pages_are_parts_of_one_answer_that_new_rows_do_not_shift(tasks: None, org: Org) -> None:
    selection = org.select("SELECT Id FROM Task ORDER BY Subject", all_rows=False)
    first = selection.page(0, 2)
    org.insert("Task", {"Subject": "0"}, by=org.user_id)
    seen = [row["Id"] for row in [*first, *selection.page(2, 2)]]
    assert selection.total == 4
    assert sorted(seen) == [make_id("00T", number) for number in (1, 2, 3, 4)]


def test_count_alone_gives_a_total_and_no_records(tasks: None, org: Org) -> None:
    selection = org.select("SELECT COUNT() FROM Task WHERE Priority = 'high'", all_rows=False)
    assert (selection.total, selection.page(0, 10)) == (2, [])


def test_aggregates_are_keyed_by_alias_or_number(tasks: None, ask: Ask) -> None:
    rows = ask("SELECT Priority, COUNT(Id), MIN(Subject) least FROM Task GROUP BY Priority ORDER BY Priority")
    assert rows == [
        {"Priority": "High", "expr0": 2, "least": "b"},
        {"Priority": "Low", "expr0": 2, "least": "A"},
    ]


def test_an_aggregate_without_groups_is_one_record(org: Org, deal: str, ask: Ask) -> None:
    assert ask("SELECT SUM(Amount) total, COUNT_DISTINCT(StageName) FROM Opportunity") == [
        {"total": 15000.0, "expr0": 1}
    ]


def test_children_come_as_a_list_of_their_own_or_null(org: Org, deal: str, contact: str, ask: Ask) -> None:
    org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact}, by=org.user_id)
    (row,) = ask(
        "SELECT Id, (SELECT Contact.Name FROM OpportunityContactRoles), (SELECT Id FROM Tasks) FROM Opportunity"
    )
    assert list(row) == ["Id", "OpportunityContactRoles", "Tasks"]
    roles = row["OpportunityContactRoles"]
    assert (roles["totalSize"], roles["done"]) == (1, True)
    assert roles["records"][0]["Contact"]["Name"] == "Ann Lee"
    assert row["Tasks"] is None


def test_a_limit_of_children_holds_for_each_parent(org: Org, deal: str, ask: Ask) -> None:
    for subject in "cab":
        org.insert("Task", {"WhatId": deal, "Subject": subject}, by=org.user_id)
    (row,) = ask(
        "SELECT Id, (SELECT Subject FROM Tasks WHERE Subject != 'a' ORDER BY Subject LIMIT 1) FROM Opportunity"
    )
    assert [task["Subject"] for task in row["Tasks"]["records"]] == ["b"]


def test_numbers_keep_their_decimal_point_unless_the_quirk_says_otherwise(org: Org, deal: str, ask: Ask) -> None:
    assert isinstance(ask("SELECT Amount FROM Opportunity")[0]["Amount"], float)
    org.quirks["amounts_as_integers"] = True
    assert isinstance(ask("SELECT Amount FROM Opportunity")[0]["Amount"], int)


def test_all_standard_fields_can_be_asked_for_at_once(org: Org, deal: str, ask: Ask) -> None:
    (row,) = ask("SELECT FIELDS(STANDARD) FROM Opportunity")
    assert "Metrics__c" not in row
    assert "CurrencyIsoCode" not in row
    assert row["Fiscal"] == "2026 3"


def test_an_address_is_one_value_or_null(org: Org, account: str, ask: Ask) -> None:
    assert ask("SELECT BillingAddress FROM Account") == [{"BillingAddress": None}]
    org.update("Account", account, {"BillingCity": "Oslo"}, by=org.user_id)
    assert ask("SELECT BillingAddress FROM Account")[0]["BillingAddress"]["city"] == "Oslo"


def test_an_alias_may_name_the_object(org: Org, deal: str, ask: Ask) -> None:
    assert ask("SELECT o.Name, o.Account.Name FROM Opportunity o WHERE o.Amount > 1")[0]["Name"] == "Big"
