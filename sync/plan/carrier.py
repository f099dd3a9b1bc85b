"""Which task of a deal carries the suppressed families, and in what order it lists them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rules.model import Severity
from sync.model.finding import NOTHING_SUPPRESSED, Finding, SuppressedFindings, in_order, worst
from sync.model.own_task import TaskState
from sync.plan.causes import causes_of, effects_of
from sync.plan.deal_view import DealView
from sync.plan.history.history import History
from sync.plan.policy import Policy


def carrier_family(view: DealView, history: History, policy: Policy, starting: Collection[str]) -> str | None:
    """Return the family whose task lists the suppressed ones: the worst of those whose body no person changed.

    *starting* are the families that get a task now. None where a person rewrote every open task: what they typed stays,
    whatever is suppressed.
    """
    carriers = set(starting)
    for family_id in view.findings.keys() & policy.families:
        task = history.tasks.get((view.deal_id, family_id))
        if (
            task is not None
            and task.state is TaskState.OPEN
            and "body" not in task.user_modified
            and task.answer is None
        ):
            carriers.add(family_id)
    return min(carriers, key=lambda name: (-worst(view.findings[name]), name), default=None)


def listed_findings(
    view: DealView,
    own: Sequence[Finding],
    history: History,
    suppressed: Collection[str],
    starting: Collection[str] = (),
) -> SuppressedFindings:
    """Return what the task about the *own* findings says of others: their causes, their effects, suppressed families.

    A cause whose family gets a task now (*starting*), or has one, is told there alone. Causes come first, and critical
    findings of suppressed families before lesser findings of the task's own.
    """
    if not own:
        return NOTHING_SUPPRESSED
    lesser = worst(own) < Severity.CRITICAL
    waiting = [in_order(view.findings[family_id])[0] for family_id in sorted(suppressed)]
    first = [finding for finding in waiting if lesser and finding.carries is Severity.CRITICAL]
    return SuppressedFindings(
        top=(*causes_of(view, own, history, starting), *(finding for finding in waiting if finding in first)),
        also=tuple(finding for finding in waiting if finding not in first),
        effects=effects_of(view, own),
    )
