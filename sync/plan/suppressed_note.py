"""Which task of a deal tells of the families that have to wait, and in what order it does."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.model import Severity
from sync.model.own_task import TaskState
from sync.model.task_text import FoundRule, Waiting, worst_first
from sync.plan.deal_view import DealView
from sync.plan.history import History
from sync.plan.policy import Policy


def teller(view: DealView, history: History, policy: Policy, speaking: Collection[str]) -> str | None:
    """Choose the family whose task tells of the suppressed ones: the worst of those whose text is ours.

    *speaking* are the families that get a task now. None where a person rewrote every open task: what they typed stays,
    whatever waits behind it.
    """
    telling = set(speaking)
    for family_id in view.found.keys() & policy.families:
        task = history.tasks.get((view.deal_id, family_id))
        if task is not None and task.state is TaskState.OPEN and "body" not in task.theirs and task.answer is None:
            telling.add(family_id)
    return min(telling, key=lambda name: (-worst(view.found[name]), name), default=None)


def waiting_behind(view: DealView, told: Iterable[FoundRule], suppressed: Collection[str]) -> Waiting:
    """Give what the task that itself tells *told* says of the suppressed families.

    A critical finding never waits behind a lesser one: it is told first.
    """
    lesser = worst(told) < Severity.CRITICAL
    findings = [worst_first(view.found[family_id])[0] for family_id in sorted(suppressed)]
    top = tuple(one for one in findings if lesser and one.severity is Severity.CRITICAL)
    return Waiting(top, tuple(one for one in findings if one not in top))


def worst(found: Iterable[FoundRule]) -> Severity:
    """Give the worst severity of *found*, which is not empty."""
    return max(one.severity for one in found)
