"""Our tasks as the CRM holds them, found by deal and family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import polars as pl

from sync import keys
from sync.answers import Answer, answer_in
from sync.facts import local_time
from sync.store.bases import TaskBases, theirs

WITHDRAWN: Final = "Withdrawn:"
"""How our reason begins when a person took back what we did."""


class TaskState(StrEnum):
    """What a task of ours tells about its episode."""

    OPEN = "open"
    CLOSED_BY_US = "closed_by_us"
    COMPLETED = "completed"  # by a person
    WITHDRAWN = "withdrawn"  # by us, since a person undid the run that made it
    DELETED = "deleted"  # positive proof only


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One task of ours, with the episode that its key names."""

    task_id: str
    key: str
    deal_id: str
    family: str
    episode: int
    state: TaskState
    theirs: frozenset[str]  # fields that a person changed, by their names in own_tasks
    owner_id: str | None
    subject: str
    body: str
    priority: str | None
    due: date | None
    modified_at: datetime | None
    answer: Answer | None = None
    made_on: date | None = None
    ended_on: date | None = None  # null while it is open
    completions: int = 0  # tasks in a row, this one the last, that a person completed

    @property
    def touched(self) -> bool:
        """Say whether a person changed any field of it."""
        return bool(self.theirs)


TasksByReason = Mapping[tuple[str, str], OwnTask]
"""The task of the latest episode, by (deal id, family)."""


def latest_by_reason(
    tasks: pl.DataFrame,
    families: Iterable[str],
    *,
    bases: Mapping[str, TaskBases] | None = None,
    time_zone: str = "UTC",
) -> TasksByReason:
    """Find the latest episode of every (deal, family) among *tasks*, a frame of ``own_tasks``.

    *bases* tell whose the fields of open tasks are, *time_zone* on which of the connection's days a task ended. A task
    whose key does not fit the deal that it now hangs on was moved by hand: it is theirs and left out.
    """
    names = tuple(families)
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    latest: dict[tuple[str, str], OwnTask] = {}
    completed: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in tasks.iter_rows(named=True):
        parts, deal_id = keys.split(row["key"] or ""), row["deal_id"]
        if parts is None or deal_id is None:
            continue
        if deal_id not in stems:
            stems[deal_id] = {keys.stem(deal_id, family): family for family in names}
        family = stems[deal_id].get(parts[0])
        if family is None:
            continue
        known, task = (
            latest.get((deal_id, family)),
            _own_task(row, family, parts[1], (bases or {}).get(row["key"]), time_zone),
        )
        if task.state is TaskState.COMPLETED:
            completed[deal_id, family].add(task.episode)
        if known is None or known.episode < task.episode:
            latest[deal_id, family] = task
    return {
        reason: replace(task, completions=_in_a_row(completed.get(reason, set()), task.episode))
        for reason, task in latest.items()
    }


def _in_a_row(episodes: Collection[int], last: int) -> int:
    count = 0
    while last - count in episodes:
        count += 1
    return count


def _own_task(row: dict[str, object], family: str, episode: int, known: TaskBases | None, time_zone: str) -> OwnTask:
    values: dict[str, Any] = dict(row)
    ended: datetime | None = values["completed_at"] or values["modified_at"]
    return OwnTask(
        task_id=str(values["task_id"]),
        key=str(values["key"]),
        deal_id=str(values["deal_id"]),
        family=family,
        episode=episode,
        state=_state(values),
        theirs=theirs(values, known),
        owner_id=values["owner_id"],
        subject=str(values["subject"] or ""),
        body=str(values["body"] or ""),
        priority=str(values["priority"] or "").lower(),
        due=values["due"],
        modified_at=values["modified_at"],
        answer=answer_in(values["answer"], values["body"]),
        made_on=local_time(time_zone, values["created_at"]).date() if values["created_at"] else None,
        ended_on=None if values["is_open"] or ended is None else local_time(time_zone, ended).date(),
    )


def _state(row: Mapping[str, object]) -> TaskState:
    if row["is_deleted"]:
        return TaskState.DELETED
    if row["is_open"]:
        return TaskState.OPEN
    if str(row["reason"] or "").startswith(WITHDRAWN):
        return TaskState.WITHDRAWN
    # We name a reason whenever we close; whoever else closes a task leaves that field as it was.
    return TaskState.CLOSED_BY_US if row["reason"] else TaskState.COMPLETED
