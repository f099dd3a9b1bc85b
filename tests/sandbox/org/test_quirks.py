from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.salesforce.org.org import Org, QueryError, RowError

Ask = Callable[..., list[dict[str, Any]]]


def test_the_validation_rule_refuses_tasks_by_their_subject(org: Org) -> None:
    org.quirks["validation_rule"] = "forbidden"
    with pytest.raises(RowError, match="FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        org.insert("Task", {"Subject": "a forbidden thing"}, by=org.user_id)
    assert org.insert("Task", {"Subject": "another thing"}, by=org.user_id)


def test_so_many_writes_of_the_integration_user_meet_a_lock(org: Org, person: str) -> None:
    org.quirks["lock_rows"] = 2
    org.insert("Task", {}, by=person)
    for _ in range(2):
        with pytest.raises(RowError, match="UNABLE_TO_LOCK_ROW"):
            org.insert("Task", {}, by=org.user_id)
    assert org.insert("Task", {}, by=org.user_id)


def test_late_writes_of_people_appear_later_under_their_old_stamp(
    org: Org, watch: Any, person: str, deal: str, ask: Ask
) -> None:
    org.quirks["late_commit_s"] = 60
    watch.advance(minutes=1)
    org.update("Opportunity", deal, {"NextStep": "late"}, by=person)
    added = org.insert("Task", {"WhatId": deal}, by=person)
    watch.advance(seconds=59)
    assert ask("SELECT NextStep FROM Opportunity") == [{"NextStep": None}]
    assert org.get("Task", added) is None
    watch.advance(seconds=1)
    (row,) = ask("SELECT NextStep, SystemModstamp FROM Opportunity")
    assert row == {"NextStep": "late", "SystemModstamp": "2026-06-15T09:01:00.000+0000"}
    assert org.get("Task", added) is not None


def test_a_late_write_never_takes_a_row_s_stamp_back(org: Org, watch: Any, person: str, deal: str, ask: Ask) -> None:
    org.quirks["late_commit_s"] = 60
    org.update("Opportunity", deal, {"NextStep": "late"}, by=person)
    watch.advance(seconds=30)
    org.update("Opportunity", deal, {"Amount": 7}, by=org.user_id)
    (written,) = ask("SELECT SystemModstamp FROM Opportunity")
    watch.advance(seconds=30)
    assert ask("SELECT NextStep, SystemModstamp FROM Opportunity") == [{"NextStep": "late", **written}]


def test_writes_of_the_integration_user_are_never_late(org: Org, ask: Ask) -> None:
    org.quirks["late_commit_s"] = 60
    org.insert("Task", {}, by=org.user_id)
    assert len(ask("SELECT Id FROM Task")) == 1


def test_a_late_write_that_would_be_refused_is_refused_at_once(org: Org, person: str) -> None:
    org.quirks["late_commit_s"] = 60
    with pytest.raises(RowError, match="REQUIRED_FIELD_MISSING"):
        org.insert("Opportunity", {}, by=person)


def test_several_currencies_bring_their_objects_and_fields(org: Org, deal: str, ask: Ask) -> None:
    with pytest.raises(QueryError, match="INVALID_TYPE"):
        ask("SELECT IsoCode FROM CurrencyType")
    org.quirks["multicurrency"] = True
    assert ask("SELECT IsoCode FROM CurrencyType") == []
    assert ask("SELECT CurrencyIsoCode FROM Opportunity") == [{"CurrencyIsoCode": "USD"}]


def test_an_inactive_owner_blocks_other_changes_under_the_quirk(org: Org, person: str) -> None:
    task = org.insert("Task", {"OwnerId": person}, by=org.user_id)
    org.update("User", person, {"IsActive": False}, by=org.user_id)
    org.update("Task", task, {"Subject": "fine"}, by=org.user_id)
    org.quirks["inactive_owner_blocks_update"] = True
    with pytest.raises(RowError, match="INACTIVE_OWNER_OR_USER"):
        org.update("Task", task, {"Subject": "not fine"}, by=org.user_id)


def test_white_space_is_kept_where_the_org_does_not_trim(org: Org) -> None:
    org.quirks["trim_text"] = False
    task = org.insert("Task", {"Subject": " x "}, by=org.user_id)
    assert (org.get("Task", task) or {})["Subject"] == " x "


def test_two_orgs_do_not_share_their_switches(org: Org, watch: Any) -> None:
    other = Org(now=watch)
    org.quirks["hide_fields"].append("Task.Subject")
    assert other.quirks["hide_fields"] == []
