"""What causes mean for tasks: one task for a cause and all that it explains, wherever that task is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sync.model.finding import Finding
from sync.model.own_task import TaskState
from sync.plan.deal_view import DealView
from sync.plan.history.history import History
from sync.plan.policy import Policy


def firing(view: DealView, family: str, history: History, policy: Policy) -> tuple[Finding, ...]:
    """Return the findings of *family* that ask for a new task: severe enough, unexplained, and told in no open task."""
    return tuple(
        finding
        for finding in view.findings.get(family, ())
        if finding.stands and finding.carries >= policy.from_severity and not _led_elsewhere(view, finding, history)
    )


def effects_of(view: DealView, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of other families that *findings* explain."""
    causes = {finding.rule.id: finding.rule.family for finding in findings}
    return tuple(
        effect
        for effect in _all(view)
        if effect.explained_by in causes and causes[effect.explained_by] != effect.rule.family
    )


def causes_of(
    view: DealView, findings: Iterable[Finding], history: History, starting: Collection[str]
) -> tuple[Finding, ...]:
    """Return the findings of other families that explain *findings* and have no task of their own.

    *starting* are the families that get a task now.
    """
    explained = {finding.explained_by: finding.rule.family for finding in findings if finding.explained_by}
    return tuple(
        cause
        for cause in _all(view)
        if cause.rule.id in explained
        and explained[cause.rule.id] != cause.rule.family
        and cause.rule.family not in starting
        and not _is_open(view, cause.rule.family, history)
    )


def _led_elsewhere(view: DealView, cause: Finding, history: History) -> bool:
    """Whether a task about something that *cause* explains is open: it goes on, and leads with the cause."""
    return any(_is_open(view, effect.rule.family, history) for effect in effects_of(view, [cause]))


def _is_open(view: DealView, family: str, history: History) -> bool:
    task = history.tasks.get((view.deal_id, family))
    return task is not None and task.state is TaskState.OPEN


def _all(view: DealView) -> Iterator[Finding]:
    for findings in view.findings.values():
        yield from findings
