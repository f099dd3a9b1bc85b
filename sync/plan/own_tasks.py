"""Managed tasks as the CRM holds them, by deal and family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl

from sync.model import task_key
from sync.model.answers import answer_in
from sync.model.close_reason import in_current_words
from sync.model.local_time import local_time
from sync.model.own_task import ANY_RULE, WITHDRAWN, OwnTask, TasksByReason, TaskState
from sync.model.task_stated import rules_in
from sync.store.task_fields import TaskFields, user_modified
from sync.store.tasks import Origin

Row = Mapping[str, Any]

OriginsOf = Callable[[Sequence[str]], Mapping[str, Origin]]
"""What the ledger knows of the keys that do not fit the deals on which their tasks hang."""


def latest_by_reason(
    tasks: pl.DataFrame,
    families: Iterable[str],
    *,
    bases: Mapping[str, TaskFields] | None = None,
    time_zone: str = "UTC",
    origins_of: OriginsOf | None = None,
) -> TasksByReason:
    """Find the latest episode of every (deal, family) among *tasks*, a frame of ``own_tasks``.

    *bases* are the last-seen values of open tasks' fields, *time_zone* says on which of the connection's days a
    task ended. A task whose key does not fit the deal that it is linked to is a stray: without *origins_of* nothing is
    known of it, and it is left out.
    """
    reading, strays = _Reading(tuple(families), bases or {}, time_zone), []
    for row in tasks.iter_rows(named=True):
        family = reading.family_of(row)
        if family is not None:
            reading.add(row["deal_id"], family, reading.task(row, row["deal_id"], family))
        elif row["key"]:
            strays.append(row)
    origins = origins_of([row["key"] for row in strays]) if strays and origins_of else {}
    for row in strays:
        origin = origins.get(row["key"])
        if origin is not None and origin.family in reading.families:
            reading.add_stray(row, origin)
    return reading.result()


class _Reading:
    """Rows of our tasks on their way to the latest one of every reason."""

    def __init__(self, families: Sequence[str], bases: Mapping[str, TaskFields], time_zone: str) -> None:
        self.families, self._bases, self._time_zone = families, bases, time_zone
        self._stems: dict[str, dict[str, str]] = {}
        self._latest: dict[tuple[str, str], OwnTask] = {}
        self._completed: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._acknowledged: dict[tuple[str, str], dict[str, date]] = defaultdict(dict)
        self._merged: dict[tuple[str, str], list[OwnTask]] = defaultdict(list)

    def family_of(self, row: Row) -> str | None:
        """Find the family by which the row's key fits the deal that it hangs on."""
        parts, deal_id = task_key.split(row["key"] or ""), row["deal_id"]
        if parts is None or deal_id is None:
            return None
        if deal_id not in self._stems:
            self._stems[deal_id] = {task_key.stem(deal_id, family): family for family in self.families}
        return self._stems[deal_id].get(parts[0])

    def task(self, row: Row, deal_id: str, family: str) -> OwnTask:
        """Make a task of a row, as one of this deal."""
        parts = task_key.split(row["key"])
        assert parts is not None
        return _own_task(row, deal_id, (family, parts[1]), self._bases.get(row["key"]), self._time_zone)

    def add(self, deal_id: str, family: str, task: OwnTask) -> None:
        """Add a task to those of a reason."""
        reason = (deal_id, family)
        # By number, so that duplicates of one episode count once.
        if task.state is TaskState.COMPLETED:
            self._completed[reason].add(task.episode)
            self._acknowledge(reason, task)
        known = self._latest.get(reason)
        if known is None or known.episode < task.episode:
            self._latest[reason] = task
        elif known.episode == task.episode:
            self._latest[reason] = _of_duplicates(known, task)

    def _acknowledge(self, reason: tuple[str, str], task: OwnTask) -> None:
        """Note what a completed task named, up to the day of its completion."""
        stated, days = rules_in(task.body), self._acknowledged[reason]
        for rule_id in [ANY_RULE] if stated is None else [name for name, _ in stated]:
            if task.ended_on is not None:
                days[rule_id] = max(task.ended_on, days.get(rule_id, task.ended_on))

    def add_stray(self, row: Row, origin: Origin) -> None:
        """Add a task that does not fit its deal.

        Where the deal that it was made for still lives, a person moved it; where that deal is gone, it was left behind,
        or the deal was merged into the one on which the task hangs now.
        """
        if origin.lives:
            moved = self.task(row, origin.deal_id, origin.family)
            still_open = moved.state is TaskState.OPEN
            self.add(origin.deal_id, origin.family, replace(moved, state=TaskState.MOVED) if still_open else moved)
        elif row["deal_id"] is None:
            self.add(origin.deal_id, origin.family, self.task(row, origin.deal_id, origin.family))
        else:
            brought = self.task(row, row["deal_id"], origin.family)
            self._merged[row["deal_id"], origin.family].append(brought)

    def result(self) -> TasksByReason:
        """Return the one task that counts, by reason."""
        latest = {
            reason: replace(
                task,
                completions=_in_a_row(self._completed.get(reason, set()), task.episode),
                acknowledged=self._acknowledged.get(reason, {}),
            )
            for reason, task in self._latest.items()
        }
        for reason, brought in self._merged.items():
            latest[reason] = _task_to_keep([*brought, *([latest[reason]] if reason in latest else [])])
        return latest


def _of_duplicates(task: OwnTask, other: OwnTask) -> OwnTask:
    """Choose one of two tasks with the same key, which only a CRM that keeps no key unique can hold.

    What a person completed counts, then what is open, what a person touched, and the older one; another that is open
    becomes a duplicate of it.
    """
    ended = (TaskState.COMPLETED, TaskState.WITHDRAWN)

    def rank(task: OwnTask) -> tuple[bool, bool, bool, str, str]:
        is_open = task.state is TaskState.OPEN
        return task.state not in ended, not is_open, not task.touched, str(task.created_at or ""), task.task_id

    first, second = sorted((task, other), key=rank)
    left = (replace(second, duplicates=()),) if second.state is TaskState.OPEN else ()
    return replace(first, duplicates=(*first.duplicates, *left, *second.duplicates))


def _task_to_keep(tasks: Sequence[OwnTask]) -> OwnTask:
    """Return of several tasks for one reason the one that a person touched, else the oldest, with its duplicates."""
    still_open = [task for task in tasks if task.state is TaskState.OPEN]
    if not still_open:
        return max(tasks, key=lambda task: (task.ended_on or date.min, task.key))
    first, *rest = sorted(still_open, key=lambda task: (not task.touched, str(task.created_at or ""), task.key))
    return replace(first, duplicates=tuple(rest))


def _in_a_row(episodes: Collection[int], last: int) -> int:
    count = 0
    while last - count in episodes:
        count += 1
    return count


def _own_task(values: Row, deal_id: str, named: tuple[str, int], known: TaskFields | None, time_zone: str) -> OwnTask:
    ended: datetime | None = values["completed_at"] or values["modified_at"]
    return OwnTask(
        task_id=str(values["task_id"]),
        key=str(values["key"]),
        deal_id=deal_id,
        family=named[0],
        episode=named[1],
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
    )


def _state(row: Row) -> TaskState:
    if row["is_deleted"]:
        return TaskState.DELETED
    if row["is_open"]:
        return TaskState.OPEN
    if str(row["reason"] or "").startswith(WITHDRAWN):
        return TaskState.WITHDRAWN
    # We name a reason whenever we close; whoever else closes a task leaves that field as it was.
    return TaskState.CLOSED_BY_US if row["reason"] else TaskState.COMPLETED
