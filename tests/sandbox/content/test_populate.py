"""The story as a Salesforce org keeps it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.salesforce.data.ids import case_suffix
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.populate import populate
from sandbox.story.story import Story

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
NOW_ON_THE_WIRE = "2026-06-15T09:00:00.000+0000"
FILLED = (
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityStage",
    "OpportunityHistory",
    "OpportunityFieldHistory",
    "Account",
    "Contact",
    "User",
    "Task",
    "TaskRelation",
    "Event",
    "EventRelation",
    "EmailMessage",
    "EmailMessageRelation",
)


def ids(org: Org, sobject: str) -> set[str]:
    return {row["Id"] for row in org.table(sobject)}


@pytest.mark.parametrize("sobject", FILLED)
def test_every_object_is_filled_with_well_formed_ids(seeded: Org, sobject: str) -> None:
    rows = seeded.table(sobject)
    assert rows
    prefix = seeded.schema.objects[sobject].prefix
    for row in rows:
        assert len(row["Id"]) == 18
        assert row["Id"].startswith(prefix)
        assert row["Id"][15:] == case_suffix(row["Id"][:15])


def test_the_same_size_and_seed_fill_the_same_rows(seeded: Org) -> None:
    again = Org(now=lambda: NOW)
    populate(again, deals=200, seed=1, now=NOW)
    assert ids(again, "Task") == ids(seeded, "Task")
    names = {row["Id"]: (row["Name"], row["Amount"]) for row in again.table("Opportunity")}
    assert names == {row["Id"]: (row["Name"], row["Amount"]) for row in seeded.table("Opportunity")}


def test_open_deals_are_as_many_as_asked_for_and_closed_ones_come_on_top(seeded: Org) -> None:
    assert Counter(row["IsClosed"] for row in seeded.table("Opportunity")) == {False: 200, True: 80}


def test_an_empty_pipeline_has_stages_and_no_deals(org: Org) -> None:
    populate(org, deals=0, seed=1, now=NOW)
    assert org.table("Opportunity") == []
    assert len(org.table("OpportunityStage")) == 8


@pytest.mark.parametrize(
    ("sobject", "lookup", "target"),
    [
        ("Opportunity", "AccountId", "Account"),
        ("Opportunity", "OwnerId", "User"),
        ("Opportunity", "Champion__c", "Contact"),
        ("OpportunityContactRole", "OpportunityId", "Opportunity"),
        ("OpportunityContactRole", "ContactId", "Contact"),
        ("Contact", "AccountId", "Account"),
        ("User", "ManagerId", "User"),
        ("TaskRelation", "TaskId", "Task"),
        ("EventRelation", "EventId", "Event"),
        ("EmailMessage", "ActivityId", "Task"),
        ("EmailMessage", "RelatedToId", "Opportunity"),
        ("EmailMessageRelation", "EmailMessageId", "EmailMessage"),
    ],
)
def test_lookups_lead_to_rows(seeded: Org, sobject: str, lookup: str, target: str) -> None:
    referenced = {row[lookup] for row in seeded.table(sobject)} - {None}
    assert referenced
    assert referenced <= ids(seeded, target)


def test_a_mail_is_a_message_with_a_closed_task_of_subtype_email(seeded: Org) -> None:
    tasks = {row["Id"]: row for row in seeded.table("Task")}
    messages = seeded.table("EmailMessage")
    assert {message["Incoming"] for message in messages} == {True, False}
    for message in messages:
        task = tasks[message["ActivityId"]]
        assert (task["TaskSubtype"], task["IsClosed"]) == ("Email", True)


def test_an_inbound_mail_comes_from_a_contact_and_goes_to_a_user(seeded: Org) -> None:
    kinds: dict[str, set[tuple[Any, Any]]] = {}
    for row in seeded.table("EmailMessageRelation"):
        kinds.setdefault(row["EmailMessageId"], set()).add((row["RelationType"], row["RelationObjectType"]))
    inbound = [message["Id"] for message in seeded.table("EmailMessage") if message["Incoming"]]
    for message in inbound:
        assert kinds[message] == {("FromAddress", "Contact"), ("ToAddress", "User")}


def test_calls_say_whether_somebody_answered(seeded: Org) -> None:
    calls = [row for row in seeded.table("Task") if row["TaskSubtype"] == "Call"]
    outcomes = {(row["CallDisposition"] == "Connected", row["CallDurationInSeconds"] > 0) for row in calls}
    assert outcomes == {(True, True), (False, False)}


def test_meetings_relate_to_every_attendee_and_to_the_deal(seeded: Org) -> None:
    related: dict[str, list[dict[str, Any]]] = {}
    for row in seeded.table("EventRelation"):
        related.setdefault(row["EventId"], []).append(row)
    events = seeded.table("Event")
    assert any(event["WhoCount"] > 1 for event in events)
    for event in events:
        rows = related[event["Id"]]
        assert event["WhoId"] in {row["RelationId"] for row in rows if not row["IsWhat"]}
        assert {row["RelationId"] for row in rows if row["IsWhat"]} == ({event["WhatId"]} - {None})


def test_some_meetings_are_booked_for_later(seeded: Org) -> None:
    assert any(event["StartDateTime"] > NOW_ON_THE_WIRE for event in seeded.table("Event"))


@pytest.mark.parametrize("sobject", FILLED)
def test_no_row_was_touched_within_the_last_hour(seeded: Org, sobject: str) -> None:
    own = {seeded.user_id}
    for row in seeded.table(sobject):
        if sobject != "OpportunityStage" and row["Id"] not in own and not str(row.get("Username")).startswith("admin"):
            assert row.get("SystemModstamp", row["CreatedDate"]) <= "2026-06-15T08:00:00.000+0000"


def test_history_ends_where_the_deal_stands(seeded: Org) -> None:
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(seeded.table("OpportunityHistory"), key=lambda row: (row["CreatedDate"], row["Id"])):
        last[row["OpportunityId"]] = row
    for deal in seeded.table("Opportunity"):
        step = last[deal["Id"]]
        standing = (deal["StageName"], deal["Amount"], deal["CloseDate"])
        assert (step["StageName"], step["Amount"], step["CloseDate"]) == standing


def test_a_deal_entered_its_stage_when_its_history_says(seeded: Org) -> None:
    first: dict[tuple[str, str], str] = {}
    for row in seeded.table("OpportunityHistory"):
        key = (row["OpportunityId"], row["StageName"])
        first[key] = min(first.get(key, row["CreatedDate"]), row["CreatedDate"])
    for deal in seeded.table("Opportunity"):
        assert deal["LastStageChangeDate"] == first[deal["Id"], deal["StageName"]]


def test_roles_use_values_of_the_picklist(seeded: Org) -> None:
    picklist = seeded.schema.objects["OpportunityContactRole"].fields["Role"].picklist
    roles = {row["Role"] for row in seeded.table("OpportunityContactRole")}
    assert roles - {None} <= set(picklist)
    assert {"Champion", "Economic Buyer", None} <= roles


def test_criteria_levels_use_values_of_the_picklist(seeded: Org) -> None:
    picklist = seeded.schema.objects["Opportunity"].fields["Decision_Criteria_Level__c"].picklist
    levels = {row["Decision_Criteria_Level__c"] for row in seeded.table("Opportunity")}
    assert levels - {None} <= set(picklist)
    assert len(levels) > 3


def test_last_activity_follows_from_the_activities(seeded: Org) -> None:
    dated = [row for row in seeded.table("Opportunity") if row["LastActivityDate"]]
    assert len(dated) > 150


def test_records_made_later_get_ids_of_their_own(seeded: Org) -> None:
    org = Org(now=lambda: NOW)
    populate(org, deals=3, seed=1, now=NOW)
    before = ids(org, "Task")
    deal = next(iter(ids(org, "Opportunity")))
    made = org.insert(
        "Task", {"Subject": "New", "WhatId": deal, "Status": "Not Started", "Priority": "Normal"}, by=org.user_id
    )
    assert made not in before
    assert len(ids(org, "Task")) == len(before) + 1


def test_the_org_keeps_what_the_story_tells(seeded: Org) -> None:
    deals = list(Story(deals=200, seed=1, now=NOW).deals())
    assert len(seeded.table("OpportunityContactRole")) == sum(len(deal.roles) for deal in deals)
    meetings = sum(touch.kind == "meeting" for deal in deals for touch in deal.touches)
    mails = sum(touch.kind == "email" for deal in deals for touch in deal.touches)
    assert (len(seeded.table("Event")), len(seeded.table("EmailMessage"))) == (meetings, mails)
    past_close = sum(deal.current_step.close_date < NOW.date() for deal in deals if deal.outcome == "open")
    rows = seeded.table("Opportunity")
    assert sum(not row["IsClosed"] and row["CloseDate"] < "2026-06-15" for row in rows) == past_close
