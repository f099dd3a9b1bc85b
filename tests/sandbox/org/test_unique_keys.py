from __future__ import annotations

import pytest

from sandbox.salesforce.org.org import Org, RowError


def put(org: Org, key: str, sobject: str = "Task") -> str:
    return org.insert(sobject, {"Dealwarden_Key__c": key}, by=org.user_id)


def duplicate_of(org: Org, key: str, sobject: str = "Task") -> RowError:
    with pytest.raises(RowError) as caught:
        put(org, key, sobject)
    assert caught.value.status_code == "DUPLICATE_VALUE"
    return caught.value


def test_a_second_row_with_the_key_is_refused_and_the_first_is_named(org: Org) -> None:
    first = put(org, "dw:1")
    assert first in duplicate_of(org, "dw:1").message


def test_tasks_and_events_share_one_set_of_keys(org: Org) -> None:
    put(org, "dw:1", "Event")
    duplicate_of(org, "dw:1")


def test_a_case_sensitive_key_tells_capitals_apart(org: Org) -> None:
    put(org, "dw:a")
    put(org, "dw:A")
    assert len(org.find("Task", "Dealwarden_Key__c", "dw:a")) == 1


def test_a_deleted_row_keeps_its_key(org: Org) -> None:
    org.delete("Task", put(org, "dw:1"), by=org.user_id)
    duplicate_of(org, "dw:1")


def test_a_deleted_row_frees_its_key_under_the_quirk(org: Org) -> None:
    org.quirks["unique_frees_on_delete"] = True
    org.delete("Task", put(org, "dw:1"), by=org.user_id)
    assert put(org, "dw:1")


def test_a_hidden_key_is_kept_unique_all_the_same(org: Org, person: str) -> None:
    put(org, "dw:1")
    org.quirks["hide_fields"] = ["Task.Dealwarden_Key__c"]
    with pytest.raises(RowError, match="DUPLICATE_VALUE"):
        org.insert("Task", {"Dealwarden_Key__c": "dw:1"}, by=person)


def test_a_key_that_is_not_unique_is_so_in_fact_and_in_describe(org: Org) -> None:
    org.quirks["key_not_unique"] = True
    assert put(org, "dw:1") != put(org, "dw:1")
    field = next(field for field in org.describe("Task")["fields"] if field["name"] == "Dealwarden_Key__c")
    assert field["unique"] is False


def test_a_row_may_be_saved_again_with_its_own_key(org: Org) -> None:
    task = put(org, "dw:1")
    org.update("Task", task, {"Dealwarden_Key__c": "dw:1", "Subject": "x"}, by=org.user_id)
    assert org.find("Task", "Dealwarden_Key__c", "dw:1") == [task]
