"""Writing tasks and scores, and reading our tasks back."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import MissingPermissionError, QuotaSpentError, TransientError
from connectors.model import OWN_TASKS, Outcome, Write, WriteKind


def key(number: int) -> str:
    return f"dw:{number:020x}"


def creates(org: Any, count: int = 1, **values: Any) -> list[Write]:
    deal = org.open_deal()
    shared = {
        "deal_id": deal["Id"],
        "owner_id": deal["OwnerId"],
        "subject": "[Deal check] Call the CFO",
        "body": "Why ...",
    }
    shared |= {"due": "2026-06-20", "priority": "high"} | values
    return [Write(f"e{at}", WriteKind.CREATE_TASK, {"key": key(at), **shared}) for at in range(count)]


def our_tasks(org: Any) -> list[dict[str, Any]]:
    return [row for row in org.rows("Task") if row["Dealwarden_Key__c"]]


def test_a_created_task_carries_its_key_and_comes_back_by_it(org: Any) -> None:
    connector = org.connected()
    write = creates(org)[0]
    receipt = connector.write_batch([write])[0]
    assert (receipt.effect_id, receipt.outcome) == ("e0", Outcome.DONE)
    found = connector.read_back([key(0), key(99)])
    assert found.schema == OWN_TASKS
    row = found.row(0, named=True)
    assert found.height == 1
    assert row["task_id"] == receipt.remote_id
    assert row["key"] == key(0)
    assert row["deal_id"] == write.values["deal_id"]
    assert row["owner_id"] == write.values["owner_id"]
    assert (row["subject"], row["body"], row["priority"]) == ("[Deal check] Call the CFO", "Why ...", "High")
    assert row["due"].isoformat() == "2026-06-20"
    assert row["is_open"]
    assert row["modified_by_us"]
    assert not row["is_deleted"]


def test_five_hundred_creates_take_three_calls(org: Any) -> None:
    connector = org.connected()
    writes = creates(org, 500)
    size = connector.batch_size()
    for start in range(0, len(writes), size):
        receipts = connector.write_batch(writes[start : start + size])
        assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert org.calls()["write"] == connector.calls.write == 3
    assert connector.read_back([key(at) for at in range(500)]).height == 500


def test_a_second_create_with_the_same_key_is_a_duplicate(org: Any) -> None:
    connector = org.connected()
    connector.write_batch(creates(org))
    receipt = connector.write_batch(creates(org))[0]
    assert receipt.outcome is Outcome.DUPLICATE
    assert len(our_tasks(org)) == 1


def test_a_task_is_changed_only_in_what_was_sent(org: Any) -> None:
    connector = org.connected()
    task = connector.write_batch(creates(org))[0].remote_id
    receipt = connector.write_batch([Write("u", WriteKind.UPDATE_TASK, {"body": "New why"}, task)])[0]
    assert receipt.outcome is Outcome.DONE
    row = our_tasks(org)[0]
    assert (row["Description"], row["Subject"]) == ("New why", "[Deal check] Call the CFO")


def test_closing_sets_the_orgs_closed_status_and_the_reason(org: Any) -> None:
    connector = org.connected()
    task = connector.write_batch(creates(org))[0].remote_id
    connector.write_batch([Write("c", WriteKind.CLOSE_TASK, {"reason": "resolved: two contacts engaged"}, task)])
    row = our_tasks(org)[0]
    assert row["IsClosed"]
    assert row["Dealwarden_Reason__c"] == "resolved: two contacts engaged"
    assert row["Description"] == "Why ..."
    found = connector.read_tasks([task]).row(0, named=True)
    assert not found["is_open"]
    assert found["reason"] == "resolved: two contacts engaged"


def test_nothing_is_asked_between_reading_a_task_and_closing_it(org: Any) -> None:
    task = org.connected().write_batch(creates(org))[0].remote_id
    connector = org.connected()
    connector.read_tasks([task])
    asked = connector.calls.read
    connector.write_batch([Write("c", WriteKind.CLOSE_TASK, {}, task)])
    assert connector.calls.read == asked


def test_the_status_that_closes_is_asked_once_and_can_be_configured(org: Any) -> None:
    from connectors.salesforce.settings import TaskFields

    row = next(row for row in org.rows("TaskStatus") if row["ApiName"] == "Deferred")
    org.edit("TaskStatus", row["Id"], IsClosed=True)
    connector = org.connected(tasks=TaskFields(status_close="Deferred"))
    assert connector.calls.read == 1
    tasks = [receipt.remote_id for receipt in connector.write_batch(creates(org, 2))]
    connector.write_batch([Write("c", WriteKind.CLOSE_TASK, {}, tasks[0])])
    assert connector.calls.read == 1
    assert {row["Status"] for row in our_tasks(org)} == {"Deferred", "Not Started"}
    asking = org.connected()
    for _ in range(2):
        asking.write_batch([Write("c", WriteKind.CLOSE_TASK, {}, tasks[1])])
    assert asking.calls.read == 1


def test_a_score_is_written_and_blanked(org: Any) -> None:
    connector = org.connected()
    deal = org.open_deal()["Id"]
    values = {"score": 62.0, "band": "at risk", "confidence": 80.0, "reasons": "one\ntwo", "as_of": "2026-06-15"}
    assert connector.write_batch([Write("s", WriteKind.WRITE_SCORE, values, deal)])[0].outcome is Outcome.DONE
    row = next(row for row in org.rows("Opportunity") if row["Id"] == deal)
    assert (row["Deal_Risk_Score__c"], row["Deal_Risk_Band__c"], row["Deal_Risk_As_Of__c"]) == (
        62,
        "at risk",
        "2026-06-15",
    )
    connector.write_batch([Write("s", WriteKind.WRITE_SCORE, dict.fromkeys(values), deal)])
    row = next(row for row in org.rows("Opportunity") if row["Id"] == deal)
    assert row["Deal_Risk_Score__c"] is None
    assert row["Deal_Risk_Reasons__c"] is None


def test_our_own_score_comes_back_with_the_deals(org: Any, mirror: Any) -> None:
    connector = org.connected()
    deal = org.open_deal()["Id"]
    values = {"score": 62.0, "band": "at risk", "confidence": 80.0, "reasons": "one", "as_of": "2026-06-15"}
    connector.write_batch([Write("s", WriteKind.WRITE_SCORE, values, deal)])
    mirror.pull(connector)
    found = mirror.tables["own_scores"][deal]
    assert {name: found[name] for name in ("score", "band", "confidence", "reasons")} == {
        name: values[name] for name in ("score", "band", "confidence", "reasons")
    }


def test_a_refused_record_harms_no_neighbour(org: Any) -> None:
    org.quirks(validation_rule="forbidden")
    connector = org.connected()
    writes = creates(org, 3)
    writes[1] = Write("e1", WriteKind.CREATE_TASK, {**writes[1].values, "subject": "a forbidden word"})
    receipts = connector.write_batch(writes)
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
    assert receipts[1].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert receipts[1].message


def test_a_deal_that_is_not_there_is_rejected(org: Any) -> None:
    connector = org.connected()
    receipt = connector.write_batch([Write("u", WriteKind.UPDATE_TASK, {"body": "x"}, "00T000000000001AAA")])[0]
    assert receipt.outcome is Outcome.REJECTED
    assert receipt.remote_id == "00T000000000001AAA"


def test_locked_rows_are_tried_once_more_by_themselves(org: Any) -> None:
    connector = org.connected()
    org.quirks(lock_rows=2)
    receipts = connector.write_batch(creates(org, 5))
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert connector.calls.write == 2
    assert len(our_tasks(org)) == 5


def test_rows_that_stay_locked_were_not_sent(org: Any) -> None:
    connector = org.connected()
    org.quirks(lock_rows=100)
    receipts = connector.write_batch(creates(org, 3))
    assert {receipt.outcome for receipt in receipts} == {Outcome.NOT_SENT}
    assert our_tasks(org) == []


@pytest.mark.parametrize(
    ("kind", "done"),
    [
        ("drop_before_apply", 0),
        ("drop_after_apply", 2),
        ("delay_then_apply", 2),
        ("500", 0),
        ("502_html", 0),
        ("503", 0),
        ("500_after_apply", 2),
        ("truncated_json", 2),
        ("truncated_gzip", 2),
        ("wrong_content_length", 2),
        ("html_200", 0),
        ("multi_207", 0),
    ],
)
def test_an_answer_that_cannot_be_trusted_leaves_the_outcome_unknown(org: Any, kind: str, done: int) -> None:
    connector = org.connected(read_timeout_s=1.0)
    org.quirks(delay_s=1.5)
    writes = creates(org, 2)
    org.faults({"match": "*/composite/sobjects*", "nth": 1, "kind": kind})
    receipts = connector.write_batch(writes)
    assert [(receipt.effect_id, receipt.outcome) for receipt in receipts] == [
        ("e0", Outcome.UNKNOWN),
        ("e1", Outcome.UNKNOWN),
    ]
    assert connector.calls.write == 1
    if kind != "delay_then_apply":
        assert connector.read_back([key(0), key(1)]).height == done


@pytest.mark.parametrize("kind", ["429", "403_quota"])
def test_a_call_refused_as_a_whole_raises_and_did_nothing(org: Any, kind: str) -> None:
    connector = org.connected()
    org.faults({"match": "*/composite/sobjects*", "nth": 1, "kind": kind})
    with pytest.raises(TransientError):
        connector.write_batch(creates(org))
    assert our_tasks(org) == []


def test_an_expired_session_is_renewed_and_the_write_done_once(org: Any) -> None:
    connector = org.connected()
    org.faults({"match": "*/composite/sobjects*", "nth": 1, "kind": "401_expired"})
    assert connector.write_batch(creates(org))[0].outcome is Outcome.DONE
    assert len(our_tasks(org)) == 1


def test_without_quota_nothing_is_sent(org: Any) -> None:
    org.quirks(daily_max=100, daily_used=90)
    connector = org.connected()
    before = org.calls()["write"]
    with pytest.raises(QuotaSpentError):
        connector.write_batch(creates(org))
    assert org.calls()["write"] == before


def test_a_score_field_without_edit_access_is_a_missing_permission(org: Any) -> None:
    org.quirks(hide_fields=["Opportunity.Deal_Risk_Score__c"])
    connector = org.connected()
    assert not connector.capabilities.can_write_scores
    with pytest.raises(MissingPermissionError, match="Deal_Risk_Score__c"):
        connector.write_batch([Write("s", WriteKind.WRITE_SCORE, {"score": 1.0}, org.open_deal()["Id"])])


def test_a_deleted_task_is_read_back_as_deleted(org: Any) -> None:
    connector = org.connected()
    task = connector.write_batch(creates(org))[0].remote_id
    org.delete("Task", task)
    assert connector.read_back([key(0)])["is_deleted"].to_list() == [True]
    assert connector.read_tasks([task])["is_deleted"].to_list() == [True]


def test_a_long_subject_and_body_are_cut_to_what_the_fields_hold(org: Any) -> None:
    connector = org.connected()
    receipt = connector.write_batch(creates(org, subject="s" * 300, body="b" * 40_000))[0]
    assert receipt.outcome is Outcome.DONE
    row = our_tasks(org)[0]
    assert (len(row["Subject"]), len(row["Description"])) == (255, 32_000)


def test_the_address_of_a_task_is_on_the_orgs_own_host(org: Any) -> None:
    connector = org.connected()
    assert connector.task_url("00T1") == f"{org.box.salesforce_url}/lightning/r/Task/00T1/view"


def test_no_writes_are_no_call(org: Any) -> None:
    connector = org.connected()
    assert connector.write_batch([]) == []
    assert connector.calls.write == 0
