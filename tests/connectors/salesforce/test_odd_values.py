"""An org's values that cannot be: they cost themselves, and one note a column."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import PullRequest
from connectors.elements import ElementColumns
from connectors.salesforce.rates import Rates
from connectors.salesforce.rows.changes import history_rows
from connectors.salesforce.rows.deals import deal_rows
from connectors.salesforce.rows.people import account_rows, stage_rows
from connectors.salesforce.rows.tasks import own_task_rows
from connectors.salesforce.rows.touches import TouchContext, event_rows, mail_rows, task_rows
from connectors.salesforce.shape import DealShape

SHAPE = DealShape(
    elements=(
        ElementColumns("metrics", fields=(("Level__c", "number"),), shows=3),
        ElementColumns("champion", fields=(("Met__c", "date"),), confirmed_on="Confirmed__c", shows=1),
    ),
    extras={"x_seats": "Seats__c", "x_renewal": "Renewal__c"},
    extra_kinds={"x_seats": "number", "x_renewal": "date"},
    muted_until="Muted__c",
)
CONTEXT = TouchContext(ZoneInfo("Asia/Tokyo"), reads_mails=True)


def read(**fields: Any) -> Any:
    return deal_rows([{"Id": "006A", "CreatedDate": "2026-01-01T00:00:00Z", **fields}], SHAPE, Rates())


@pytest.mark.parametrize("written", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31T23:59:59.000+0000"])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("CloseDate", "close_date"),
        ("CreatedDate", "created_at"),
        ("LastModifiedDate", "modified_at"),
        ("LastActivityDate", "last_activity_on"),
        ("LastStageChangeDate", "stage_entered_at"),
        ("Muted__c", "muted_until"),
        ("Met__c", "champion_level"),
        ("Confirmed__c", "champion_confirmed_on"),
        ("Renewal__c", "x_renewal"),
    ],
)
def test_a_date_of_a_year_that_cannot_be_is_null_and_noted(name: str, column: str, written: str) -> None:
    rows = read(**{name: written})

    assert rows.tables["deals"].height == 1
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [(column, ("006A",))]


@pytest.mark.parametrize("written", [float("nan"), float("inf"), 10**400, 1e300])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Amount", "amount_original"),
        ("Probability", "probability"),
        ("Level__c", "metrics_level"),
        ("Seats__c", "x_seats"),
    ],
)
def test_a_number_of_no_size_is_null_and_noted(name: str, column: str, written: float) -> None:
    rows = read(**{name: written})

    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [(column, ("006A",))]
    if not column.startswith("x_"):
        assert rows.tables["deals"][column].to_list() == [None]


def test_counts_of_no_size_are_null_and_noted() -> None:
    accounts = account_rows([{"Id": "001A", "NumberOfEmployees": 10**30}])
    stages = stage_rows(
        [{"Id": "01JA", "ApiName": "Won", "SortOrder": float("inf"), "DefaultProbability": float("nan")}]
    )

    assert accounts.tables["accounts"]["employees"].to_list() == [None]
    assert [odd.column for odd in accounts.odd] == ["employees"]
    assert [odd.column for odd in stages.odd] == ["rank", "probability"]


def test_history_that_keeps_an_odd_close_date_makes_no_push() -> None:
    record = {
        "Id": "008A",
        "OpportunityId": "006A",
        "CreatedDate": "2026-03-01T00:00:00Z",
        "CloseDate": "2026-06-01",
        "PrevCloseDate": "0001-01-01",
        "Amount": 5.0,
        "PrevAmount": float("nan"),
    }

    assert history_rows([record]).tables["changes"].height == 0


def test_activities_of_year_one_are_no_touches_and_told() -> None:
    tasks = task_rows([{"Id": "00TA", "IsClosed": True, "TaskSubtype": "Call", "ActivityDate": "0001-01-01"}], CONTEXT)
    events = event_rows([{"Id": "00UA", "StartDateTime": "9999-12-31T23:00:00Z"}], CONTEXT)
    mails = mail_rows([{"Id": "02sA", "MessageDate": "0001-01-01T00:00:00Z"}])

    for rows, record_id in ((tasks, "00TA"), (events, "00UA"), (mails, "02sA")):
        assert rows.tables["touches"].height == 0
        assert [(odd.column, odd.record_ids) for odd in rows.odd] == [("at", (record_id,))]


def test_a_task_of_ours_due_in_year_one_is_read_without_its_day() -> None:
    rows = own_task_rows([{"Id": "00TA", "ActivityDate": "0001-01-01"}], "005A")

    assert rows.tables["own_tasks"].select("task_id", "due").rows() == [("00TA", None)]
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [("due", ("00TA",))]


def test_an_org_with_such_a_deal_is_read_whole(org: Any) -> None:
    deal_id = org.open_deal()["Id"]
    org.edit("Opportunity", deal_id, CloseDate="0001-01-01")
    pages = list(org.connected().pull(PullRequest()))

    odd = [(values.column, values.record_ids) for page in pages for values in page.odd]
    assert ("close_date", (deal_id,)) in odd
