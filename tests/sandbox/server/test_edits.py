"""What people do to an org, by the control port, and what the API shows of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

DAY = {"start": "2026-06-15T00:00:00Z", "end": "2026-06-16T00:00:00Z"}


def row(caller: Any, sobject: str, record_id: str) -> dict[str, Any]:
    return next(row for row in caller.control(f"tables/{sobject}") if row["Id"] == record_id)


def edit(caller: Any, sobject: str, record_id: str | None = None, **change: Any) -> str:
    body = {"object": sobject, **({} if record_id is None else {"id": record_id}), **change}
    return caller.control("edit", body)["id"]


def made(caller: Any, sobject: str, values: dict[str, Any]) -> str:
    return caller.post(f"/sobjects/{sobject}", values).json()["id"]


def deleted(caller: Any, sobject: str) -> list[str]:
    caller.control("clock", {"advance_s": 120})
    return [gone["id"] for gone in caller.get(f"/sobjects/{sobject}/deleted", params=DAY).json()["deletedRecords"]]


def all_rows(caller: Any, soql: str) -> list[dict[str, Any]]:
    return caller.get("/queryAll", params={"q": soql}).json()["records"]


def refusal(caller: Any, **body: Any) -> str:
    url = f"{caller.sandbox.control_url}/_sandbox/edit"
    return caller.http.post(url, json=body, timeout=10).json()["error"]


@pytest.fixture
def task(caller: Any) -> str:
    return made(caller, "Task", {"Subject": "Call", "WhatId": caller.deal(), "Dealwarden_Key__c": "dw:1"})


@pytest.fixture
def accounts(caller: Any) -> list[str]:
    rows = caller.query("SELECT AccountId FROM Opportunity WHERE IsClosed = false ORDER BY AccountId")["records"]
    return list(dict.fromkeys(row["AccountId"] for row in rows))[:2]


def test_a_restored_task_is_back_in_queries_and_out_of_the_log(caller: Any, task: str) -> None:
    edit(caller, "Task", task, delete=True)
    assert task in deleted(caller, "Task")
    edit(caller, "Task", task, undelete=True)
    assert caller.get(f"/sobjects/Task/{task}").json()["Subject"] == "Call"
    assert task not in deleted(caller, "Task")


def test_a_restored_task_is_stamped_when_it_was_restored(caller: Any, task: str) -> None:
    edit(caller, "Task", task, delete=True)
    caller.control("clock", {"advance_s": 3600})
    before = row(caller, "Task", task)["SystemModstamp"]
    edit(caller, "Task", task, undelete=True)
    assert row(caller, "Task", task)["SystemModstamp"] > before


def test_a_restored_deal_brings_its_tasks_and_roles_back(caller: Any, task: str) -> None:
    deal = caller.deal()
    roles = f"SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '{deal}'"
    count = caller.query(roles)["totalSize"]
    edit(caller, "Opportunity", deal, delete=True)
    assert (row(caller, "Task", task)["IsDeleted"], caller.query(roles)["totalSize"]) == (True, 0)
    edit(caller, "Opportunity", deal, undelete=True)
    assert (row(caller, "Task", task)["IsDeleted"], caller.query(roles)["totalSize"]) == (False, count)


def test_a_task_that_was_deleted_before_its_deal_stays_deleted_when_the_deal_is_restored(
    caller: Any, task: str
) -> None:
    deal = caller.deal()
    edit(caller, "Task", task, delete=True)
    edit(caller, "Opportunity", deal, delete=True)
    edit(caller, "Opportunity", deal, undelete=True)
    assert row(caller, "Task", task)["IsDeleted"] is True


def test_a_task_that_went_along_with_its_deal_is_not_in_the_bin_by_itself(caller: Any, task: str) -> None:
    edit(caller, "Opportunity", caller.deal(), delete=True)
    assert "UNDELETE_FAILED" in refusal(caller, object="Task", id=task, undelete=True)


def test_what_was_never_deleted_cannot_be_restored(caller: Any, task: str) -> None:
    assert "UNDELETE_FAILED" in refusal(caller, object="Task", id=task, undelete=True)


def test_a_key_that_was_taken_meanwhile_refuses_the_restored_task(caller: Any, task: str) -> None:
    caller.control("quirks", {"unique_frees_on_delete": True})
    edit(caller, "Task", task, delete=True)
    made(caller, "Task", {"Subject": "Again", "Dealwarden_Key__c": "dw:1"})
    assert "DUPLICATE_VALUE" in refusal(caller, object="Task", id=task, undelete=True)


def test_a_merged_account_hands_its_deals_contacts_and_tasks_over(caller: Any, accounts: list[str]) -> None:
    winner, loser = accounts
    deals = [row["Id"] for row in caller.control("tables/Opportunity") if row["AccountId"] == loser]
    contacts = [row["Id"] for row in caller.control("tables/Contact") if row["AccountId"] == loser]
    task = made(caller, "Task", {"Subject": "Call", "WhatId": deals[0]})
    edit(caller, "Account", winner, merge=loser)
    assert {row(caller, "Opportunity", deal)["AccountId"] for deal in deals} == {winner}
    assert {row(caller, "Contact", contact)["AccountId"] for contact in contacts} == {winner}
    assert row(caller, "Task", task)["AccountId"] == winner


def test_a_merged_account_is_deleted_and_names_its_master(caller: Any, accounts: list[str]) -> None:
    winner, loser = accounts
    edit(caller, "Account", winner, merge=loser)
    soql = f"SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'"
    assert caller.query(soql)["totalSize"] == 0
    (gone,) = all_rows(caller, soql)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, winner)
    assert loser in deleted(caller, "Account")


def test_a_merge_moves_the_stamps_of_what_it_hands_over(caller: Any, accounts: list[str]) -> None:
    winner, loser = accounts
    deal = next(row["Id"] for row in caller.control("tables/Opportunity") if row["AccountId"] == loser)
    before = row(caller, "Opportunity", deal)["SystemModstamp"]
    caller.control("clock", {"advance_s": 60})
    edit(caller, "Account", winner, merge=loser)
    assert row(caller, "Opportunity", deal)["SystemModstamp"] > before


def test_merged_contacts_keep_their_roles_and_one_relation_to_a_task(caller: Any) -> None:
    deal = caller.deal()
    winner, loser, other = (made(caller, "Contact", {"LastName": name}) for name in ("Lee", "Leigh", "Li"))
    role = made(caller, "OpportunityContactRole", {"OpportunityId": deal, "ContactId": loser, "Role": "Influencer"})
    task = made(caller, "Task", {"Subject": "Call", "WhoId": winner})
    made(caller, "TaskRelation", {"TaskId": task, "RelationId": loser})
    edit(caller, "Contact", winner, merge=[loser, other])
    assert row(caller, "OpportunityContactRole", role)["ContactId"] == winner
    related = f"SELECT RelationId FROM TaskRelation WHERE TaskId = '{task}'"
    assert [record["RelationId"] for record in caller.query(related)["records"]] == [winner]
    assert row(caller, "Contact", other)["MasterRecordId"] == winner


def test_a_restored_loser_of_a_merge_names_no_master_and_gets_nothing_back(caller: Any) -> None:
    winner, loser = (made(caller, "Contact", {"LastName": name}) for name in ("Lee", "Leigh"))
    task = made(caller, "Task", {"Subject": "Call", "WhoId": loser})
    edit(caller, "Contact", winner, merge=loser)
    edit(caller, "Contact", loser, undelete=True)
    restored = row(caller, "Contact", loser)
    assert (restored["IsDeleted"], restored["MasterRecordId"]) == (False, None)
    assert row(caller, "Task", task)["WhoId"] == winner


def test_deals_and_tasks_cannot_be_merged(caller: Any, task: str) -> None:
    deals = [row["Id"] for row in caller.control("tables/Opportunity")][:2]
    for sobject, pair in (("Opportunity", deals), ("Task", [task, task])):
        assert "INVALID_TYPE_FOR_OPERATION" in refusal(caller, object=sobject, id=pair[0], merge=pair[1])


def test_a_record_is_not_merged_with_itself(caller: Any, accounts: list[str]) -> None:
    assert "INVALID_OPERATION" in refusal(caller, object="Account", id=accounts[0], merge=accounts[0])


def test_a_moved_task_hangs_on_the_other_deal_and_its_account(caller: Any, task: str) -> None:
    deals = caller.query("SELECT Id, AccountId FROM Opportunity WHERE IsClosed = false ORDER BY Id")["records"]
    target = next(deal for deal in deals if deal["AccountId"] != deals[0]["AccountId"])
    edit(caller, "Task", task, fields={"WhatId": target["Id"]})
    moved = row(caller, "Task", task)
    assert (moved["WhatId"], moved["AccountId"]) == (target["Id"], target["AccountId"])
    related = f"SELECT RelationId FROM TaskRelation WHERE TaskId = '{task}' AND IsWhat = true"
    assert [record["RelationId"] for record in caller.query(related)["records"]] == [target["Id"]]


def test_a_task_can_be_taken_off_its_deal(caller: Any, task: str) -> None:
    edit(caller, "Task", task, fields={"WhatId": None})
    assert (row(caller, "Task", task)["WhatId"], row(caller, "Task", task)["AccountId"]) == (None, None)


def test_a_deactivated_owner_gets_nothing_new_and_keeps_what_there_is(caller: Any) -> None:
    deal = caller.deal()
    owner = row(caller, "Opportunity", deal)["OwnerId"]
    edit(caller, "User", owner, fields={"IsActive": False})
    refused = caller.post("/sobjects/Task", {"Subject": "Call", "OwnerId": owner})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INACTIVE_OWNER_OR_USER")
    assert row(caller, "Opportunity", deal)["OwnerId"] == owner
    edit(caller, "User", owner, fields={"IsActive": True})
    assert caller.post("/sobjects/Task", {"Subject": "Call", "OwnerId": owner}).status_code == 201


@pytest.fixture
def stage(caller: Any) -> dict[str, Any]:
    return next(row for row in caller.control("tables/OpportunityStage") if row["ApiName"] == "Evaluation")


def in_stage(caller: Any, name: str) -> int:
    return caller.query(f"SELECT Id FROM Opportunity WHERE StageName = '{name}'")["totalSize"]


def stage_names(caller: Any) -> list[str]:
    soql = "SELECT MasterLabel FROM OpportunityStage WHERE IsActive = true ORDER BY SortOrder"
    return [record["MasterLabel"] for record in caller.query(soql)["records"]]


def test_a_stage_with_a_new_label_keeps_its_deals_as_they_are(caller: Any, stage: dict[str, Any]) -> None:
    edit(caller, "Opportunity", caller.deal(), fields={"StageName": "Evaluation"})
    before, count = caller.control("tables/Opportunity"), in_stage(caller, "Evaluation")
    edit(caller, "OpportunityStage", stage["Id"], fields={"MasterLabel": "Proof"})
    assert caller.control("tables/Opportunity") == before
    assert in_stage(caller, "Evaluation") == count > 0
    assert "Proof" in stage_names(caller)


def test_a_stage_with_a_new_api_name_takes_its_deals_along(caller: Any, stage: dict[str, Any]) -> None:
    deal = caller.deal()
    edit(caller, "Opportunity", deal, fields={"StageName": "Evaluation"})
    before, count = row(caller, "Opportunity", deal), in_stage(caller, "Evaluation")
    caller.control("clock", {"advance_s": 60})
    edit(caller, "OpportunityStage", stage["Id"], fields={"ApiName": "Proof", "MasterLabel": "Proof"})
    after = row(caller, "Opportunity", deal)
    assert (in_stage(caller, "Evaluation"), in_stage(caller, "Proof")) == (0, count)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert (after["LastModifiedDate"], after["IsClosed"]) == (before["LastModifiedDate"], False)


def test_an_inactive_stage_is_no_choice_any_more_and_stays_on_its_deals(caller: Any, stage: dict[str, Any]) -> None:
    deal = caller.deal()
    edit(caller, "Opportunity", deal, fields={"StageName": "Evaluation"})
    edit(caller, "OpportunityStage", stage["Id"], fields={"IsActive": False})
    fields = caller.get("/sobjects/Opportunity/describe").json()["fields"]
    choices = next(field["picklistValues"] for field in fields if field["name"] == "StageName")
    assert "Evaluation" not in {choice["value"] for choice in choices}
    assert row(caller, "Opportunity", deal)["StageName"] == "Evaluation"


def test_a_removed_stage_leaves_its_deals_with_its_name(caller: Any, stage: dict[str, Any]) -> None:
    deal = caller.deal()
    edit(caller, "Opportunity", deal, fields={"StageName": "Evaluation"})
    edit(caller, "OpportunityStage", stage["Id"], delete=True)
    assert "Evaluation" not in stage_names(caller)
    left = row(caller, "Opportunity", deal)
    assert (left["StageName"], left["IsClosed"]) == ("Evaluation", False)


def test_stages_can_be_reordered_and_added(caller: Any, stage: dict[str, Any]) -> None:
    edit(caller, "OpportunityStage", stage["Id"], fields={"SortOrder": 1})
    values = {"ApiName": "Trial", "MasterLabel": "Trial", "IsActive": True, "SortOrder": 2, "DefaultProbability": 30}
    edit(caller, "OpportunityStage", fields=values)
    assert stage_names(caller)[:2] == ["Evaluation", "Trial"]
    edit(caller, "Opportunity", caller.deal(), fields={"StageName": "Trial"})
    assert row(caller, "Opportunity", caller.deal())["Probability"] == 30


def test_a_stage_that_counts_as_closed_closes_its_deals(caller: Any, stage: dict[str, Any]) -> None:
    deal = caller.deal()
    edit(caller, "Opportunity", deal, fields={"StageName": "Evaluation"})
    edit(caller, "OpportunityStage", stage["Id"], fields={"IsClosed": True})
    assert row(caller, "Opportunity", deal)["IsClosed"] is True


def test_a_task_status_with_a_new_api_name_takes_its_tasks_along(caller: Any) -> None:
    task = made(caller, "Task", {"Subject": "Call", "Status": "Completed"})
    status = next(row["Id"] for row in caller.control("tables/TaskStatus") if row["MasterLabel"] == "Completed")
    edit(caller, "TaskStatus", status, fields={"ApiName": "Erledigt", "MasterLabel": "Erledigt"})
    renamed = row(caller, "Task", task)
    assert (renamed["Status"], renamed["IsClosed"]) == ("Erledigt", True)


def test_the_api_itself_changes_no_stages(caller: Any, stage: dict[str, Any]) -> None:
    refused = caller.patch(f"/sobjects/OpportunityStage/{stage['Id']}", {"MasterLabel": "Proof"})
    assert refused.status_code == 400
    assert caller.call("DELETE", f"/sobjects/OpportunityStage/{stage['Id']}").status_code == 400
