"""Whether a family may speak again after its last task ended: what a person decided counts for a while.

All of it is read from the tasks in the CRM, so that a lost database forgets only that a reason was clear in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rules.calendar import business_day_after
from sync import wording
from sync.own_tasks import OwnTask, TaskState
from sync.wording import FoundRule

if TYPE_CHECKING:
    from sync.plan import History, Policy

DISPUTED_AFTER: Final = 2
"""So many completions while the reason still holds, and there is no further task until it was clear once."""


def ended_by_person(task: OwnTask) -> bool:
    """Say whether a person ended the task: completed, deleted or withdrew it, or answered, whereupon we closed it."""
    return task.state in (TaskState.COMPLETED, TaskState.DELETED, TaskState.WITHDRAWN) or (
        task.state is TaskState.CLOSED_BY_US and task.answer is not None
    )


def speaks_again(task: OwnTask, firing: Iterable[FoundRule], history: History, policy: Policy) -> bool:
    """Say whether *firing*, the findings severe enough for a task, may start the next episode after *task*.

    An answer binds whatever fires. A deletion binds until the reason was clear. A completion or a withdrawal binds for
    the cooldown, and only the rules and severities that the task named: all, where its text no longer names any.
    """
    if not ended_by_person(task) or (task.deal_id, task.family, task.episode) in history.released:
        return True
    ended = task.ended_on
    if task.answer is not None and task.state is not TaskState.DELETED:
        until = task.answer.until(ended) if ended else None
        return until is not None and policy.today >= until
    if task.state is TaskState.DELETED or disputed(task, history):
        return False
    stated = wording.stated_rules(task.body)
    if stated is not None and _goes_beyond(firing, stated):
        return True
    return ended is not None and policy.today >= business_day_after(ended, policy.cooldown, policy.calendar)


def disputed(task: OwnTask, history: History) -> bool:
    """Say whether people completed the family's tasks twice in a row while its reason held all the time."""
    reason = (task.deal_id, task.family)
    return task.completions >= DISPUTED_AFTER and (*reason, task.episode - 1) not in history.released


def _goes_beyond(firing: Iterable[FoundRule], stated: wording.Stated) -> bool:
    record = dict(stated)
    return any(one.rule.id not in record or one.severity > record[one.rule.id] for one in firing)
