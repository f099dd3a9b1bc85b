from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import KeyFieldError, MissingPermissionError
from connectors.hubspot.transport import Transport
from connectors.hubspot.values import local_day
from connectors.hubspot.write import due_at
from connectors.model import Outcome, Write, WriteKind

BODY = "Why: 1 of 6 contacts <spoke> & wrote\n\nDo: add two\n\nRules: single-threaded (high)"


def create(deal: str, number: int = 1, **values: Any) -> Write:
    found = {
        "key": f"dw:{number:020x}-1",
        "deal_id": deal,
        "subject": "[Deal check] Bring more people in",
        "body": BODY,
        "due": "2026-06-18",
        "priority": "high",
    }
    return Write(f"effect-{number}", WriteKind.CREATE_TASK, found | values)


def change(task: str, kind: WriteKind = WriteKind.UPDATE_TASK, **values: Any) -> Write:
    return Write("effect-change", kind, values, task)


def test_a_created_task_reads_back_as_it_was_meant(portal: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    owner = portal.rows("owners")[-1]["id"]

    (receipt,) = connector.write_batch([create(deal, owner_id=owner)])

    (task,) = connector.read_back(["dw:00000000000000000001-1"]).iter_rows(named=True)
    assert receipt.outcome is Outcome.DONE
    assert task["task_id"] == receipt.remote_id
    assert (task["deal_id"], task["owner_id"], task["body"]) == (deal, owner, BODY)
    assert (str(task["due"]), task["priority"], task["is_open"]) == ("2026-06-18", "high", True)
    assert task["modified_by_us"] is True


def test_a_hundred_tasks_and_a_hundred_scores_are_one_call_each(portal: Any) -> None:
    connector, deals = portal.connected(), [row["id"] for row in portal.rows("deals")]
    portal.control("calls/reset", {})

    tasks = connector.write_batch([create(deals[at % len(deals)], at) for at in range(100)])
    scores = connector.write_batch(
        [Write(f"s{deal}", WriteKind.WRITE_SCORE, {"score": 40.0, "band": "watch"}, deal) for deal in deals]
    )

    assert {one.outcome for one in (*tasks, *scores)} == {Outcome.DONE}
    assert portal.calls()["write"] == 2


@pytest.mark.parametrize("conflict", [False, True])
@pytest.mark.parametrize("echo", [False, True])
def test_a_key_that_stands_there_is_a_duplicate_and_its_neighbours_are_done(
    portal: Any, conflict: bool, echo: bool
) -> None:
    portal.quirks(duplicate_is_conflict=conflict, echo_trace_ids=echo)
    connector, deal = portal.connected(), portal.open_deal()
    connector.write_batch([create(deal, 3)])

    receipts = connector.write_batch([create(deal, number) for number in range(1, 7)])

    assert [one.outcome for one in receipts] == [
        Outcome.DUPLICATE if number == 3 else Outcome.DONE for number in range(1, 7)
    ]


def test_a_refused_record_does_not_poison_its_batch(portal: Any) -> None:
    portal.quirks(refuse_subject="culprit")
    connector, deal = portal.connected(), portal.open_deal()

    receipts = connector.write_batch([create(deal, at, subject="the culprit" if at == 5 else "x") for at in range(8)])

    assert [at for at, one in enumerate(receipts) if one.outcome is Outcome.REJECTED] == [5]
    assert receipts[5].message
    assert len(portal.rows("tasks")) >= 7


def test_a_batch_that_is_refused_whole_is_halved_down_to_the_culprit(portal: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    portal.faults({"match": "*/tasks/batch/create", "nth": 1, "kind": "batch_409"})

    receipts = connector.write_batch([create(deal, at) for at in range(5)])

    assert {one.outcome for one in receipts} == {Outcome.DONE}


def test_a_property_that_the_admin_requires_refuses_the_record_alone(portal: Any) -> None:
    portal.quirks(required_on_write=["deals.closed_lost_reason"])
    connector, deals = portal.connected(), [row["id"] for row in portal.rows("deals")][:3]
    portal.edit("deals", deals[0], closed_lost_reason="Budget")

    receipts = connector.write_batch(
        [Write(f"s{deal}", WriteKind.WRITE_SCORE, {"score": 40.0}, deal) for deal in deals]
    )

    assert [one.outcome for one in receipts] == [Outcome.DONE, Outcome.REJECTED, Outcome.REJECTED]


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("drop_before_apply", False),
        ("drop_after_apply", True),
        ("500", False),
        ("502_after_apply", True),
        ("truncated_json", True),
        ("wrong_content_length", True),
        ("html_200", False),
        ("multi_207", False),
    ],
)
def test_a_lost_answer_leaves_every_write_unknown_and_reading_back_tells(portal: Any, kind: str, there: bool) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    portal.faults({"match": "*/tasks/batch/create", "nth": 1, "kind": kind})

    receipts = connector.write_batch([create(deal, 1), create(deal, 2)])

    assert {one.outcome for one in receipts} == {Outcome.UNKNOWN}
    assert connector.read_back([f"dw:{number:020x}-1" for number in (1, 2)]).height == (2 if there else 0)


def test_a_write_refused_for_coming_too_fast_is_sent_again(portal: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    portal.faults({"match": "*/tasks/batch/create", "nth": 1, "kind": "429"})

    (receipt,) = connector.write_batch([create(deal)])

    assert receipt.outcome is Outcome.DONE


def test_reading_back_never_searches(portal: Any) -> None:
    portal.quirks(search_lag_s=3_600)
    connector, deal = portal.connected(), portal.open_deal()
    connector.write_batch([create(deal)])

    assert connector.read_back(["dw:00000000000000000001-1"]).height == 1
    assert not any(path.endswith("/search") for path in portal.paths())


def test_a_closed_task_is_completed_and_says_why(portal: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    (made,) = connector.write_batch([create(deal)])
    assert made.remote_id is not None

    connector.write_batch([change(made.remote_id, WriteKind.CLOSE_TASK, reason="Resolved: the reason is gone.")])

    (task,) = connector.read_tasks([made.remote_id]).iter_rows(named=True)
    assert (task["status"], task["is_open"], task["reason"]) == ("COMPLETED", False, "Resolved: the reason is gone.")
    assert task["modified_by_us"] is True


def test_what_living_tasks_say_is_read_last(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    made = [connector.write_batch([create(deal, number)])[0].remote_id for number in (1, 2)]
    portal.delete("tasks", made[1])

    asked: list[str] = []
    ask = Transport.ask

    def noted(self: Transport, path: str, *rest: Any) -> Any:
        asked.append(path)
        return ask(self, path, *rest)

    monkeypatch.setattr(Transport, "ask", noted)
    found = connector.read_tasks(made)

    assert dict(found.select("task_id", "is_deleted").iter_rows()) == {made[0]: False, made[1]: True}
    assert found["deal_id"].to_list()[0] == deal
    assert "associations" in asked[0]
    assert asked[-1].endswith("tasks/batch/read")


def test_a_task_that_a_person_changed_is_theirs(portal: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    (made,) = connector.write_batch([create(deal)])
    portal.edit("tasks", made.remote_id, hs_task_priority="LOW")

    (task,) = connector.read_tasks([made.remote_id]).iter_rows(named=True)

    assert task["modified_by_us"] is False


def test_a_deleted_task_is_proven_deleted_and_keeps_its_key(portal: Any, mirror: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    (made,) = connector.write_batch([create(deal)])
    mirror.pull(connector)
    portal.delete("tasks", made.remote_id)

    assert connector.read_tasks([made.remote_id])["is_deleted"].to_list() == [True]
    mirror.pull(connector, sweep=True)
    assert mirror.tables["own_tasks"][made.remote_id]["is_deleted"] is True
    assert mirror.tables["own_tasks"][made.remote_id]["deal_id"] == deal


def test_our_tasks_are_pulled_and_are_no_touches(portal: Any, mirror: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    (made,) = connector.write_batch([create(deal)])

    mirror.pull(connector)

    assert mirror.tables["own_tasks"][made.remote_id]["deal_id"] == deal
    assert not any(made.remote_id in touch for touch in mirror.tables["touches"])


def test_a_person_who_completes_a_task_is_seen_at_the_next_pull(portal: Any, mirror: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    (made,) = connector.write_batch([create(deal)])
    mirror.pull(connector)
    portal.later(60)
    portal.edit("tasks", made.remote_id, hs_task_status="COMPLETED")

    mirror.pull(connector)

    row = mirror.tables["own_tasks"][made.remote_id]
    assert (row["is_open"], row["modified_by_us"], row["reason"]) == (False, False, None)


def test_scores_are_written_and_blanked(portal: Any, mirror: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    values = {"score": 42.0, "band": "watch", "confidence": 0.9, "reasons": "a\nb", "as_of": "2026-06-15"}
    connector.write_batch([Write("s", WriteKind.WRITE_SCORE, values, deal)])
    mirror.pull(connector)
    written = dict(mirror.tables["own_scores"][deal])

    connector.write_batch([Write("s", WriteKind.WRITE_SCORE, dict.fromkeys(values), deal)])
    mirror.pull(connector)

    assert {name: str(written[name]) for name in values} == {name: str(value) for name, value in values.items()}
    assert {mirror.tables["own_scores"][deal][name] for name in values} == {None}


def test_our_own_writes_are_no_change_of_the_deal(portal: Any, mirror: Any) -> None:
    connector, deal = portal.connected(), portal.open_deal()
    mirror.pull(connector)
    before = mirror.content()["deals"][deal]
    portal.later(60)
    connector.write_batch([create(deal)])
    connector.write_batch([Write("s", WriteKind.WRITE_SCORE, {"score": 42.0}, deal)])

    mirror.pull(connector)

    assert mirror.content()["deals"][deal] == before


def test_a_portal_without_the_key_property_gets_no_task(serve: Any) -> None:
    portal = serve(bare=True)
    connector = portal.connected()

    with pytest.raises(KeyFieldError, match="create it on tasks"):
        connector.write_batch([create(portal.open_deal())])
    with pytest.raises(MissingPermissionError, match="deal_risk_score"):
        connector.write_batch([Write("s", WriteKind.WRITE_SCORE, {"score": 42.0}, portal.open_deal())])


def test_without_a_unique_flag_tasks_are_found_through_their_deals(portal: Any) -> None:
    portal.quirks(key_not_unique=True)
    connector, deal = portal.connected(), portal.open_deal()
    portal.faults({"match": "*/tasks/batch/create", "nth": 1, "kind": "drop_after_apply"})
    (receipt,) = connector.write_batch([create(deal)])
    assert receipt.outcome is Outcome.UNKNOWN

    (task,) = connector.read_back(["dw:00000000000000000001-1"], [deal]).iter_rows(named=True)

    assert not connector.capabilities.key_enforced
    assert task["deal_id"] == deal


@pytest.mark.parametrize("lock", [1, 10])
def test_a_locked_key_is_tried_again_and_then_left_open(portal: Any, lock: int) -> None:
    portal.quirks(lock_unique=lock)
    connector, deal = portal.connected(), portal.open_deal()

    (receipt,) = connector.write_batch([create(deal)])

    assert receipt.outcome is (Outcome.DONE if lock == 1 else Outcome.UNKNOWN)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu"])
def test_a_due_day_is_nine_in_the_morning_there(zone: str) -> None:
    assert str(local_day(due_at("2026-03-08", ZoneInfo(zone)), ZoneInfo(zone))) == "2026-03-08"


def test_a_task_opens_in_the_portal(portal: Any) -> None:
    connector = portal.connected()

    assert connector.task_url("51").endswith("/record/0-27/51")
    assert connector.task_url("51").startswith("https://app")
