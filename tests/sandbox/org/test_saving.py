from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.org import Org, RowError


def refused(org: Org, sobject: str, values: dict[str, Any], record_id: str | None = None) -> RowError:
    try:
        if record_id is None:
            org.insert(sobject, values, by=org.user_id)
        else:
            org.update(sobject, record_id, values, by=org.user_id)
    except RowError as error:
        return error
    pytest.fail(f"{sobject} took {values}")


def test_an_unknown_field_is_refused_by_name(org: Org) -> None:
    error = refused(org, "Task", {"Nope__c": 1})
    assert (error.status_code, error.fields) == ("INVALID_FIELD", ("Nope__c",))


def test_a_hidden_field_is_refused_like_an_unknown_one(org: Org) -> None:
    org.quirks["hide_fields"] = ["Task.Description"]
    assert refused(org, "Task", {"Description": "x"}).status_code == "INVALID_FIELD"


def test_a_read_only_field_is_refused(org: Org, deal: str) -> None:
    error = refused(org, "Opportunity", {"IsWon": True}, deal)
    assert (error.status_code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ("IsWon",))


def test_a_create_only_field_is_refused_on_update(org: Org) -> None:
    task = org.insert("Task", {"TaskSubtype": "Call"}, by=org.user_id)
    assert refused(org, "Task", {"TaskSubtype": "Task"}, task).status_code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_required_fields_are_named_when_they_are_missing(org: Org) -> None:
    error = refused(org, "Opportunity", {"Name": "x"})
    assert (error.status_code, error.fields) == ("REQUIRED_FIELD_MISSING", ("StageName", "CloseDate"))


def test_a_required_field_cannot_be_blanked(org: Org, deal: str) -> None:
    assert refused(org, "Opportunity", {"CloseDate": None}, deal).status_code == "REQUIRED_FIELD_MISSING"


def test_a_text_longer_than_its_field_is_refused(org: Org) -> None:
    error = refused(org, "Task", {"Subject": "x" * 256})
    assert (error.status_code, error.fields) == ("STRING_TOO_LONG", ("Subject",))


def test_a_value_outside_a_restricted_picklist_is_refused(org: Org) -> None:
    assert refused(org, "Task", {"CallType": "Sideways"}).status_code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_an_unrestricted_picklist_takes_any_value(org: Org) -> None:
    task = org.insert("Task", {"Priority": "Urgent"}, by=org.user_id)
    assert (org.get("Task", task) or {})["Priority"] == "Urgent"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"WhatId": "nonsense"}, "MALFORMED_ID"),
        ({"WhatId": "006Dw0000009999"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"WhatId": "003Dw0000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"ActivityDate": "soon"}, "JSON_PARSER_ERROR"),
        ({"IsReminderSet": "perhaps"}, "JSON_PARSER_ERROR"),
        ({"Subject": 7}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(org: Org, values: dict[str, Any], code: str) -> None:
    assert refused(org, "Task", values).status_code == code


def test_a_number_over_the_precision_of_its_field_is_refused(org: Org, deal: str) -> None:
    error = refused(org, "Opportunity", {"Probability": 1000}, deal)
    assert (error.status_code, error.fields) == ("NUMBER_OUTSIDE_VALID_RANGE", ("Probability",))


def test_a_number_may_come_as_text_and_is_rounded_to_its_scale(org: Org, deal: str) -> None:
    org.update("Opportunity", deal, {"Amount": "10.005"}, by=org.user_id)
    assert (org.get("Opportunity", deal) or {})["Amount"] == 10.01


def test_an_inactive_owner_is_refused(org: Org, person: str) -> None:
    leaver = org.insert(
        "User",
        {
            "Username": "gone@x.example", "LastName": "Gone", "Email": "gone@x.example", "Alias": "gone",
            "ProfileId": "00eDw0000000001", "TimeZoneSidKey": "UTC", "LocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US", "EmailEncodingKey": "UTF-8", "IsActive": False,
        },
        by=person,
    )  # fmt: skip
    assert refused(org, "Task", {"OwnerId": leaver}).status_code == "INACTIVE_OWNER_OR_USER"


def test_a_text_field_trims_and_an_empty_text_is_null(org: Org) -> None:
    task = org.get("Task", org.insert("Task", {"Subject": "  x \n", "Description": ""}, by=org.user_id)) or {}
    assert (task["Subject"], task["Description"]) == ("x", None)


def test_fields_may_be_named_in_any_case(org: Org) -> None:
    task = org.insert("task", {"subject": "x"}, by=org.user_id)
    assert (org.get("TASK", task) or {})["Subject"] == "x"


def test_a_parent_may_be_named_by_its_external_id(org: Org, account: str) -> None:
    org.schema.add_field("Account", custom_field("Code__c", "string", "Code", length=20, external_id=True, unique=True))
    org.update("Account", account, {"Code__c": "A1"}, by=org.user_id)
    values = {"LastName": "Ray", "Account": {"Code__c": "A1"}}
    assert (org.get("Contact", org.insert("Contact", values, by=org.user_id)) or {})["AccountId"] == account


def test_objects_that_the_api_only_reads_refuse_writes_but_people_set_them_up(org: Org, person: str) -> None:
    stage = org.table("OpportunityStage")[0]["Id"]
    assert refused(org, "OpportunityStage", {"SortOrder": 9}, stage).status_code == "INVALID_TYPE_FOR_OPERATION"
    org.update("OpportunityStage", stage, {"SortOrder": 9}, by=person)
    assert org.table("OpportunityStage")[0]["SortOrder"] == 9


def test_audit_fields_say_who_and_when(org: Org, watch: Any, person: str, deal: str) -> None:
    watch.advance(hours=1)
    org.update("Opportunity", deal, {"NextStep": "call"}, by=org.user_id)
    row = org.get("Opportunity", deal) or {}
    assert (row["CreatedById"], row["LastModifiedById"]) == (person, org.user_id)
    assert row["CreatedDate"] == "2026-06-15T09:00:00.000+0000"
    assert row["LastModifiedDate"] == row["SystemModstamp"] == "2026-06-15T10:00:00.000+0000"


def test_writes_to_what_is_not_there_are_told_apart(org: Org, deal: str) -> None:
    assert refused(org, "Opportunity", {"Name": "y"}, "006Dw0000009999").status_code == "NOT_FOUND"
    org.delete("Opportunity", deal, by=org.user_id)
    assert refused(org, "Opportunity", {"Name": "y"}, deal).status_code == "ENTITY_IS_DELETED"


def test_a_refused_write_leaves_nothing_behind(org: Org, deal: str, contact: str) -> None:
    org.insert("Task", {"Dealwarden_Key__c": "dw:1"}, by=org.user_id)
    refused(org, "Task", {"WhatId": deal, "WhoId": contact, "Dealwarden_Key__c": "dw:1"})
    assert len(org.table("Task")) == 1
    assert org.table("TaskRelation") == []


def test_writes_inside_atomic_are_undone_together(org: Org) -> None:
    with suppress(ZeroDivisionError), org.lock, org.atomic():
        org.insert("Task", {"Subject": "x"}, by=org.user_id)
        raise ZeroDivisionError
    assert org.table("Task") == []
