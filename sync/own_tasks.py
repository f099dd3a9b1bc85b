"""Our tasks as the CRM holds them, found by deal and family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from sync import keys


class TaskState(StrEnum):
    """What a task of ours tells about its episode."""

    OPEN = "open"
    CLOSED_BY_US = "closed_by_us"
    COMPLETED = "completed"  # by a person
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
    touched: bool  # a person was the last to change it
    owner_id: str | None
    subject: str
    body: str
    priority: str | None
    due: date | None
    modified_at: datetime | None


TasksByReason = Mapping[tuple[str, str], OwnTask]
"""The task of the latest episode, by (deal id, family)."""


def latest_by_reason(tasks: pl.DataFrame, families: Iterable[str]) -> TasksByReason:
    """Find the latest episode of every (deal, family) among *tasks*, a frame of ``own_tasks``.

    A task whose key does not fit the deal that it now hangs on was moved by hand: it is theirs and left out.
    """
    names = tuple(families)
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    latest: dict[tuple[str, str], OwnTask] = {}
    for row in tasks.iter_rows(named=True):
        parts, deal_id = keys.split(row["key"] or ""), row["deal_id"]
        if parts is None or deal_id is None:
            continue
        if deal_id not in stems:
            stems[deal_id] = {keys.stem(deal_id, family): family for family in names}
        family = stems[deal_id].get(parts[0])
        if family is None:
            continue
        known = latest.get((deal_id, family))
        if known is None or known.episode < parts[1]:
            latest[deal_id, family] = _own_task(row, family, parts[1])
    return latest


def _own_task(row: dict[str, object], family: str, episode: int) -> OwnTask:
    values = dict(row)
    return OwnTask(
        task_id=str(values["task_id"]),
        key=str(values["key"]),
        deal_id=str(values["deal_id"]),
        family=family,
        episode=episode,
        state=_state(values),
        touched=values["modified_by_us"] is not True,
        owner_id=values["owner_id"],  # type: ignore[arg-type]
        subject=str(values["subject"] or ""),
        body=str(values["body"] or ""),
        priority=str(values["priority"] or "").lower(),
        due=values["due"],  # type: ignore[arg-type]
        modified_at=values["modified_at"],  # type: ignore[arg-type]
    )


def _state(row: Mapping[str, object]) -> TaskState:
    if row["is_deleted"]:
        return TaskState.DELETED
    if row["is_open"]:
        return TaskState.OPEN
    # We name a reason whenever we close; whoever else closes a task leaves that field as it was.
    return TaskState.CLOSED_BY_US if row["reason"] else TaskState.COMPLETED
