"""Which of several managed tasks for one reason counts: there should be one, and people and merges make more.

Open ones come before ended ones. Of several open ones the one stays that a person touched, opened again for instance,
else the oldest; the others are its duplicates, to be closed. Of ended ones the latest episode counts; what a person
ended after it, having opened an earlier episode again, counts beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce

from sync.model.close_reason import DUPLICATE, MERGED
from sync.model.own_task import ANY_RULE, OwnTask, TaskState
from sync.model.task_stated import rules_in


def counting_task(tasks: Sequence[OwnTask]) -> OwnTask:
    """Return the one that counts of *tasks* for one reason, with its duplicates and what counts beside it."""
    own = [task for task in tasks if not task.brought]
    highest = max((task.episode for task in own), default=0)
    completed = {task.episode for task in own if task.state is TaskState.COMPLETED}
    by_key: dict[str, list[OwnTask]] = defaultdict(list)
    for task in tasks:
        by_key[task.key].append(task)
    single = [reduce(_of_same_key, several) for several in by_key.values()]
    task = chosen([replace(task, highest=highest) for task in single])
    completions = 0 if task.brought else _in_a_row(completed, task.episode)
    return replace(task, completions=completions, acknowledged=_acknowledged(tasks))


def chosen(tasks: Sequence[OwnTask]) -> OwnTask:
    """Return the one that counts of *tasks* with different keys, with its duplicates and what counts beside it."""
    still_open = sorted((task for task in tasks if task.state is TaskState.OPEN), key=_to_keep)
    spare = [duplicate for task in tasks for duplicate in task.duplicates]
    highest = max(task.highest for task in tasks)
    if still_open:
        first, *rest = still_open
        others = (*spare, *(replace(task, duplicates=()) for task in rest))
        return replace(first, duplicates=others, highest=highest)
    # One that was closed for another to stay ended nothing: its reason went on in the other.
    counting = [task for task in tasks if task.reason not in (DUPLICATE, MERGED)] or tasks
    last = max(counting, key=lambda task: (not task.brought, task.episode, task.ended_on or date.min, task.key))
    beside = tuple(
        task
        for task in counting
        if task is not last and task.ended_by_person and (task.brought or _later(task.ended_on, last.ended_on))
    )
    return replace(last, duplicates=tuple(spare), highest=highest, ended_beside=beside)


def _to_keep(task: OwnTask) -> tuple[bool, float, str, str]:
    """Return the order in which open tasks for one reason stay: as a person left them, then the oldest."""
    # Only a person opens a task again that was closed with a reason, or after which there was a later one.
    reopened = bool(task.reason)
    touched = task.touched or reopened or (not task.brought and task.episode < task.highest)
    last_word = task.modified_at.timestamp() if reopened and task.modified_at else 0.0
    return not touched, -last_word, str(task.created_at or ""), task.key


def _of_same_key(task: OwnTask, other: OwnTask) -> OwnTask:
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


def _acknowledged(tasks: Sequence[OwnTask]) -> dict[str, date]:
    """Return the rules that completed tasks named, each with the day of the last such completion."""
    days: dict[str, date] = {}
    for task in tasks:
        if task.state is TaskState.COMPLETED and task.ended_on is not None:
            stated = rules_in(task.body)
            for rule_id in [ANY_RULE] if stated is None else [name for name, _ in stated]:
                days[rule_id] = max(task.ended_on, days.get(rule_id, task.ended_on))
    return days


def _later(day: date | None, other: date | None) -> bool:
    return day is not None and (other is None or day > other)


def _in_a_row(episodes: Collection[int], last: int) -> int:
    count = 0
    while last - count in episodes:
        count += 1
    return count
