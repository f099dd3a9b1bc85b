"""Our tasks as rows of the CRM: whose their fields are, and on which day they ended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from connectors.model import OWN_TASKS
from sync.model.close_reason import DUPLICATE
from sync.model.own_task import OwnTask
from sync.model.task_key import task_key
from sync.plan.own_tasks import latest_by_reason
from sync.store.task_fields import FIELDS, FieldState, shown
from tests.sync.builders import DEAL

KEY = task_key(DEAL, "slip", 1)
ROW = {
    "task_id": "00T1",
    "key": KEY,
    "deal_id": DEAL,
    "owner_id": "005",
    "subject": "Look at this",
    "body": "Why\n- so",
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
    bases = {**AS_SENT, "body": FieldState(shown("body", "Why\n- <so>"), shown("body", "Why\n- so"))}
    assert read(bases, modified_by_us=False).user_modified == frozenset()


def test_line_ends_and_trailing_blanks_are_nobody_s_change() -> None:
    assert read(AS_SENT, body="Why \r\n- so\r\n", modified_by_us=False).user_modified == frozenset()


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
