"""Which task of a deal carries the suppressed families, and in what order it lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.model import Severity
from sync.model.own_task import TaskState
from sync.model.task_text import Finding, SuppressedFindings, worst_first
from sync.plan.deal_view import DealView
from sync.plan.history import History
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


def suppressed_findings(view: DealView, own: Iterable[Finding], suppressed: Collection[str]) -> SuppressedFindings:
    """Return what the task about the *own* findings says of the suppressed families.

    A critical finding never comes after a lesser one: it is named first.
    """
    lesser = worst(own) < Severity.CRITICAL
    findings = [worst_first(view.findings[family_id])[0] for family_id in sorted(suppressed)]
    top = tuple(finding for finding in findings if lesser and finding.severity is Severity.CRITICAL)
    return SuppressedFindings(top, tuple(finding for finding in findings if finding not in top))


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity of *findings*, which are not empty."""
    return max(finding.severity for finding in findings)
