"""Unique values, and finding records by them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.portal.objects import object_named
from sandbox.hubspot.portal.portal import Portal, RecordError

DUE = {"hs_timestamp": "2026-06-20"}


def refused(portal: Portal, key: str = "dw:1") -> RecordError:
    with pytest.raises(RecordError) as error:
        portal.create("tasks", {"dealwarden_key": key, **DUE})
    return error.value


def test_a_second_record_with_a_unique_value_is_refused(portal: Portal, task: str) -> None:
    error = refused(portal)
    assert (error.status, error.category) == (400, "VALIDATION_ERROR")
    assert error.message.endswith("already has that value")


def test_a_taken_value_may_be_a_conflict(portal: Portal, task: str) -> None:
    portal.quirks["duplicate_is_conflict"] = True
    error = refused(portal)
    assert (error.status, error.category) == (409, "OBJECT_ALREADY_EXISTS")


def test_a_unique_value_may_be_locked_by_another_write(portal: Portal) -> None:
    portal.quirks["lock_unique"] = 1
    error = refused(portal, "dw:9")
    assert (error.status, error.category) == (423, "LOCKED")
    portal.create("tasks", {"dealwarden_key": "dw:9", **DUE})


def test_a_record_may_be_written_with_its_own_value(portal: Portal, task: str) -> None:
    portal.update("tasks", task, {"dealwarden_key": "dw:1"})


@pytest.mark.parametrize("frees", [True, False])
def test_an_archived_record_reserves_its_value_or_not(portal: Portal, task: str, frees: bool) -> None:
    portal.quirks["unique_frees_on_delete"] = frees
    portal.archive("tasks", task)
    if frees:
        portal.create("tasks", {"dealwarden_key": "dw:1", **DUE})
    else:
        refused(portal)


def test_records_are_read_by_their_key(portal: Portal, task: str) -> None:
    records, missing = portal.batch_get(
        "tasks", ["dw:1", "dw:2"], id_property="dealwarden_key", properties=["dealwarden_key"]
    )
    assert [(record["id"], record["properties"]["dealwarden_key"]) for record in records] == [(task, "dw:1")]
    assert missing == ["dw:2"]


@pytest.mark.parametrize("archived", [True, False])
def test_archived_records_are_read_by_key_only_where_they_are_asked_for(
    portal: Portal, task: str, archived: bool
) -> None:
    portal.archive("tasks", task)
    records, _ = portal.batch_get("tasks", ["dw:1"], id_property="dealwarden_key", archived=archived)
    assert [record["id"] for record in records] == ([task] if archived else [])


@pytest.mark.parametrize("name", ["hs_task_subject", "nothing"])
def test_a_property_that_is_not_unique_is_no_key(portal: Portal, task: str, name: str) -> None:
    with pytest.raises(RecordError, match="non-unique 0-27 property"):
        portal.batch_get("tasks", ["Ask"], id_property=name)


@pytest.mark.parametrize("name", ["email", "hs_object_id"])
def test_neither_mail_nor_record_id_is_a_key_of_an_update(portal: Portal, contact: str, name: str) -> None:
    with pytest.raises(RecordError, match="non-unique 0-1 property"):
        portal.update("contacts", contact, {"jobtitle": "CFO"}, id_property=name)


def test_without_uniqueness_equal_keys_are_accepted_and_are_no_ids(portal: Portal, task: str) -> None:
    portal.quirks["key_not_unique"] = True
    portal.create("tasks", {"dealwarden_key": "dw:1", **DUE})
    shown = portal.schema.wire(portal.schema.visible("tasks")["dealwarden_key"])
    assert shown["hasUniqueValue"] is False
    with pytest.raises(RecordError, match="non-unique"):
        portal.batch_get("tasks", ["dw:1"], id_property="dealwarden_key")


def test_contacts_are_unique_by_mail_in_any_case(portal: Portal, contact: str) -> None:
    with pytest.raises(RecordError, match=f"Existing ID: {contact}") as refusal:
        portal.create("contacts", {"email": "ANN@acme.example"})
    assert (refusal.value.status, refusal.value.category) == (409, "CONFLICT")


def test_an_upsert_creates_once_and_changes_afterwards(portal: Portal) -> None:
    first, was_new = portal.upsert("tasks", "dealwarden_key", "dw:5", {"hs_task_subject": "A", **DUE})
    second, is_new = portal.upsert("tasks", "dealwarden_key", "dw:5", {"hs_task_subject": "B"})
    assert (was_new, is_new) == (True, False)
    assert first["id"] == second["id"]
    assert second["properties"]["hs_task_subject"] == "B"


def _body(**more: Any) -> dict[str, Any]:
    body = {"name": "x", "label": "X", "type": "string", "fieldType": "text", "groupName": "task_information"}
    return body | more


def _add(portal: Portal, **more: Any) -> None:
    portal.schema.add(object_named("tasks"), _body(**more), "2026-06-15T09:00:00.000Z")


def test_an_object_has_ten_unique_properties_at_most(portal: Portal) -> None:
    for number in range(9):
        _add(portal, name=f"k{number}", hasUniqueValue=True)
    with pytest.raises(RecordError, match="10 properties"):
        _add(portal, name="k10", hasUniqueValue=True)


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({"groupName": "nowhere"}, "no property group"),
        ({"type": "number"}, "does not go with"),
        ({"type": "enumeration", "fieldType": "select"}, "needs options"),
        ({"type": "bool", "fieldType": "booleancheckbox", "hasUniqueValue": True}, "cannot have unique"),
        ({"name": "Not a name"}, "no property name"),
        ({"label": ""}, "required fields"),
        ({"name": "dealwarden_key"}, "already exists"),
    ],
)
def test_a_new_property_that_cannot_be_is_refused(portal: Portal, body: dict[str, Any], match: str) -> None:
    with pytest.raises(RecordError, match=match):
        _add(portal, **body)


@pytest.mark.parametrize(
    ("quirk", "more"), [("no_unique_on_tasks", {"hasUniqueValue": True}), ("no_properties_on_engagements", {})]
)
def test_a_portal_may_refuse_such_properties_of_tasks(portal: Portal, quirk: str, more: dict[str, Any]) -> None:
    portal.quirks[quirk] = True
    with pytest.raises(RecordError) as refusal:
        _add(portal, **more)
    assert refusal.value.status == 400


def test_standard_properties_cannot_be_archived_and_custom_ones_can(portal: Portal, task: str) -> None:
    with pytest.raises(RecordError, match="cannot be archived"):
        portal.schema.archive(object_named("tasks"), "hs_task_subject")
    portal.schema.archive(object_named("tasks"), "dealwarden_reason")
    assert "dealwarden_reason" not in portal.schema.visible("tasks")
