"""Managed tasks as the CRM holds them, by deal and family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from sync.model import task_key
from sync.model.answers import answer_in
from sync.model.close_reason import in_current_words
from sync.model.local_time import local_time
from sync.model.origin import Origins
from sync.model.own_task import WITHDRAWN, OwnTask, TasksByReason, TaskState
from sync.plan.history.attribution import Attribution, Place
from sync.plan.history.counting_task import counting_task
from sync.store.task_fields import TaskFields, user_modified

Row = Mapping[str, Any]


def latest_by_reason(
    tasks: pl.DataFrame,
    families: Iterable[str],
    *,
    bases: Mapping[str, TaskFields] | None = None,
    time_zone: str = "UTC",
    origins: Origins | None = None,
) -> TasksByReason:
    """Find the task that counts for every (deal, family) among *tasks*, a frame of ``own_tasks``.

    *bases* are the last-seen values of open tasks' fields, *time_zone* says on which of the connection's days a
    task ended. A task whose key does not fit the deal that it is linked to is a stray: without *origins* nothing is
    known of it, and it is left out.
    """
    return tasks_of(tasks, Attribution(families, origins), bases or {}, time_zone)


def tasks_of(
    tasks: pl.DataFrame, attribution: Attribution, bases: Mapping[str, TaskFields], time_zone: str
) -> TasksByReason:
    """Do the same where the caller asks the *attribution* afterwards what it had to look up."""
    by_reason: dict[tuple[str, str], list[OwnTask]] = defaultdict(list)
    for row, place in attribution.places(tasks.iter_rows(named=True)):
        task = _own_task(row, place, bases.get(row["key"]), time_zone)
        by_reason[task.deal_id, task.family].append(task)
    return {reason: counting_task(several) for reason, several in by_reason.items()}


def _own_task(values: Row, place: Place, known: TaskFields | None, time_zone: str) -> OwnTask:
    ended: datetime | None = values["completed_at"] or values["modified_at"]
    parts = task_key.split(values["key"])
    assert parts is not None
    task = OwnTask(
        task_id=str(values["task_id"]),
        key=str(values["key"]),
        deal_id=place.deal_id,
        family=place.family,
        episode=parts[1],
        state=_state(values),
        user_modified=user_modified(values, known),
        owner_id=values["owner_id"],
        subject=str(values["subject"] or ""),
        body=str(values["body"] or ""),
        priority=str(values["priority"] or "").lower(),
        due=values["due"],
        modified_at=values["modified_at"],
        answer=answer_in(values["answer"], values["body"]),
        made_on=local_time(time_zone, values["created_at"]).date() if values["created_at"] else None,
        ended_on=None if values["is_open"] or ended is None else local_time(time_zone, ended).date(),
        reason=in_current_words(str(values["reason"] or "")),
        created_at=values["created_at"],
        brought=place.how == "brought",
        last_named=tuple(filter(None, (place.rules or "").split(","))),
    )
    moved = place.how == "moved" and task.state is TaskState.OPEN
    return replace(task, state=TaskState.MOVED) if moved else task


def _state(row: Row) -> TaskState:
    if row["is_deleted"]:
        return TaskState.DELETED
    if row["is_open"]:
        return TaskState.OPEN
    if str(row["reason"] or "").startswith(WITHDRAWN):
        return TaskState.WITHDRAWN
    # We name a reason whenever we close; whoever else closes a task leaves that field as it was.
    return TaskState.CLOSED_BY_US if row["reason"] else TaskState.COMPLETED
