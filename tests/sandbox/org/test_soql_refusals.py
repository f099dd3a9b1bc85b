from __future__ import annotations

import re

import pytest

from sandbox.salesforce.org.org import Org, QueryError


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nope__c FROM Task", "INVALID_FIELD"),
        ("SELECT Owner.Nope FROM Opportunity", "INVALID_FIELD"),
        ("SELECT Nobody.Name FROM Opportunity", "INVALID_FIELD"),
        ("SELECT What.Amount FROM Task", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Metrics__c != null", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE HasOpenActivity = true", "INVALID_FIELD"),
        ("SELECT Id FROM Task ORDER BY Description", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Opportunity GROUP BY Amount", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-06-15T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CreatedDate > 2026-06-15", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = SOMEDAY", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Opportunity WHERE Amount LIKE '5%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Opportunity WHERE Amount > null", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id FROM CurrencyType", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nothings) FROM Opportunity", "INVALID_TYPE"),
        ("SELECT FROM Task", "MALFORMED_QUERY"),
        ("SELECT Id Task", "MALFORMED_QUERY"),
        ("SELECT * FROM Task", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task WHERE IsClosed = true AND IsDeleted = false OR Subject = 'x'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task WHERE Subject = 'x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task WHERE CreatedDate > 2026-02-30T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Task", "MALFORMED_QUERY"),
        ("SELECT Subject, COUNT(Id) FROM Task", "MALFORMED_QUERY"),
        ("SELECT Subject s FROM Task", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT WhoId FROM Task)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT Id, AccountId FROM Contact)", "MALFORMED_QUERY"),
        ("SELECT ReportsTo.ReportsTo.ReportsTo.ReportsTo.ReportsTo.ReportsTo.Name FROM Contact", "MALFORMED_QUERY"),
        (f"SELECT Id FROM Task WHERE Subject = '{'x' * 100_000}'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(org: Org, soql: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        org.select(soql, all_rows=False)
    assert caught.value.error_code == code


def test_a_refusal_says_where(org: Org) -> None:
    with pytest.raises(QueryError, match=re.escape("row 2, column 8")):
        org.select("SELECT Id,\n       Nope__c FROM Task", all_rows=False)


def test_a_hidden_field_is_refused_wherever_it_stands(org: Org) -> None:
    org.quirks["hide_fields"] = ["Opportunity.Amount", "Opportunity.AccountId"]
    for soql in (
        "SELECT Amount FROM Opportunity",
        "SELECT Id FROM Opportunity WHERE Amount > 1",
        "SELECT Id FROM Opportunity ORDER BY Amount",
        "SELECT Account.Name FROM Opportunity",
    ):
        with pytest.raises(QueryError, match="INVALID_FIELD"):
            org.select(soql, all_rows=False)


def test_a_hidden_object_is_refused_and_its_parents_path_too(org: Org) -> None:
    org.quirks["hide_objects"] = ["Account"]
    with pytest.raises(QueryError, match="INVALID_TYPE"):
        org.select("SELECT Id FROM Account", all_rows=False)
    with pytest.raises(QueryError, match="INVALID_FIELD"):
        org.select("SELECT Account.Name FROM Opportunity", all_rows=False)


def test_without_shared_activities_there_are_no_task_relations(org: Org) -> None:
    org.quirks["shared_activities"] = False
    with pytest.raises(QueryError, match="INVALID_TYPE"):
        org.select("SELECT Id FROM TaskRelation", all_rows=False)
    with pytest.raises(QueryError, match="INVALID_FIELD"):
        org.select("SELECT WhoCount FROM Task", all_rows=False)
