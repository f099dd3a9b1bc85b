from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.model import UNCONFIRMED, Outcome, Receipt, WriteKind
from sync.model.effect import Effect
from sync.store.database.errors import StoreError
from sync.store.database.schema import effects
from sync.store.store import Store
from tests.sync.store.rows import NOW, page

LATER = NOW + timedelta(minutes=1)


def effect(effect_id: str = "e1", **values: Any) -> Effect:
    made = Effect(
        effect_id=effect_id,
        run_id="run-1",
        plan_id="plan-1",
        kind=WriteKind.CREATE_TASK,
        key=f"dw:{effect_id}",
        deal_id="d1",
        family="slip",
        remote_id=None,
        values={"subject": "Täglich", "due": "2026-06-18", "reason": None},
        payload_hash="hash-1",
        episode=1,
    )
    return replace(made, **values)


def state(store: Store, conn: int) -> dict[str, str]:
    with store.database.read() as work:
        return dict(work.fetch(select(effects.c.effect_id, effects.c.state).where(effects.c.conn == conn)))


def test_an_effect_comes_back_as_it_was_planned(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect("b"), effect("a")])
    assert store.ledger.open_effects(conn) == [effect("b"), effect("a")]


def test_sending_is_remembered_before_anything_is_known(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect()])
    store.ledger.start_sending(conn, ["e1"], NOW)
    assert store.ledger.open_effects(conn) == [effect(state="sending", attempts=1, sent_at=NOW)]


def test_a_second_attempt_counts(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect()])
    store.ledger.start_sending(conn, ["e1"], NOW)
    store.ledger.record(conn, [Receipt("e1", Outcome.UNKNOWN)], NOW)
    store.ledger.start_sending(conn, ["e1"], LATER)
    (found,) = store.ledger.open_effects(conn)
    assert (found.attempts, found.sent_at) == (2, LATER)


@pytest.mark.parametrize("ended", ["done", "rejected", "dropped"])
def test_what_has_ended_is_never_sent_again(store: Store, conn: int, ended: str) -> None:
    store.ledger.insert(conn, [effect("e1", state=ended), effect("e2")])
    with pytest.raises(StoreError, match="not open in the ledger"):
        store.ledger.start_sending(conn, ["e1", "e2"], NOW)
    assert state(store, conn) == {"e1": ended, "e2": "planned"}


def test_what_is_not_in_the_ledger_is_never_sent(store: Store, conn: int) -> None:
    with pytest.raises(StoreError, match="not open in the ledger"):
        store.ledger.start_sending(conn, ["e1"], NOW)


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Outcome.DONE, "done"),
        (Outcome.REJECTED, "rejected"),
        (Outcome.DUPLICATE, "unknown"),
        (Outcome.UNKNOWN, "unknown"),
        (Outcome.NOT_SENT, "planned"),
    ],
)
def test_an_answer_decides_what_becomes_of_an_effect(store: Store, conn: int, outcome: Outcome, after: str) -> None:
    store.ledger.insert(conn, [effect()])
    store.ledger.start_sending(conn, ["e1"], NOW)
    store.ledger.record(conn, [Receipt("e1", outcome, code="C", message="m")], LATER)
    assert state(store, conn) == {"e1": after}


def test_a_receipt_without_a_remote_id_keeps_the_known_one(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect(kind=WriteKind.UPDATE_TASK, remote_id="00T1")])
    store.ledger.record(conn, [Receipt("e1", Outcome.UNKNOWN)], NOW)
    assert [effect.remote_id for effect in store.ledger.open_effects(conn)] == ["00T1"]


def test_a_dropped_effect_says_why_and_is_not_open(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect("e1"), effect("e2", state="done")])
    store.ledger.drop(conn, ["e1", "e2"], "planned afresh")
    assert store.ledger.open_effects(conn) == []
    assert state(store, conn) == {"e1": "dropped", "e2": "done"}


def test_a_refused_change_is_known_by_what_it_wants(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect()])
    store.ledger.record(conn, [Receipt("e1", Outcome.REJECTED, code="FIELD_CUSTOM", message="No.")], NOW)
    (refused,) = store.ledger.refused(conn)
    assert refused.effect.content == ("dw:e1", "create", "hash-1")
    assert (refused.message, refused.since) == ("No.", NOW)


def test_a_refused_score_is_known_by_its_deal(store: Store, conn: int) -> None:
    score = effect(kind=WriteKind.WRITE_SCORE, key=None, family=None, episode=None, remote_id="d1")
    store.ledger.insert(conn, [score])
    store.ledger.record(conn, [Receipt("e1", Outcome.REJECTED)], NOW)
    assert [refused.effect.content for refused in store.ledger.refused(conn)] == [("d1", "score", "hash-1")]


def test_a_refusal_ends_when_something_else_was_done(store: Store, conn: int) -> None:
    update = effect(kind=WriteKind.UPDATE_TASK, key="dw:k")
    refused = [replace(update, effect_id=f"e{number}", state="rejected") for number in range(2)]
    store.ledger.insert(conn, refused)
    store.ledger.insert(conn, [replace(update, effect_id="e3", payload_hash="hash-2", state="done")])
    assert store.ledger.refused(conn) == []


def test_only_tasks_that_were_made_count_as_episodes(store: Store, conn: int) -> None:
    store.ledger.insert(
        conn,
        [
            effect("e1", episode=1, state="done"),
            effect("e2", episode=2, state="done"),
            effect("e3", episode=3, state="rejected"),
            effect("e4", episode=9, state="done", kind=WriteKind.CLOSE_TASK),
            effect("e5", episode=1, family="champion", state="unknown"),
        ],
    )
    assert store.ledger.highest_episode(conn) == {("d1", "slip"): 2}


def test_a_create_must_name_its_episode(store: Store, conn: int) -> None:
    with pytest.raises(ValueError, match="without key, family and episode"):
        store.ledger.insert(conn, [effect(episode=None)])


def test_connections_have_ledgers_of_their_own(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect()])
    store.ledger.insert(conn + 1, [effect()])
    store.ledger.record(conn + 1, [Receipt("e1", Outcome.DONE)], NOW)
    assert store.ledger.open_effects(conn) == [effect()]
    assert store.ledger.open_effects(conn + 1) == []


def test_ten_thousand_effects_are_sent_and_answered_in_one_go(store: Store, conn: int) -> None:
    many = [effect(f"e{number}") for number in range(10_000)]
    store.ledger.insert(conn, many)
    store.ledger.start_sending(conn, [sent.effect_id for sent in many], NOW)
    store.ledger.record(conn, [Receipt(one.effect_id, Outcome.DONE, "r") for one in many], NOW)
    assert set(state(store, conn).values()) == {"done"}


def test_the_mirror_says_at_once_what_we_wrote_into_a_task(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(own_tasks=[{"task_id": "t1", "key": "dw:e1", "body": "old"}]))
    store.ledger.insert(conn, [effect(kind=WriteKind.UPDATE_TASK, remote_id="t1", values={"body": "new"})])
    store.ledger.start_sending(conn, ["e1"], NOW)
    store.ledger.record(conn, [Receipt("e1", Outcome.DONE, "t1")], NOW, answered=NOW)
    assert store.tasks.all(conn)["body"].to_list() == ["new"]


def test_what_the_crm_left_unconfirmed_is_counted_by_cycle_until_it_is_done(store: Store, conn: int) -> None:
    silent = effect(kind=WriteKind.UPDATE_TASK, key="dw:k", state="dropped", code=UNCONFIRMED)
    store.ledger.insert(conn, [replace(silent, effect_id=f"e{number}", run_id=f"r{number}") for number in range(2)])
    wanted = replace(silent, effect_id="e3", run_id="r3")
    assert store.ledger.unconfirmed_before(conn, [wanted]) == {wanted.content: 2}
    store.ledger.insert(conn, [replace(silent, effect_id="e4", state="done", code=None)])
    assert store.ledger.unconfirmed_before(conn, [wanted]) == {}


def test_a_write_without_any_answer_does_not_count_as_unconfirmed(store: Store, conn: int) -> None:
    store.ledger.insert(conn, [effect(state="unknown")])
    assert store.ledger.unconfirmed_before(conn, [effect("e2", key="dw:e1", run_id="r2")]) == {}
