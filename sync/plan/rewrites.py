"""Texts of an earlier version, or of another language: written anew once, worst first, so many a day.

What was written today is counted from the tasks themselves, so that a lost database begins no second day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.model import Severity
from sync.model import task_text
from sync.model.own_task import OwnTask, TaskState
from sync.plan.policy import Policy


def rewrites_of(
    tasks: Collection[OwnTask], holding: Collection[tuple[str, str]], policy: Policy, per_day: int
) -> frozenset[str]:
    """Return the keys of the open *tasks* whose outdated text is written anew now; *per_day* 0 means all of them.

    *holding* are deal and family of what holds: a task about anything else is not rewritten, and takes nobody's turn.
    Nor is one in whose text a person wrote or answered.
    """
    outdated = [task for task in tasks if (task.deal_id, task.family) in holding and _is_rewritten(task, policy)]
    if not outdated:
        return frozenset()
    if per_day:
        left = max(0, per_day - _written_today(tasks, policy))
        outdated = sorted(outdated, key=lambda task: (-_worst_stated(task), task.key))[:left]
    return frozenset(task.key for task in outdated)


def _is_rewritten(task: OwnTask, policy: Policy) -> bool:
    return (
        task.state is TaskState.OPEN
        and "body" not in task.user_modified
        and task.answer is None
        and task_text.is_outdated(task.body, policy.ruleset.language)
    )


def _written_today(tasks: Iterable[OwnTask], policy: Policy) -> int:
    """Count the older tasks whose text is of today: what was rewritten, for whatever reason."""
    language, today = policy.ruleset.language, policy.today
    return sum(task.made_on != today and task_text.is_written_on(today, task.body, language) for task in tasks)


def _worst_stated(task: OwnTask) -> Severity:
    return max((severity for _, severity in task_text.stated_rules(task.body) or ()), default=Severity.INFO)
