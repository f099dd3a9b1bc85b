"""Opportunity records as deals, and their history as changes."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any

from connectors.elements import ElementColumns
from connectors.model import TABLES
from connectors.salesforce.rates import Rates
from connectors.salesforce.rows.changes import field_history_rows, history_rows
from connectors.salesforce.rows.deals import deal_rows
from connectors.salesforce.shape import DealShape

SHAPE = DealShape(
    elements=(
        ElementColumns("metrics", text="Metrics__c", shows=1),
        ElementColumns("decision_criteria", text="DC__c", fields=(("DC_Level__c", "picklist"),), shows=3),
        ElementColumns("champion", fields=(("Champion__c", "lookup"),), role="champion", shows=2),
        ElementColumns("paper_process", fields=(("PP__c", "checkbox"),), confirmed_on="PP_On__c", shows=1),
        ElementColumns("competition", role=None),
    ),
    extras={"x_tier": "Account.Tier__c"},
    muted_until="Muted__c",
)


def deal(**more: Any) -> dict[str, Any]:
    return {
        "Id": "006000000000001AAA",
        "Name": "Big one",
        "Amount": 15000,
        "StageName": "Discovery",
        "IsClosed": False,
        "IsWon": False,
        "CloseDate": "2026-07-31",
        "CreatedDate": "2026-01-02T03:04:05.000+0000",
        "LastStageChangeDate": None,
        **more,
    }


def one(**more: Any) -> dict[str, Any]:
    return deal_rows([deal(**more)], SHAPE, Rates()).tables["deals"].row(0, named=True)


def test_a_deal_that_never_changed_stage_entered_it_when_it_was_created() -> None:
    assert one()["stage_entered_at"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    moved = one(LastStageChangeDate="2026-02-01T00:00:00.000+0000")
    assert moved["stage_entered_at"] == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_closed_deal_closed_when_its_stage_changed_or_on_its_close_date() -> None:
    assert one()["closed_at"] is None
    assert one(IsClosed=True)["closed_at"] == datetime(2026, 7, 31, tzinfo=UTC)
    moved = one(IsClosed=True, LastStageChangeDate="2026-02-01T00:00:00.000+0000")
    assert moved["closed_at"] == datetime(2026, 2, 1, tzinfo=UTC)


def test_the_best_of_text_and_level_counts() -> None:
    assert one(DC__c="Price and security", DC_Level__c=None)["decision_criteria_level"] == 1
    assert one(DC__c="TBD", DC_Level__c="2 - Confirmed")["decision_criteria_level"] == 2
    assert one(DC__c="TBD", DC_Level__c="2 - Confirmed")["decision_criteria_filler"] is True
    assert one(DC__c="TBD", DC_Level__c="0 - Unknown")["decision_criteria_filled"] is False


def test_an_element_without_a_readable_field_is_null() -> None:
    row = one()
    assert {row[f"competition_{name}"] for name in ("level", "filled", "filler", "confirmed_on")} == {None}
    assert row["implicate_pain_level"] is None


def test_only_a_text_can_be_filler() -> None:
    assert one(PP__c=True)["paper_process_filler"] is None
    assert one(PP__c=True)["paper_process_level"] == 1


def test_dates_and_extras_are_read_from_their_paths() -> None:
    row = one(Account={"Tier__c": "Gold"}, Muted__c="2026-09-01", PP_On__c="2026-06-01T10:00:00.000+0000")
    assert row["extras"] == '{"x_tier": "Gold"}'
    assert row["muted_until"] == date(2026, 9, 1)
    assert row["paper_process_confirmed_on"] == date(2026, 6, 1)
    assert one(Account=None)["extras"] == '{"x_tier": null}'


def test_odd_values_are_unknown_and_not_a_crash() -> None:
    row = one(Amount="n/a", CloseDate="31/07/2026", CreatedDate=None, IsClosed=None, Probability=1000)
    assert (row["amount"], row["close_date"], row["created_at"], row["is_closed"]) == (None, None, None, None)
    assert row["probability"] == 1000.0


def test_an_emptied_lookup_takes_its_role_row_away() -> None:
    found = deal_rows([deal(Champion__c="003A"), deal(Id="006B", Champion__c=None)], SHAPE, Rates())
    assert found.tables["roles"]["role_id"].to_list() == ["006000000000001AAA:Champion__c"]
    assert found.gone["roles"] == ("006B:Champion__c",)


def test_a_deleted_deal_is_gone_and_no_row() -> None:
    found = deal_rows([deal(IsDeleted=True)], SHAPE, Rates())
    assert found.tables["deals"].schema == TABLES["deals"]
    assert found.tables["deals"].height == 0
    assert found.gone["deals"] == ("006000000000001AAA",)


def test_two_thousand_deals_convert_quickly() -> None:
    text = "Close the books in three days instead of nine, worth two analysts a month. " * 3
    records = [
        deal(Id=f"006{at:012d}AAA", Metrics__c=text, DC__c="TBD", DC_Level__c="1 - Identified", Champion__c="003A")
        for at in range(2000)
    ]
    deal_rows(records, SHAPE, Rates())
    taken = []
    for _ in range(3):
        start = time.process_time()
        deal_rows(records, SHAPE, Rates())
        taken.append(time.process_time() - start)
    assert min(taken) < 0.5  # about 0.08 s of CPU; the rest is room for slower machines


def history(at: str, stage: str = "Discovery", **more: Any) -> dict[str, Any]:
    return {"Id": f"008{at}", "OpportunityId": "006A", "CreatedDate": at, "StageName": stage, **more}


def changes(records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return history_rows(records).tables["changes"].select("field", "old", "new").rows()


def test_history_tells_pushes_and_amounts_from_the_record_itself() -> None:
    record = history(
        "2026-02-01T00:00:00Z", CloseDate="2026-08-31", PrevCloseDate="2026-07-31", Amount=9.0, PrevAmount=9.0
    )
    assert changes([record]) == [("close_date", "2026-07-31", "2026-08-31")]


def test_history_tells_stages_from_the_record_before() -> None:
    records = [history("2026-02-01T00:00:00Z"), history("2026-03-01T00:00:00Z", "Evaluation")]
    assert changes(records) == [("stage", "Discovery", "Evaluation")]


def test_a_lone_record_is_a_stage_change_only_if_the_deal_says_so() -> None:
    at, parent = "2026-03-01T00:00:00Z", {"CreatedDate": "2026-01-01T00:00:00Z"}
    assert changes([history(at, Opportunity={**parent, "LastStageChangeDate": at})]) == [("stage", None, "Discovery")]
    assert changes([history(at, Opportunity={**parent, "LastStageChangeDate": "2026-02-01T00:00:00Z"})]) == []
    assert changes([history(at, Opportunity={"CreatedDate": at, "LastStageChangeDate": at})]) == []


def test_an_owner_change_recorded_twice_counts_once() -> None:
    base = {"OpportunityId": "006A", "Field": "Owner", "CreatedDate": "2026-03-01T00:00:00Z"}
    records = [
        {"Id": "1", **base, "OldValue": "Ann", "NewValue": "Bob"},
        {"Id": "2", **base, "OldValue": "005A", "NewValue": "005B"},
        {"Id": "3", **base, "Field": "Metrics__c", "OldValue": None, "NewValue": None},
        {"Id": "4", **base, "Field": "Amount", "OldValue": 1, "NewValue": 2},
    ]
    found = field_history_rows(records, {"Metrics__c": "metrics"}).tables["changes"]
    assert found.select("change_id", "field", "old", "new").rows() == [
        ("2:owner", "owner", "005A", "005B"),
        ("3:metrics", "metrics", None, None),
    ]
