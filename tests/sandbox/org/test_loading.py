from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.salesforce.data.ids import make_id
from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.org import Org

DEAL, ACCOUNT, CONTACT = make_id("006", 1), make_id("001", 1), make_id("003", 1)


def test_missing_audit_fields_follow_from_those_given(org: Org, person: str) -> None:
    org.load("Account", [{"Id": ACCOUNT, "Name": "Acme", "CreatedDate": "2020-01-01T00:00:00Z"}])
    row = org.get("Account", ACCOUNT) or {}
    assert {row[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")} == {
        "2020-01-01T00:00:00.000+0000"
    }
    assert row["LastModifiedById"] == person, "never the integration user: these are not our writes"


def test_texts_of_an_export_are_read_as_their_fields_types(org: Org) -> None:
    org.load(
        "Opportunity",
        [{"Id": DEAL[:15], "Name": "", "Amount": "1054", "IsClosed": "TRUE", "CloseDate": "2017-03-01 00:00:00"}],
    )
    row = org.get("Opportunity", DEAL) or {}
    assert (row["Name"], row["Amount"], row["IsClosed"], row["CloseDate"]) == (None, 1054.0, True, "2017-03-01")


def test_settling_derives_what_rows_imply(org: Org) -> None:
    org.load("Account", [{"Id": ACCOUNT, "Name": "Acme"}])
    org.load("Contact", [{"Id": CONTACT, "FirstName": "Ann", "LastName": "Lee", "AccountId": ACCOUNT}])
    org.load("Opportunity", [{"Id": DEAL, "Name": "d", "StageName": "Closed Won", "AccountId": ACCOUNT, "Amount": 10}])
    org.load("Task", [{"WhatId": DEAL, "WhoId": CONTACT, "Status": "Completed", "ActivityDate": "2026-05-01"}])
    org.load("Event", [{"WhatId": DEAL, "StartDateTime": "2026-05-02T10:00:00Z", "DurationInMinutes": 30}])
    stamps = [(name, row["SystemModstamp"]) for name in ("Opportunity", "Account") for row in org.table(name)]
    org.settle()
    deal = org.get("Opportunity", DEAL) or {}
    assert (deal["IsClosed"], deal["IsWon"], deal["Probability"]) == (True, True, 100.0)
    assert (deal["LastActivityDate"], deal["ForecastCategory"]) == ("2026-05-02", "Closed")
    assert (org.get("Contact", CONTACT) or {})["Name"] == "Ann Lee"
    assert (org.get("Contact", CONTACT) or {})["LastActivityDate"] == "2026-05-01"
    assert {row["RelationId"] for row in org.table("TaskRelation")} == {DEAL, CONTACT}
    assert org.table("Event")[0]["EndDateTime"] == "2026-05-02T10:30:00.000+0000"
    assert org.table("Task")[0]["AccountId"] == ACCOUNT
    after = [(name, row["SystemModstamp"]) for name in ("Opportunity", "Account") for row in org.table(name)]
    assert stamps == after


def test_settling_gives_users_what_no_user_is_without(org: Org) -> None:
    org.load("User", [{"Id": make_id("005", 5000), "Name": "Cara Losch"}])
    org.settle()
    user = org.get("User", make_id("005", 5000)) or {}
    assert (user["UserType"], user["TimeZoneSidKey"], user["LastName"]) == (
        "Standard",
        "America/New_York",
        "Cara Losch",
    )


def test_settling_twice_changes_nothing(org: Org) -> None:
    org.load("Opportunity", [{"Id": DEAL, "Name": "d", "StageName": "Closing"}])
    org.load("Task", [{"WhatId": DEAL, "Status": "Completed", "ActivityDate": "2026-05-01"}])
    org.settle()
    once = {name: org.table(name) for name in org.schema.objects}
    org.settle()
    assert {name: org.table(name) for name in org.schema.objects} == once


def test_the_last_change_of_stage_comes_from_the_history(org: Org) -> None:
    org.load("Opportunity", [{"Id": DEAL, "Name": "d", "StageName": "Closing"}])
    days = (("01", "Discovery"), ("05", "Closing"), ("09", "Closing"))
    org.load(
        "OpportunityHistory",
        ({"OpportunityId": DEAL, "StageName": stage, "CreatedDate": f"2026-05-{day}T00:00:00Z"} for day, stage in days),
    )
    org.settle()
    assert (org.get("Opportunity", DEAL) or {})["LastStageChangeDate"] == "2026-05-05T00:00:00.000+0000"


def test_loaded_setup_rows_replace_the_shipped_ones(org: Org) -> None:
    org.load("TaskStatus", [{"MasterLabel": "Done", "IsClosed": True, "IsDefault": False}])
    org.load("Organization", [{"Id": make_id("00D", 77), "Name": "Theirs", "TimeZoneSidKey": "Europe/Paris"}])
    assert [row["MasterLabel"] for row in org.table("TaskStatus")] == ["Done"]
    assert org.org_id == make_id("00D", 77)


def test_loaded_users_stand_beside_the_shipped_ones(org: Org) -> None:
    org.load("User", [{"Id": make_id("005", 5000), "Name": "Cara Losch"}])
    names = {row["Name"]: row["IsActive"] for row in org.table("User")}
    assert names == {"Sandbox Integration": True, "Sandbox Admin": True, "Cara Losch": True}


def test_new_ids_do_not_meet_loaded_ones(org: Org) -> None:
    org.load("Task", [{"Id": make_id("00T", 41), "Subject": "x"}])
    assert org.insert("Task", {}, by=org.user_id) == make_id("00T", 42)


def test_a_state_file_brings_back_rows_fields_and_ids(tmp_path: Path, watch: Any) -> None:
    path = tmp_path / "org.db"
    first = Org(now=watch, state=path)
    first.schema.add_field("Task", custom_field("Key__c", "string", "Key", length=9, external_id=True, unique=True))
    task = first.insert("Task", {"Key__c": "a"}, by=first.user_id)
    first.close()
    second = Org(now=watch, state=path)
    assert second.find("Task", "Key__c", "a") == [task]
    assert "Key__c" in second.schema.objects["Event"].fields
    assert second.insert("Task", {}, by=second.user_id) != task
    assert len(second.table("User")) == 2


def test_an_org_that_begins_like_another_goes_its_own_way(org: Org, watch: Any) -> None:
    org.schema.add_field("Task", custom_field("Key__c", "string", "Key", length=9, external_id=True, unique=True))
    task = org.insert("Task", {"Key__c": "a"}, by=org.user_id)

    other = Org(now=watch, like=org)
    other.schema.add_field("Task", custom_field("More__c", "string", "More", length=9))
    other.update("Task", task, {"Key__c": "b", "More__c": "c"}, by=other.user_id)

    assert other.table("Task")[0]["More__c"] == "c"
    assert other.insert("Task", {}, by=other.user_id) != task
    assert [row["Key__c"] for row in org.table("Task")] == ["a"]
    assert "More__c" not in org.schema.objects["Event"].fields


def test_a_hundred_thousand_rows_load_and_page_in_seconds(org: Org) -> None:
    rows = (
        {"Id": make_id("006", number), "Name": f"n{number}", "StageName": "Discovery", "CloseDate": "2026-01-01",
         "Amount": float(number), "CreatedDate": "2026-01-01T00:00:00.000+0000"}
        for number in range(1, 100_001)
    )  # fmt: skip
    started = time.process_time()
    org.load("Opportunity", rows)
    loaded = time.process_time()
    names = [name for name, field in org.schema.objects["Opportunity"].fields.items() if not field.requires]
    selection = org.select(f"SELECT {', '.join(names)} FROM Opportunity ORDER BY SystemModstamp, Id", all_rows=False)
    selected = time.process_time()
    assert len(selection.page(50_000, 2000)) == 2000
    paged = time.process_time()
    assert selection.total == 100_000
    assert loaded - started < 20, "processor seconds, with room for a slow machine"
    assert paged - selected < 1


def test_a_datetime_object_loads_as_its_moment(org: Org) -> None:
    org.load("Task", [{"Id": make_id("00T", 1), "CreatedDate": datetime(2026, 1, 1, tzinfo=UTC)}])
    assert (org.get("Task", make_id("00T", 1)) or {})["CreatedDate"] == "2026-01-01T00:00:00.000+0000"
