"""Whether a family may have a task again after its last one ended: what a person decided counts for a while.

All of it is read from the tasks in the CRM, so that a lost database forgets only that a reason was clear in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rules.days.calendar import business_day_after
from sync.model import task_text
from sync.model.close_reason import RESOLVED
from sync.model.finding import Finding
from sync.model.own_task import ANY_RULE, OwnTask, TaskState
from sync.plan.history.history import History
from sync.plan.policy import Policy

DISMISSED: Final = (TaskState.DELETED, TaskState.MOVED)
"""What a person does to a task that they do not want back."""

DISPUTED_AFTER: Final = 2
"""So many completions while the reason still holds, and there is no further task until it was clear once."""


def may_start_again(task: OwnTask, findings: Sequence[Finding], history: History, policy: Policy) -> bool:
    """Whether *findings*, those severe enough for a task, may start the next episode after *task*.

    What people ended beside it, as an earlier episode that they had opened again, binds too.
    """
    return all(_may_follow(ended, findings, history, policy) for ended in (task, *task.ended_beside))


def _may_follow(task: OwnTask, findings: Sequence[Finding], history: History, policy: Policy) -> bool:
    """Whether *findings* may start an episode after this one.

    An answer binds whatever fires. A deletion, or a move to another deal, binds until the reason was clear, a
    completion or a withdrawal for the cooldown, a task that we closed as resolved for the rest of the day, since
    findings flap: each of them only the rules and severities that the task named; where its text no longer names any,
    all of them. What happened before a completion that named it is acknowledged for good; what happened later asks
    anew at once.
    """
    firing = [finding for finding in findings if not _is_acknowledged(finding, task)]
    if not firing:
        return False
    if (task.deal_id, task.family, task.episode) in history.released:
        return True
    ended = task.ended_on
    if not task.ended_by_person:
        flaps = task.reason == RESOLVED and ended == policy.today
        return not flaps or _goes_beyond(firing, task, policy)
    if task.answer is not None and task.state not in DISMISSED:
        until = task.answer.until(ended) if ended else None
        return until is not None and policy.today >= until
    if task.state is TaskState.COMPLETED and any(finding.rule.about == "event" for finding in firing):
        return True
    # Before severity: a third task after two completions convinces nobody, however bad it has become.
    if disputed(task, history):
        return False
    if _goes_beyond(firing, task, policy):
        return True
    if task.state in DISMISSED:
        return False
    return ended is not None and policy.today >= business_day_after(ended, policy.cooldown, policy.calendar)


def _is_acknowledged(finding: Finding, task: OwnTask) -> bool:
    """Whether a person completed a task that named this event, or any where its text names no rules any more."""
    if finding.rule.about != "event":
        return False
    days = [task.acknowledged[name] for name in (finding.rule.id, ANY_RULE) if name in task.acknowledged]
    return bool(days) and (finding.happened_on is None or finding.happened_on <= max(days))


def disputed(task: OwnTask, history: History) -> bool:
    """Whether people completed the family's tasks twice in a row while its reason held all the time."""
    reason = (task.deal_id, task.family)
    return task.completions >= DISPUTED_AFTER and (*reason, task.episode - 1) not in history.released


def _goes_beyond(firing: Iterable[Finding], task: OwnTask, policy: Policy) -> bool:
    """Whether a rule fires that the task did not name, or at a higher severity.

    A rule that it did not name may be one that it named before it was renamed: if it named one that is no more, at
    least as severe.
    """
    stated = task_text.stated_rules(task.body)
    if stated is None:
        return False
    record, known = dict(stated), {rule.id for rule in policy.ruleset.rules}
    renamed = max((severity for rule_id, severity in stated if rule_id not in known), default=None)
    return any(
        finding.carries > record[finding.rule.id]
        if finding.rule.id in record
        else renamed is None or finding.carries > renamed
        for finding in firing
    )
