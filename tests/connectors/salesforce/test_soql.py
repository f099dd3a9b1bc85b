"""SOQL that is built from values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from connectors.salesforce import soql


def test_text_is_quoted_and_escaped() -> None:
    assert soql.literal('O\'Hara \\ "x"\n') == "'O\\'Hara \\\\ \\\"x\\\"\\n'"


def test_times_are_absolute_utc() -> None:
    local = datetime(2026, 5, 1, 9, 25, 37, 999, timezone(timedelta(hours=2)))
    assert soql.literal(local) == "2026-05-01T07:25:37Z"
    assert soql.literal(date(2026, 5, 1)) == "2026-05-01"


def test_a_boolean_is_no_number() -> None:
    assert soql.compare("IsClosed", "=", value=False) == "IsClosed = false"
    assert soql.compare("SortOrder", ">", 1) == "SortOrder > 1"


@pytest.mark.parametrize("bad", ["Name FROM User", "a'b", "", "Account..Name", "1st", "Name)"])
def test_what_is_no_name_never_reaches_a_query(bad: str) -> None:
    with pytest.raises(ValueError, match="no API name"):
        soql.select(("Id", bad), "Opportunity")


def test_a_prefix_has_no_wildcards_of_its_own() -> None:
    assert soql.starts_with("Key__c", "d_w%:") == r"Key__c LIKE 'd\_w\%:%'"


def test_a_query_reads_as_salesforce_writes_it() -> None:
    since = datetime(2026, 1, 2, tzinfo=UTC)
    where = (soql.compare("SystemModstamp", ">=", since), soql.one_of("Type", ("a", "b")))
    assert soql.select(("Id", "Account.Name"), "Opportunity", where, ("SystemModstamp", "Id")) == (
        "SELECT Id, Account.Name FROM Opportunity WHERE SystemModstamp >= 2026-01-02T00:00:00Z AND Type IN ('a','b') "
        "ORDER BY SystemModstamp, Id"
    )


def test_chunks_lose_nothing() -> None:
    assert [list(part) for part in soql.chunks(["a", "b", "c"], 2)] == [["a", "b"], ["c"]]
