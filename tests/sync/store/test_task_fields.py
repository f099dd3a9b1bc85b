"""What the store learns about whose the fields of our tasks are, from what we send and what is read back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.model import Outcome, Receipt, WriteKind
from sync.model.effect import Effect
from sync.store.store import Store
from sync.store.task_fields import FIELDS, shown, user_modified
from tests.sync.store.rows import NOW, frame

KEY = "dw:1"
SENT = {
    "key": KEY,
    "owner_id": "005",
    "subject": "Look",
    "body": "Why\n- <so>",
    "priority": "high",
    "due": "2026-06-18",
}
AS_SHOWN = SENT | {"body": "Why\n- so", "priority": "High", "due": None, "status": "Open"}


def send(store: Store, conn: int, effect_id: str, *, answered: int | None, **values: Any) -> None:
    """Send a write that the CRM answers in this minute, or never."""
    kind = WriteKind.CREATE_TASK if "key" in values else WriteKind.UPDATE_TASK
    one = Effect(effect_id, "r", None, kind, KEY, "d1", "slip", None, values, effect_id, episode=1)
    store.ledger.insert(conn, [one])
    store.ledger.start_sending(conn, [effect_id], NOW)
    if answered is not None:
        at = NOW + timedelta(minutes=answered)
        store.ledger.record(conn, [Receipt(effect_id, Outcome.DONE, "t")], NOW, answered=at)


def row(minute: int, *, by_us: bool = True, **changes: Any) -> dict[str, Any]:
    made = {"task_id": "t", "deal_id": "d1", "is_open": True, "is_deleted": False}
    at = NOW + timedelta(minutes=minute)
    return AS_SHOWN | made | {"modified_at": at, "modified_by_us": by_us} | changes


def read(store: Store, conn: int, minute: int, **changes: Any) -> frozenset[str]:
    """Read the task as it is now, and name what a person made theirs."""
    found = row(minute, **changes)
    store.mirror.save_tasks(conn, frame("own_tasks", found))
    return user_modified(found, store.task_fields.of_open_tasks(conn).get(KEY))


@pytest.fixture
def made(store: Store, conn: int) -> int:
    """A connection with one task, made by us and read back."""
    send(store, conn, "make", answered=1, **SENT)
    assert read(store, conn, 1) == frozenset()
    return conn


def test_the_first_read_back_after_our_write_is_the_base(store: Store, made: int) -> None:
    assert store.task_fields.of_open_tasks(made)[KEY]["body"].last_seen == shown("body", AS_SHOWN["body"])


def test_if_a_person_was_quicker_what_we_sent_is_the_base(store: Store, conn: int) -> None:
    send(store, conn, "make", answered=1, **SENT)
    assert "subject" in read(store, conn, 1, by_us=False, subject="Mine")


def test_a_rewritten_body_is_ours_before_and_after_it_lands(store: Store, made: int) -> None:
    send(store, made, "rewrite", answered=2, body="Why\n- another")
    assert read(store, made, 1) == frozenset()
    assert read(store, made, 2, body="Why\n- another") == frozenset()


def test_a_person_s_edit_that_a_late_write_of_ours_hides_is_no_base(store: Store, conn: int) -> None:
    send(store, conn, "make", answered=1, **SENT)
    assert "subject" in read(store, conn, 3, subject="Mine")


def test_a_subject_edited_before_our_rewrite_of_the_body_landed_stays_theirs(store: Store, made: int) -> None:
    send(store, made, "rewrite", answered=None, body="Why\n- another")
    assert read(store, made, 3, body="Why\n- another", subject="Mine") == {"subject"}


def test_a_body_edited_between_two_late_writes_of_ours_stays_theirs(store: Store, made: int) -> None:
    send(store, made, "rewrite", answered=2, body="Why\n- another")
    send(store, made, "raise", answered=4, priority="high")
    assert read(store, made, 4, body="Mine") == {"body"}


@pytest.mark.parametrize("answered", [2, None], ids=["answered", "without an answer"])
def test_what_a_person_turned_back_after_a_write_is_theirs(store: Store, made: int, answered: int | None) -> None:
    send(store, made, "hand over", answered=answered, owner_id="006")
    assert read(store, made, 3, by_us=False) == {"owner_id"}


def test_a_write_without_an_answer_that_nobody_touched_since_is_still_ours(store: Store, made: int) -> None:
    send(store, made, "hand over", answered=None, owner_id="006")
    assert read(store, made, 3) == frozenset()


def test_an_edit_after_a_write_that_was_refused_takes_nothing_but_what_it_changed(store: Store, made: int) -> None:
    send(store, made, "hand over", answered=None, owner_id="006")
    store.ledger.record(made, [Receipt("hand over", Outcome.REJECTED, "t")], NOW, answered=NOW)
    assert read(store, made, 3, by_us=False, subject="Mine") == {"subject"}


def test_a_row_from_before_our_write_is_not_its_base(store: Store, made: int) -> None:
    send(store, made, "rewrite", answered=2, body="Why\n- <another>")
    read(store, made, 1, completed_at=NOW)
    assert read(store, made, 2, body="Why\n- another") == frozenset()


def test_a_task_of_a_lost_database_is_adopted_as_it_stands(store: Store, conn: int) -> None:
    ours = f"Why\n- so\n\nWritten 2026-06-15, {KEY}"
    read(store, conn, 1, body=ours)
    assert read(store, conn, 2, by_us=False, subject="Mine", body=ours) == {"subject"}


def test_of_a_task_of_a_lost_database_a_body_without_our_last_lines_stays_theirs_after_our_next_write(
    store: Store, conn: int
) -> None:
    read(store, conn, 1, body="I am on it")
    send(store, conn, "give", answered=2, owner_id="006")
    assert read(store, conn, 2, body="I am on it", owner_id="006") == {"body"}


def test_a_task_that_a_person_changed_last_is_adopted_as_theirs(store: Store, conn: int) -> None:
    assert read(store, conn, 1, by_us=False) == frozenset(FIELDS)
