from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.salesforce.org.org import Org, RowError

Ask = Callable[..., list[dict[str, Any]]]


def last_activity(org: Org, sobject: str, record_id: str) -> Any:
    return (org.get(sobject, record_id) or {})["LastActivityDate"]


def test_an_open_task_leaves_the_last_activity_alone(org: Org, deal: str) -> None:
    org.insert("Task", {"WhatId": deal, "ActivityDate": "2026-06-20"}, by=org.user_id)
    assert last_activity(org, "Opportunity", deal) is None


def test_a_closed_task_moves_it_to_its_due_day_for_deal_account_and_contact(
    org: Org, deal: str, account: str, contact: str
) -> None:
    task = org.insert("Task", {"WhatId": deal, "WhoId": contact, "ActivityDate": "2026-06-20"}, by=org.user_id)
    org.update("Task", task, {"Status": "Completed"}, by=org.user_id)
    for sobject, record_id in (("Opportunity", deal), ("Account", account), ("Contact", contact)):
        assert last_activity(org, sobject, record_id) == "2026-06-20"


def test_that_bump_moves_the_stamp_and_not_the_last_modifier(org: Org, watch: Any, person: str, deal: str) -> None:
    watch.advance(hours=1)
    values = {"WhatId": deal, "ActivityDate": "2026-06-20", "Status": "Completed"}
    org.insert("Task", values, by=org.user_id)
    row = org.get("Opportunity", deal) or {}
    assert row["SystemModstamp"] == "2026-06-15T10:00:00.000+0000"
    assert (row["LastModifiedDate"], row["LastModifiedById"]) == ("2026-06-15T09:00:00.000+0000", person)


def test_an_event_counts_with_its_own_day_even_ahead(org: Org, deal: str) -> None:
    org.insert("Event", {"WhatId": deal, "StartDateTime": "2026-08-01T15:00:00Z"}, by=org.user_id)
    assert last_activity(org, "Opportunity", deal) == "2026-08-01"


def test_reopening_moving_or_deleting_takes_the_date_back(org: Org, deal: str) -> None:
    values = {"WhatId": deal, "ActivityDate": "2026-06-01", "Status": "Completed"}
    org.insert("Task", values, by=org.user_id)
    later = org.insert("Task", values | {"ActivityDate": "2026-06-10"}, by=org.user_id)
    assert last_activity(org, "Opportunity", deal) == "2026-06-10"
    org.delete("Task", later, by=org.user_id)
    assert last_activity(org, "Opportunity", deal) == "2026-06-01"


def test_closing_stamps_the_completion_and_reopening_clears_it(org: Org) -> None:
    task = org.insert("Task", {"Subject": "x"}, by=org.user_id)
    org.update("Task", task, {"Status": "Completed"}, by=org.user_id)
    closed = org.get("Task", task) or {}
    assert (closed["IsClosed"], closed["CompletedDateTime"]) == (True, "2026-06-15T09:00:00.000+0000")
    org.update("Task", task, {"Status": "In Progress"}, by=org.user_id)
    reopened = org.get("Task", task) or {}
    assert (reopened["IsClosed"], reopened["CompletedDateTime"]) == (False, None)


def test_a_new_task_gets_its_defaults(org: Org) -> None:
    task = org.get("Task", org.insert("Task", {}, by=org.user_id)) or {}
    assert (task["Status"], task["Priority"], task["OwnerId"]) == ("Not Started", "Normal", org.user_id)


def test_an_activity_takes_the_account_of_its_deal_before_that_of_its_contact(
    org: Org, deal: str, account: str, contact: str
) -> None:
    about_deal = org.insert("Task", {"WhatId": deal}, by=org.user_id)
    with_contact = org.insert("Task", {"WhoId": contact}, by=org.user_id)
    assert [(org.get("Task", task) or {})["AccountId"] for task in (about_deal, with_contact)] == [account, account]


def test_each_task_has_relation_rows_that_follow_it(org: Org, person: str, deal: str, contact: str) -> None:
    other = org.insert("Contact", {"LastName": "Ray"}, by=person)
    task = org.insert("Task", {"WhatId": deal, "WhoId": contact}, by=org.user_id)
    org.update("Task", task, {"WhoId": other}, by=org.user_id)
    related = {row["RelationId"]: row["IsWhat"] for row in org.table("TaskRelation")}
    assert related == {deal: True, other: False}
    assert ((org.get("Task", task) or {})["WhoCount"], (org.get("Task", task) or {})["WhatCount"]) == (1, 1)


def test_an_added_relation_counts_for_its_contact(org: Org, person: str, deal: str, contact: str) -> None:
    values = {"WhatId": deal, "ActivityDate": "2026-06-01", "Status": "Completed"}
    task = org.insert("Task", values, by=org.user_id)
    org.insert("TaskRelation", {"TaskId": task, "RelationId": contact}, by=person)
    assert last_activity(org, "Contact", contact) == "2026-06-01"


def test_an_event_derives_its_times_from_start_and_length(org: Org) -> None:
    values = {"StartDateTime": "2026-06-16T02:00:00Z", "DurationInMinutes": 30}
    event = org.get("Event", org.insert("Event", values, by=org.user_id)) or {}
    assert event["EndDateTime"] == "2026-06-16T02:30:00.000+0000"
    assert event["ActivityDate"] == "2026-06-15", "ten in the evening in the org's own zone"


def test_old_closed_tasks_are_archived_and_only_queryall_finds_them(org: Org, watch: Any, ask: Ask) -> None:
    values = {"Status": "Completed", "ActivityDate": "2026-06-15"}
    org.insert("Task", values, by=org.user_id)
    org.insert("Task", {"ActivityDate": "2026-06-15"}, by=org.user_id)
    watch.advance(days=400)
    assert len(ask("SELECT Id FROM Task")) == 1
    assert sorted(row["IsArchived"] for row in ask("SELECT IsArchived FROM Task", all_rows=True)) == [False, True]


def test_archived_rows_refuse_writes_under_the_quirk(org: Org, watch: Any) -> None:
    task = org.insert("Task", {"Status": "Completed", "ActivityDate": "2026-06-15"}, by=org.user_id)
    watch.advance(days=400)
    org.update("Task", task, {"Subject": "still open to change"}, by=org.user_id)
    org.quirks["archived_is_locked"] = True
    with pytest.raises(RowError, match="ENTITY_IS_ARCHIVED"):
        org.update("Task", task, {"Subject": "no more"}, by=org.user_id)


def test_a_deal_knows_its_open_and_overdue_tasks(org: Org, watch: Any, deal: str) -> None:
    org.insert("Task", {"WhatId": deal, "ActivityDate": "2026-06-16"}, by=org.user_id)
    flags = [(org.get("Opportunity", deal) or {})[name] for name in ("HasOpenActivity", "HasOverdueTask")]
    watch.advance(days=3)
    later = (org.get("Opportunity", deal) or {})["HasOverdueTask"]
    assert (flags, later) == ([True, False], True)
