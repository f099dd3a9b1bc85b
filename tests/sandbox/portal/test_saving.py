"""What a write accepts, what it sets, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.portal import SYSTEM, Portal, RecordError

Value = Callable[[str, str, str], str | None]


def refusal(portal: Portal, object_type: str, record_id: str, values: dict[str, Any], **how: Any) -> RecordError:
    with pytest.raises(RecordError) as refused:
        portal.update(object_type, record_id, values, **how)
    return refused.value


def test_values_are_kept_as_text(portal: Portal, deal: str, value: Value) -> None:
    assert value("deals", deal, "amount") == "15000"
    assert value("deals", deal, "closedate") == "2026-09-30T00:00:00.000Z"


def test_an_empty_text_clears_a_value(portal: Portal, deal: str, value: Value) -> None:
    portal.update("deals", deal, {"amount": ""})
    assert value("deals", deal, "amount") is None


def test_moments_may_be_milliseconds(portal: Portal, deal: str, value: Value) -> None:
    portal.update("deals", deal, {"closedate": 1_790_000_000_123})
    assert value("deals", deal, "closedate") == "2026-09-21T14:13:20.123Z"


def test_a_leading_semicolon_appends_to_a_list(portal: Portal, contact: str, value: Value) -> None:
    portal.update("contacts", contact, {"hs_buying_role": "CHAMPION"})
    portal.update("contacts", contact, {"hs_buying_role": ";BUDGET_HOLDER"})
    assert value("contacts", contact, "hs_buying_role") == "CHAMPION;BUDGET_HOLDER"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"nothing": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_is_closed": "true"}, "READ_ONLY_VALUE"),
        ({"notes_last_updated": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"amount": "much"}, "INVALID_INTEGER"),
        ({"closedate": "asd000"}, "INVALID_LONG"),
        ({"deal_risk_as_of": 1_790_000_000_123}, "INVALID_DATE"),
        ({"dealstage": "nope"}, "INVALID_OPTION"),
        ({"deal_currency_code": "XXX"}, "INVALID_OPTION"),
        ({"hubspot_owner_id": "61200001"}, "INVALID_OWNER_ID"),
        ({"description": "x" * 65_537}, "MAX_LENGTH"),
    ],
)
def test_a_bad_value_is_named_with_its_kind(portal: Portal, deal: str, values: dict[str, Any], code: str) -> None:
    error = refusal(portal, "deals", deal, values)
    assert (error.status, error.category) == (400, "VALIDATION_ERROR")
    prefix, _, items = error.message.partition(": ")
    assert prefix == "Property values were not valid"
    assert [(item["name"], item["error"]) for item in json.loads(items)] == [(next(iter(values)), code)]
    assert error.errors[0]["code"] == code


def test_every_bad_value_of_a_record_is_named_at_once(portal: Portal, deal: str) -> None:
    error = refusal(portal, "deals", deal, {"amount": "much", "nothing": "1"})
    assert len(error.errors) == 2


def test_a_refused_write_changes_nothing(portal: Portal, deal: str, value: Value) -> None:
    before = value("deals", deal, "hs_lastmodifieddate")
    refusal(portal, "deals", deal, {"dealname": "New", "amount": "much"})
    assert value("deals", deal, "dealname") == "Big"
    assert value("deals", deal, "hs_lastmodifieddate") == before


@pytest.mark.parametrize(
    ("object_type", "values", "missing"),
    [
        ("deals", {"dealname": "A"}, ["dealstage"]),
        ("tasks", {"hs_task_subject": "A"}, ["hs_timestamp"]),
        ("contacts", {"jobtitle": "CFO"}, ["email", "firstname", "lastname"]),
    ],
)
def test_a_new_record_needs_its_required_properties(
    portal: Portal, object_type: str, values: dict[str, str], missing: list[str]
) -> None:
    with pytest.raises(RecordError) as refused:
        portal.create(object_type, values)
    assert refused.value.context == {"properties": missing}


def test_a_write_moves_the_stamp_and_names_its_user(portal: Portal, watch: Any, deal: str, value: Value) -> None:
    watch.advance(seconds=1.5)
    portal.update("deals", deal, {"amount": "1"})
    assert value("deals", deal, "hs_lastmodifieddate") == "2026-06-15T09:00:01.500Z"
    assert value("deals", deal, "hs_updated_by_user_id") == portal.user_id
    assert value("deals", deal, "hs_created_by_user_id") == portal.admin_id


def test_the_integration_may_go_unnamed(portal: Portal, deal: str, value: Value) -> None:
    portal.quirks["api_user_unnamed"] = True
    portal.update("deals", deal, {"amount": "1"})
    assert value("deals", deal, "hs_updated_by_user_id") is None


@pytest.mark.parametrize("bumps", [True, False])
def test_a_write_that_changes_nothing_moves_the_stamp_or_not(
    portal: Portal, watch: Any, deal: str, value: Value, bumps: bool
) -> None:
    portal.quirks["same_value_bumps_modified"] = bumps
    watch.advance(minutes=1)
    portal.update("deals", deal, {"amount": "15000"})
    assert (value("deals", deal, "hs_lastmodifieddate") == "2026-06-15T09:01:00.000Z") is bumps


def test_what_the_portal_sets_itself_can_be_set_in_its_name(portal: Portal, contact: str, value: Value) -> None:
    portal.update("contacts", contact, {"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, by=SYSTEM)
    assert value("contacts", contact, "hs_email_hard_bounce_reason_enum") == "UNKNOWN_USER"


def test_a_task_is_born_open_with_hubspots_defaults(portal: Portal, task: str) -> None:
    record = portal.get("tasks", task, properties=list(portal.schema.all("tasks")))
    assert record is not None
    expected = {
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "NONE",
        "hs_task_type": "TODO",
        "hs_task_is_completed": "0",
        "hs_task_completion_date": "2026-06-20T00:00:00.000Z",
    }
    assert expected.items() <= record["properties"].items()


def test_a_task_that_is_done_has_the_time_at_which_it_was(portal: Portal, watch: Any, task: str, value: Value) -> None:
    watch.advance(hours=1)
    portal.update("tasks", task, {"hs_task_status": "COMPLETED"})
    assert value("tasks", task, "hs_task_is_completed") == "1"
    assert value("tasks", task, "hs_task_completion_date") == "2026-06-15T10:00:00.000Z"


def test_the_preview_of_a_body_is_its_text(portal: Portal, task: str, value: Value) -> None:
    portal.update("tasks", task, {"hs_task_body": "<p>Meet <b>Ann</b> &amp; Bo</p>"})
    assert value("tasks", task, "hs_body_preview") == "Meet Ann & Bo"


def test_a_subject_may_be_refused(portal: Portal, task: str) -> None:
    portal.quirks["refuse_subject"] = "forbidden"
    assert refusal(portal, "tasks", task, {"hs_task_subject": "a forbidden word"}).category == "VALIDATION_ERROR"


def test_only_dated_writes_are_held_to_the_administrators_rules(portal: Portal, deal: str) -> None:
    portal.quirks["required_on_write"] = ["deals.closed_lost_reason"]
    portal.update("deals", deal, {"amount": "1"})
    error = refusal(portal, "deals", deal, {"amount": "2"}, dated=True)
    assert error.context == {"properties": ["closed_lost_reason"]}


@pytest.mark.parametrize("refused", [True, False])
def test_a_deactivated_owner_is_accepted_or_not(portal: Portal, deal: str, refused: bool) -> None:
    from dataclasses import replace

    owner = next(iter(portal.schema.owners.values()))
    portal.schema.set_owner(replace(owner, archived=True))
    portal.quirks["archived_owner_refused"] = refused
    if refused:
        assert "INVALID_OWNER_ID" in refusal(portal, "deals", deal, {"hubspot_owner_id": owner.id}).message
    else:
        portal.update("deals", deal, {"hubspot_owner_id": owner.id})


def test_peoples_writes_may_commit_late_under_their_old_stamp(
    portal: Portal, watch: Any, deal: str, value: Value
) -> None:
    portal.quirks["late_commit_s"] = 60
    portal.update("deals", deal, {"amount": "7"}, by=portal.admin_id)
    watch.advance(seconds=30)
    assert value("deals", deal, "amount") == "15000"
    watch.advance(seconds=30)
    assert value("deals", deal, "amount") == "7"
    assert value("deals", deal, "hs_lastmodifieddate") == "2026-06-15T09:00:00.000Z"


def test_a_late_write_never_takes_a_record_s_stamp_back(portal: Portal, watch: Any, deal: str, value: Value) -> None:
    portal.quirks["late_commit_s"] = 60
    portal.update("deals", deal, {"amount": "7"}, by=portal.admin_id)
    watch.advance(seconds=30)
    portal.update("deals", deal, {"dealname": "Ours"})
    written = value("deals", deal, "hs_lastmodifieddate")
    watch.advance(seconds=30)
    assert value("deals", deal, "amount") == "7"
    assert value("deals", deal, "hs_lastmodifieddate") == written


def test_hidden_properties_do_not_exist_for_the_integration(portal: Portal, deal: str) -> None:
    portal.quirks["hide_properties"] = ["deals.amount"]
    record = portal.get("deals", deal, properties=["amount", "dealname"])
    assert record is not None
    assert "amount" not in record["properties"]
    assert "PROPERTY_DOESNT_EXIST" in refusal(portal, "deals", deal, {"amount": "1"}).message
    assert portal.table("deals")[0]["properties"]["amount"] == "15000"


def test_hidden_records_are_not_there_for_the_integration(portal: Portal, deal: str) -> None:
    portal.quirks["hide_rows"] = [deal]
    assert portal.get("deals", deal) is None
    assert portal.list("deals") == ([], None)
    assert portal.batch_get("deals", [deal]) == ([], [deal])
    assert [record["id"] for record in portal.table("deals")] == [deal]


def test_a_record_that_lists_leave_out_is_there_by_its_id(portal: Portal, deal: str) -> None:
    portal.quirks["lists_leave_out"] = [deal]
    assert portal.list("deals") == ([], None)
    assert portal.batch_get("deals", [deal])[1] == []


def test_a_state_file_brings_everything_back(tmp_path: Path, watch: Any) -> None:
    from sandbox.hubspot.seed.populate import populate
    from sandbox.hubspot.seed.provision import provision

    first = Portal(now=watch, state=tmp_path / "portal.db")
    provision(first)
    populate(first, deals=3, seed=1, now=watch.now)
    before = {name: first.table(name) for name in ("deals", "contacts", "tasks", "calls")}
    labels, owners = first.labels("deals", "contacts"), first.schema.owners
    first.close()
    again = Portal(now=watch, state=tmp_path / "portal.db")
    assert {name: again.table(name) for name in before} == before
    assert again.labels("deals", "contacts") == labels
    assert again.schema.owners == owners
    assert again.schema.pipelines == first.schema.pipelines
    assert int(again.create("deals", {"dealname": "A", "dealstage": "contractsent"})["id"]) > int(
        before["deals"][-1]["id"]
    )


def test_a_portal_that_begins_like_another_goes_its_own_way(portal: Portal, deal: str, watch: Any) -> None:
    before, properties = portal.table("deals"), dict(portal.schema.all("deals"))

    other = Portal(now=watch, like=portal)
    assert other.table("deals") == before
    assert list(other.schema.all("deals")) == list(properties)
    other.schema.install("deals", Property("more", "More", group="dealinformation", standard=False))
    other.update("deals", deal, {"more": "b"})

    assert other.table("deals")[0]["properties"]["more"] == "b"
    assert (portal.table("deals"), portal.schema.all("deals")) == (before, properties)
