"""A managed task as the CRM holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sync.model.answers import Answer

WITHDRAWN: Final = "Withdrawn:"
"""How the reason begins when a person took back what dealwarden did."""


ANY_RULE: Final = ""
"""Stands for every rule of the family where a completed task's text names none any more."""


class TaskState(StrEnum):
    """What a managed task shows of its episode."""

    OPEN = "open"
    CLOSED_BY_US = "closed_by_us"
    COMPLETED = "completed"  # by a person
    WITHDRAWN = "withdrawn"  # by us, since a person undid the run that made it
    DELETED = "deleted"  # positive proof only
    MOVED = "moved"  # off the deal that it was made for, by a person
    REGROUPED = "regrouped"  # its rules went to another family, whose task it is now


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One managed task, with the episode that its key names."""

    task_id: str
    key: str
    deal_id: str
    family: str
    episode: int
    state: TaskState
    user_modified: frozenset[str]  # fields that a person changed, by their names in own_tasks
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
    reason: str = ""  # why we closed it; on an open task: a person opened it again
    created_at: datetime | None = None
    acknowledged: Mapping[str, date] = field(default_factory=dict)  # by rule: the last completion that named it
    duplicates: tuple[OwnTask, ...] = ()  # other open tasks for the same reason, to be closed
    brought: bool = False  # made for a deal that was merged into this one
    highest: int = 0  # the latest episode of its deal and family that the CRM shows
    ended_beside: tuple[OwnTask, ...] = ()  # others for the same reason that people ended later
    last_named: tuple[str, ...] = ()  # the rules that its body named when it last named any

    @property
    def ended_by_person(self) -> bool:
        """Whether a person ended it: completed, deleted, moved or withdrew it, or answered, whereupon we closed it."""
        return self.state in (TaskState.COMPLETED, TaskState.WITHDRAWN, TaskState.DELETED, TaskState.MOVED) or (
            self.state is TaskState.CLOSED_BY_US and self.answer is not None
        )

    @property
    def touched(self) -> bool:
        """Whether a person changed any field of it."""
        return bool(self.user_modified)


TasksByReason = Mapping[tuple[str, str], OwnTask]
"""The task of the latest episode, by (deal id, family)."""
