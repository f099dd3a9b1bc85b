"""Our tasks as rows of the CRM: whose their fields are, and on which day they ended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from connectors.model import OWN_TASKS
from sync.model.close_reason import DUPLICATE
from sync.model.own_task import OwnTask, TaskState
from sync.model.task_key import task_key
from sync.plan.history.own_tasks import latest_by_reason
from sync.store.task_fields import FIELDS, FieldState, shown
from tests.sync.builders import DEAL

KEY = task_key(DEAL, "slip", 1)
BODY = f"Why\n- so\n\nRules: slip-rule (high) · Written 15 June 2026 · {KEY} v2"
ROW = {
    "task_id": "00T1",
    "key": KEY,
    "deal_id": DEAL,
    "owner_id": "005",
    "subject": "Look at this",
    "body": BODY,
    "priority": "High",
    "due": date(2026, 6, 18),
    "status": "Open",
    "is_open": True,
    "modified_by_us": True,
}
AS_SENT = {name: FieldState(shown(name, ROW[name]), None) for name in FIELDS}


def read(bases: dict[str, Any] | None = None, time_zone: str = "UTC", **changes: Any) -> OwnTask:
    row = {name: (ROW | changes).get(name) for name in OWN_TASKS.names()}
    tasks = pl.DataFrame([row], schema=OWN_TASKS)
    return latest_by_reason(tasks, ["slip"], bases={KEY: bases} if bases else {}, time_zone=time_zone)[DEAL, "slip"]


def duplicates(**second: Any) -> OwnTask:
    """Read two tasks of one deal under one key."""
    rows = [
        ROW | {"task_id": "00T1", "created_at": datetime(2026, 6, 15, 9, tzinfo=UTC)},
        ROW | {"task_id": "00T2", "created_at": datetime(2026, 6, 15, 10, tzinfo=UTC)} | second,
    ]
    tasks = pl.DataFrame([{name: row.get(name) for name in OWN_TASKS.names()} for row in rows], schema=OWN_TASKS)
    return latest_by_reason(tasks, ["slip"], bases={KEY: AS_SENT})[DEAL, "slip"]


def test_of_two_tasks_with_one_key_the_older_stays_and_the_other_is_closed() -> None:
    task = duplicates()
    assert (task.task_id, [duplicate.task_id for duplicate in task.duplicates]) == ("00T1", ["00T2"])


def test_of_two_tasks_with_one_key_the_one_that_a_person_touched_stays() -> None:
    task = duplicates(subject="Mine", modified_by_us=False)
    assert (task.task_id, [duplicate.task_id for duplicate in task.duplicates]) == ("00T2", ["00T1"])


def test_of_two_tasks_with_one_key_a_completed_one_counts_for_both() -> None:
    task = duplicates(is_open=False, status="Completed")
    assert (task.task_id, [duplicate.task_id for duplicate in task.duplicates]) == ("00T2", ["00T1"])


def test_of_two_tasks_with_one_key_a_person_may_delete_one() -> None:
    task = duplicates(is_deleted=True)
    assert (task.task_id, task.duplicates) == ("00T1", ())


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", "Mine"), ("body", "Mine"), ("priority", "Low"), ("owner_id", "006"), ("due", date(2026, 7, 1))],
)
def test_a_field_that_differs_from_what_we_wrote_is_user_modified(field: str, value: object) -> None:
    assert read(AS_SENT, **{field: value}, modified_by_us=False).user_modified == {field}


def test_a_person_s_change_stays_user_modified_when_a_late_write_of_ours_lands_after_it() -> None:
    assert read(AS_SENT, subject="Mine", modified_by_us=True).user_modified == {"subject"}


def test_what_the_crm_made_of_our_text_is_not_user_modified() -> None:
    bases = {**AS_SENT, "body": FieldState(shown("body", "Why\n- <so>"), shown("body", BODY))}
    assert read(bases, modified_by_us=False).user_modified == frozenset()


def test_line_ends_and_trailing_blanks_are_nobody_s_change() -> None:
    assert read(AS_SENT, body=BODY.replace("\n", " \r\n") + "\r\n", modified_by_us=False).user_modified == frozenset()


def test_of_a_task_that_the_database_does_not_know_everything_is_user_modified_once_a_person_changed_it() -> None:
    assert (read(modified_by_us=False).user_modified, read(modified_by_us=True).user_modified) == (
        frozenset(FIELDS),
        frozenset(),
    )


def test_a_task_ended_on_the_day_of_the_connection_s_zone() -> None:
    late_in_new_york = datetime(2026, 6, 16, 1, tzinfo=UTC)
    task = read(is_open=False, completed_at=late_in_new_york, time_zone="America/New_York")
    assert task.ended_on == date(2026, 6, 15)


def test_a_reason_in_the_words_of_an_earlier_version_is_the_same_reason() -> None:
    assert read(reason="Another task of ours stands here for the same reason.").reason == DUPLICATE


@pytest.mark.parametrize("body", ["I am on it", f"{BODY}\nI called them", "", BODY.replace(KEY, "dw:another-1")])
def test_a_body_of_an_unknown_task_without_our_last_lines_is_theirs_whoever_wrote_last(body: str) -> None:
    assert read(body=body, modified_by_us=True).user_modified == {"body"}


@pytest.mark.parametrize("last", [f"Written 2026-06-15, {KEY}", f"Rules: a (high) · Written 15 June · {KEY} v3-de"])
def test_a_body_of_any_release_that_ends_with_its_key_is_ours(last: str) -> None:
    assert read(body=f"Why\n- so\n\n{last}", modified_by_us=True).user_modified == frozenset()


def episodes(*changes: dict[str, Any]) -> OwnTask:
    """Read tasks of one reason, an episode each, made an hour apart."""
    rows = [
        ROW
        | {"task_id": f"00T{number}", "key": task_key(DEAL, "slip", number)}
        | {"created_at": datetime(2026, 6, 15, 8 + number, tzinfo=UTC), "body": ""}
        | change
        for number, change in enumerate(changes, start=1)
    ]
    tasks = pl.DataFrame([{name: row.get(name) for name in OWN_TASKS.names()} for row in rows], schema=OWN_TASKS)
    return latest_by_reason(tasks, ["slip"])[DEAL, "slip"]


COMPLETED = {"is_open": False, "status": "Completed"}
CLOSED = {"is_open": False, "reason": "Another managed task exists here for the same reason."}


def test_an_earlier_episode_that_a_person_opened_again_stays_and_the_later_one_is_its_duplicate() -> None:
    task = episodes({}, {})
    assert (task.episode, task.highest, [other.episode for other in task.duplicates]) == (1, 2, [2])


def test_an_earlier_episode_that_is_open_again_counts_before_a_later_one_that_ended() -> None:
    task = episodes({}, COMPLETED)
    assert (task.episode, task.state, task.highest) == (1, TaskState.OPEN, 2)


def test_an_episode_that_was_closed_for_another_to_stay_ended_nothing() -> None:
    assert episodes(COMPLETED, CLOSED).episode == 1


def test_of_two_that_a_person_opened_again_the_last_one_stays() -> None:
    again = {"reason": CLOSED["reason"], "modified_at": datetime(2026, 6, 17, tzinfo=UTC)}
    task = episodes({"reason": CLOSED["reason"], "modified_at": datetime(2026, 6, 16, tzinfo=UTC)}, again)
    assert (task.episode, [other.episode for other in task.duplicates]) == (2, [1])


def test_an_earlier_episode_that_was_completed_again_after_a_later_one_ended_counts_beside_it() -> None:
    late, early = datetime(2026, 6, 18, tzinfo=UTC), datetime(2026, 6, 16, tzinfo=UTC)
    task = episodes(COMPLETED | {"completed_at": late}, COMPLETED | {"completed_at": early})
    assert (task.episode, [other.episode for other in task.ended_beside]) == (2, [1])
