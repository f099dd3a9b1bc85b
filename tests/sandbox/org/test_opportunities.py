from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce.org.org import Org


def row(org: Org, deal: str) -> dict[str, Any]:
    return org.get("Opportunity", deal) or {}


@pytest.mark.parametrize(
    ("stage", "derived"),
    [
        ("Closing", (False, False, 90.0, "Forecast")),
        ("Closed Won", (True, True, 100.0, "Closed")),
        ("Closed Lost", (True, False, 0.0, "Omitted")),
    ],
)
def test_a_stage_decides_flags_probability_and_forecast(
    org: Org, deal: str, stage: str, derived: tuple[Any, ...]
) -> None:
    org.update("Opportunity", deal, {"StageName": stage}, by=org.user_id)
    opportunity = row(org, deal)
    assert tuple(opportunity[name] for name in ("IsClosed", "IsWon", "Probability", "ForecastCategory")) == derived


def test_a_probability_given_with_the_stage_is_kept(org: Org, deal: str) -> None:
    org.update("Opportunity", deal, {"StageName": "Closing", "Probability": 55}, by=org.user_id)
    assert row(org, deal)["Probability"] == 55.0
    assert row(org, deal)["ExpectedRevenue"] == 8250.0


def test_only_a_change_of_stage_moves_its_date(org: Org, watch: Any, deal: str) -> None:
    assert row(org, deal)["LastStageChangeDate"] is None
    watch.advance(days=1)
    org.update("Opportunity", deal, {"Amount": 1}, by=org.user_id)
    assert row(org, deal)["LastStageChangeDate"] is None
    org.update("Opportunity", deal, {"StageName": "Closing"}, by=org.user_id)
    assert row(org, deal)["LastStageChangeDate"] == "2026-06-16T09:00:00.000+0000"


def test_the_forecast_history_has_a_row_for_creation_and_for_each_change(org: Org, watch: Any, deal: str) -> None:
    watch.advance(days=1)
    org.update("Opportunity", deal, {"CloseDate": "2026-12-31", "Amount": 9}, by=org.user_id)
    org.update("Opportunity", deal, {"NextStep": "call"}, by=org.user_id)
    first, second = org.table("OpportunityHistory")
    assert (first["Amount"], first["PrevAmount"]) == (15000.0, None)
    assert (second["Amount"], second["PrevAmount"]) == (9.0, 15000.0)
    assert (second["CloseDate"], second["PrevCloseDate"]) == ("2026-12-31", "2026-09-30")
    assert row(org, deal)["LastAmountChangedHistoryId"] == second["Id"]


def test_tracked_fields_are_kept_and_a_lookup_twice(org: Org, deal: str) -> None:
    org.update("Opportunity", deal, {"StageName": "Closing", "OwnerId": org.user_id}, by=org.user_id)
    kept = [(item["Field"], item["DataType"], item["NewValue"]) for item in org.table("OpportunityFieldHistory")]
    assert ("StageName", "Text", "Closing") in kept
    assert ("Owner", "Text", "Sandbox Integration") in kept
    assert ("Owner", "EntityId", org.user_id) in kept


def test_without_tracking_no_field_history_is_kept(org: Org, deal: str) -> None:
    org.quirks["field_history"] = False
    org.update("Opportunity", deal, {"StageName": "Closing"}, by=org.user_id)
    assert org.table("OpportunityFieldHistory") == []


def test_a_contact_given_on_creation_becomes_the_primary_role(org: Org, contact: str) -> None:
    values = {"Name": "d", "StageName": "Discovery", "CloseDate": "2026-09-30", "ContactId": contact}
    deal = org.insert("Opportunity", values, by=org.user_id)
    (role,) = org.table("OpportunityContactRole")
    assert (role["OpportunityId"], role["ContactId"], role["IsPrimary"]) == (deal, contact, True)


@pytest.mark.parametrize(("exclusive", "primaries"), [(True, 1), (False, 2)])
def test_a_primary_role_takes_the_mark_from_others(
    org: Org, deal: str, contact: str, exclusive: bool, primaries: int
) -> None:
    org.quirks["primary_role_exclusive"] = exclusive
    for role in ("Champion", "Evaluator"):
        values = {"OpportunityId": deal, "ContactId": contact, "Role": role, "IsPrimary": True}
        org.insert("OpportunityContactRole", values, by=org.user_id)
    assert sum(role["IsPrimary"] for role in org.table("OpportunityContactRole")) == primaries


def test_a_redefined_stage_changes_its_deals_without_touching_their_stamp(
    org: Org, watch: Any, person: str, deal: str
) -> None:
    watch.advance(days=1)
    stage = next(stage["Id"] for stage in org.table("OpportunityStage") if stage["ApiName"] == "Discovery")
    org.update("OpportunityStage", stage, {"IsClosed": True}, by=person)
    assert row(org, deal)["IsClosed"] is True
    assert row(org, deal)["SystemModstamp"] == "2026-06-15T09:00:00.000+0000"
