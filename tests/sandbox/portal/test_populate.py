"""The story as a HubSpot portal keeps it, beside the same story in Salesforce."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from sandbox.hubspot.portal.portal import Portal, Record
from sandbox.hubspot.seed.populate import populate
from sandbox.hubspot.seed.provision import ROLE_LABELS
from sandbox.hubspot.seed.seeded_stages import PHASE_OF_STAGE
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.populate import populate as populate_org
from sandbox.story.story import Story

KINDS = ("deals", "contacts", "companies", "tasks", "meetings", "calls", "emails")


@pytest.fixture(scope="module")
def org(seeded: Portal) -> Org:
    made = Org(now=seeded.now)
    populate_org(made, deals=120, seed=1, now=seeded.now())
    return made


@pytest.fixture(scope="module")
def story(seeded: Portal) -> Story:
    return Story(deals=120, seed=1, now=seeded.now())


def properties(seeded: Portal, object_type: str) -> list[dict[str, Any]]:
    return [record["properties"] for record in seeded.table(object_type)]


def by_id(seeded: Portal, object_type: str) -> dict[str, Record]:
    return {record["id"]: record for record in seeded.table(object_type)}


@pytest.mark.parametrize("object_type", KINDS)
def test_every_object_is_filled(seeded: Portal, object_type: str) -> None:
    rows = seeded.table(object_type)
    assert rows
    assert all(row["createdAt"] and row["createdAt"] <= row["updatedAt"] for row in rows)


def test_the_same_size_and_seed_fill_the_same_records(seeded: Portal) -> None:
    again = Portal(now=seeded.now)
    populate(again, deals=120, seed=1, now=seeded.now())
    assert [row["id"] for row in again.table("calls")] == [row["id"] for row in seeded.table("calls")]


def test_nothing_but_what_is_booked_lies_in_the_future(seeded: Portal) -> None:
    now = "2026-06-15T09:00:00.000Z"
    for object_type in KINDS:
        assert all(row["updatedAt"] <= now for row in seeded.table(object_type))
    booked = [row["hs_meeting_outcome"] for row in properties(seeded, "meetings") if row["hs_timestamp"] > now]
    assert set(booked) == {"SCHEDULED"}


def test_the_deals_are_those_of_salesforce(seeded: Portal, org: Org) -> None:
    here = {(row["dealname"], row["amount"], row["closedate"][:10]) for row in properties(seeded, "deals")}
    there = {
        (row["Name"], None if row["Amount"] is None else str(int(row["Amount"])), row["CloseDate"])
        for row in org.table("Opportunity")
    }
    assert here == there


def test_closed_and_won_are_as_many_as_in_salesforce(seeded: Portal, org: Org) -> None:
    here = Counter(
        (row["hs_is_closed"] == "true", row["hs_is_closed_won"] == "true") for row in properties(seeded, "deals")
    )
    assert here == Counter((row["IsClosed"], row["IsWon"]) for row in org.table("Opportunity"))


def test_the_texts_are_those_of_salesforce(seeded: Portal, org: Org) -> None:
    assert Counter(row["dw_metrics"] for row in properties(seeded, "deals")) == Counter(
        row["Metrics__c"] for row in org.table("Opportunity")
    )


def test_touches_are_those_of_salesforce(seeded: Portal, org: Org) -> None:
    assert len(seeded.table("meetings")) == len(org.table("Event"))
    assert len(seeded.table("emails")) == len(org.table("EmailMessage"))
    calls = [row for row in org.table("Task") if row["TaskSubtype"] == "Call"]
    assert Counter(row["hs_call_title"] for row in properties(seeded, "calls")) == Counter(
        row["Subject"] for row in calls
    )


def test_roles_are_labels_or_stand_on_the_contact(seeded: Portal, story: Story) -> None:
    contacts, wide = by_id(seeded, "contacts"), 0
    values = {"LEGAL_AND_COMPLIANCE": "Legal", "EXECUTIVE_SPONSOR": "Executive sponsor"}
    for deal, record in zip(story.deals(), seeded.table("deals"), strict=True):
        expected = Counter(
            (str(10_100_000_001 + role.contact), ROLE_LABELS[role.role]) for role in deal.roles if role.role
        )
        kept: Counter[tuple[str, str]] = Counter()
        for link in seeded.associated("deals", [record["id"]], "contacts").get(record["id"], ()):
            labels = [known.label for known in link.types if known.label]
            value = contacts[str(link.to_id)]["properties"]["hs_buying_role"]
            if not labels and value:
                wide += 1
                labels = [values[value]]
            kept.update((str(link.to_id), label) for label in labels)
        assert kept == expected
    assert wide


def test_a_deal_says_how_many_contacts_it_has(seeded: Portal, story: Story) -> None:
    expected = [str(len({role.contact for role in deal.roles})) for deal in story.deals()]
    assert [row["num_associated_contacts"] for row in properties(seeded, "deals")] == expected


def test_some_touches_are_on_contacts_alone(seeded: Portal) -> None:
    ids = [row["id"] for row in seeded.table("meetings")]
    on_deals, on_contacts = (len(seeded.associated("meetings", ids, kind)) for kind in ("deals", "contacts"))
    assert on_deals < on_contacts == len(ids)


def test_the_stay_in_a_stage_is_timed(seeded: Portal, story: Story) -> None:
    for deal, row in zip(story.deals(), properties(seeded, "deals"), strict=True):
        assert row["hs_v2_date_entered_current_stage"][:16] == deal.stage_entered_at.isoformat()[:16]
        stage = seeded.schema.stage(row["pipeline"], row["dealstage"])
        assert stage is not None
        assert row[f"hs_v2_date_entered_{stage.property_suffix}"] is not None


def test_every_value_that_stage_amount_and_close_date_had_is_kept(seeded: Portal, story: Story) -> None:
    names = ("dealstage", "amount", "closedate")
    for deal, row in zip(story.deals(), seeded.table("deals"), strict=True):
        record = seeded.get("deals", row["id"], history=names)
        assert record is not None
        days = [entry["value"][:10] for entry in record["propertiesWithHistory"]["closedate"]]
        expected = [step.close_date.isoformat() for step in deal.steps]
        assert days == [day for place, day in enumerate(expected) if place == 0 or expected[place - 1] != day][::-1]


def test_owners_who_left_are_archived_and_still_own_deals(seeded: Portal) -> None:
    archived = {owner.id for owner in seeded.schema.owners.values() if owner.archived}
    assert archived & {row["hubspot_owner_id"] for row in properties(seeded, "deals")}


def test_no_owner_has_the_id_of_a_user(seeded: Portal) -> None:
    owners = seeded.schema.owners.values()
    assert not {owner.id for owner in owners} & {owner.user_id for owner in owners}


def test_an_archived_owner_has_no_user_id_any_more(seeded: Portal) -> None:
    archived = next(owner for owner in seeded.schema.owners.values() if owner.archived).wire()
    assert (archived["userId"], archived["archived"]) == (None, True)
    assert archived["userIdIncludingInactive"]


def test_every_open_stage_has_a_phase(seeded: Portal) -> None:
    stages = seeded.schema.pipelines["default"].stages
    assert [stage.id for stage in stages if not stage.is_closed and stage.id not in PHASE_OF_STAGE] == []
    assert {stage.id.isdecimal() for stage in stages} == {True, False}


@pytest.mark.parametrize("object_type", KINDS)
def test_every_value_is_one_that_the_portal_would_accept(seeded: Portal, object_type: str) -> None:
    known = seeded.schema.all(object_type)
    for row in properties(seeded, object_type):
        for name, value in row.items():
            allowed = {option.value for option in known[name].options}
            assert value is None or isinstance(value, str)
            assert value is None or not allowed or set(value.split(";")) <= allowed


def test_three_hundred_deals_are_there_in_a_moment(seeded: Portal) -> None:
    started = time.process_time()
    populate(Portal(now=seeded.now), deals=300, seed=2, now=seeded.now())
    assert time.process_time() - started < 4  # under one second where nothing else runs


def test_a_portal_of_no_deals_has_stages_and_properties_all_the_same(seeded: Portal) -> None:
    empty = Portal(now=seeded.now)
    populate(empty, deals=0, seed=1, now=seeded.now())
    assert empty.table("deals") == []
    assert "dw_metrics" in empty.schema.all("deals")
