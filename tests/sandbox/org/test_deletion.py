from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sandbox.salesforce.org.org import Org, RowError

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def role(org: Org, deal: str, contact: str) -> str:
    return org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact}, by=org.user_id)


def deleted_ids(org: Org, watch: Any, sobject: str) -> list[str]:
    return [record_id for record_id, _ in org.deleted(sobject, watch.now, watch.now + timedelta(hours=1))]


def test_a_deleted_deal_takes_roles_and_tasks_into_the_bin(org: Org, deal: str, role: str, ask: Ask) -> None:
    task = org.insert("Task", {"WhatId": deal}, by=org.user_id)
    org.delete("Opportunity", deal, by=org.user_id)
    for sobject, record_id in (("Opportunity", deal), ("OpportunityContactRole", role), ("Task", task)):
        assert ask(f"SELECT Id FROM {sobject}") == []
        assert ask(f"SELECT Id, IsDeleted FROM {sobject}", all_rows=True) == [{"Id": record_id, "IsDeleted": True}]


def test_a_role_deleted_by_itself_is_gone_for_good_but_in_the_log(org: Org, watch: Any, role: str, ask: Ask) -> None:
    org.delete("OpportunityContactRole", role, by=org.user_id)
    assert ask("SELECT Id FROM OpportunityContactRole", all_rows=True) == []
    assert deleted_ids(org, watch, "OpportunityContactRole") == [role]


def test_a_second_delete_says_that_it_is_deleted(org: Org, role: str) -> None:
    org.delete("OpportunityContactRole", role, by=org.user_id)
    with pytest.raises(RowError, match="ENTITY_IS_DELETED"):
        org.delete("OpportunityContactRole", role, by=org.user_id)


@pytest.mark.parametrize("bumps", [True, False])
def test_undelete_brings_back_what_went_along(org: Org, watch: Any, deal: str, role: str, bumps: bool) -> None:
    org.quirks["undelete_bumps_stamp"] = bumps
    org.delete("Opportunity", deal, by=org.user_id)
    watch.advance(hours=1)
    org.undelete("Opportunity", deal, by=org.user_id)
    restored = org.get("OpportunityContactRole", role) or {}
    assert restored["IsDeleted"] is False
    assert restored["SystemModstamp"] == f"2026-06-15T{'10' if bumps else '09'}:00:00.000+0000"
    assert org.deleted("Opportunity", watch.now - timedelta(days=1), watch.now + timedelta(days=1)) == []


def test_a_merge_moves_children_to_the_winner_and_marks_the_loser(
    org: Org, person: str, deal: str, contact: str, role: str
) -> None:
    winner = org.insert("Contact", {"LastName": "Lee"}, by=person)
    task = org.insert("Task", {"WhoId": contact}, by=person)
    org.merge("Contact", winner, [contact])
    loser = org.get("Contact", contact) or {}
    assert (loser["IsDeleted"], loser["MasterRecordId"]) == (True, winner)
    assert (org.get("OpportunityContactRole", role) or {})["ContactId"] == winner
    assert (org.get("Task", task) or {})["WhoId"] == winner
    assert [row["RelationId"] for row in org.table("TaskRelation")] == [winner]


def test_users_cannot_be_deleted(org: Org, person: str) -> None:
    with pytest.raises(RowError, match="METHOD_NOT_ALLOWED"):
        org.delete("User", person, by=org.user_id)


def test_updated_names_living_rows_of_the_window_only(org: Org, watch: Any, deal: str) -> None:
    start = watch.now
    watch.advance(minutes=5)
    task = org.insert("Task", {}, by=org.user_id)
    gone = org.insert("Task", {}, by=org.user_id)
    org.delete("Task", gone, by=org.user_id)
    assert org.updated("Task", start, watch.now + timedelta(seconds=1)) == [task]
    assert org.updated("Task", start, watch.now) == [], "the end is left out"


def test_a_deleted_contact_leaves_its_roles_in_place_without_a_parent(
    org: Org, contact: str, role: str, ask: Ask
) -> None:
    org.delete("Contact", contact, by=org.user_id)
    assert ask("SELECT Id, Contact.Name FROM OpportunityContactRole") == [{"Id": role, "Contact": None}]


def test_ids_of_rows_gone_for_good_are_not_given_out_again(org: Org, role: str, deal: str, contact: str) -> None:
    org.delete("OpportunityContactRole", role, by=org.user_id)
    org.load("OpportunityContactRole", [])
    again = org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact}, by=org.user_id)
    assert again != role
