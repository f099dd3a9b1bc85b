"""The plan: wanted tasks and scores against what the CRM really holds, as data, before the first write.

==================  =========================  ==============================================
the family's rules  latest managed task        what the plan wants
==================  =========================  ==============================================
fire                none                       create, next episode, unless a cap suppresses it
fire                closed by us               create, next episode
fire                completed by a person      nothing for the cooldown, unless a rule is new or worse
fire                completed twice in a row   nothing, until the family was clear once
fire                withdrawn                  the same as completed
fire                deleted by a person        nothing, until the family was clear once
fire                closed as snoozed          nothing until the day that the person named
fire                closed as answered         nothing, until the family was clear once
hold                open                       rewrite body, owner, priority where they differ and are managed
any                 open, answered             close as answered
clear               open                       close as resolved, whoever changed it
deal closed or out  open                       close with that reason, whoever changed it
some unknown        open                       nothing
==================  =========================  ==============================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.close_reason import DUPLICATE, MERGED, REGROUPED, RESOLVED, RETIRED
from sync.model.finding import Finding, SuppressedFindings
from sync.model.own_task import OwnTask, TaskState
from sync.plan.carrier import carrier_family, listed_findings
from sync.plan.causes import firing
from sync.plan.cooldown import disputed, may_start_again
from sync.plan.deal_view import DealView
from sync.plan.frozen import has_unknown
from sync.plan.history.history import History
from sync.plan.policy import Policy
from sync.plan.task_changes import close_task, create_task, update_task


def plan_deal(
    view: DealView, history: History, policy: Policy, suppressed: Collection[str] = frozenset()
) -> Iterator[PlannedChange]:
    """Plan the tasks of one judged deal, family by family; the *suppressed* ones get none and are listed in another."""
    starting = [name for name in families_to_start(view, history, policy) if name not in suppressed]
    carrier = carrier_family(view, history, policy, starting) if suppressed else None
    for family_id in sorted(_families(view.deal_id, history, policy)):
        task = history.tasks.get((view.deal_id, family_id))
        findings = view.findings.get(family_id, ())
        listed = listed_findings(view, findings, history, suppressed if family_id == carrier else (), starting)
        # An open task is brought up to date even if a cap suppresses its family: caps are for new ones.
        if task is not None and task.state is TaskState.OPEN:
            change = _for_open_task(view, task, listed, policy)
        elif family_id in starting:
            change = create_task(view, family_id, listed, history, policy)
        else:
            change = None
        if change is not None:
            yield change
        if task is not None:
            yield from _close_duplicates(view.name, task, policy)


def _close_duplicates(name: str, task: OwnTask, policy: Policy) -> Iterator[PlannedChange]:
    for duplicate in task.duplicates:
        why = MERGED if task.brought or duplicate.brought else DUPLICATE
        yield close_task(name, duplicate, why, policy)


def _families(deal_id: str, history: History, policy: Policy) -> frozenset[str]:
    """Return the families of a deal to look at: those of the policy, and those of its tasks that no rule has now."""
    return policy.families | history.families_on(deal_id) if policy.strangers else policy.families


def families_to_start(view: DealView, history: History, policy: Policy) -> list[str]:
    """Return the families that want a new task on a deal."""
    return [
        family_id
        for family_id in sorted(view.findings.keys() & policy.families)
        if (held := firing(view, family_id, history, policy))
        and _may_start(view, family_id, history.tasks.get((view.deal_id, family_id)), held, history, policy)
    ]


def disputed_families(view: DealView, history: History, policy: Policy) -> list[str]:
    """Return the families that fire on a deal and keep still, since people completed their tasks twice in a row."""
    if view.excluded:
        return []
    return [
        name
        for name in sorted(view.findings.keys() & policy.families)
        if (task := history.tasks.get((view.deal_id, name))) is not None
        and task.state is TaskState.COMPLETED
        and disputed(task, history)
        and (held := [finding for finding in firing(view, name, history, policy) if finding.rule.about != "event"])
        and not may_start_again(task, held, history, policy)
    ]


def plan_closed_deal(deal_id: str, name: str, why: str, history: History, policy: Policy) -> Iterator[PlannedChange]:
    """Close the open managed tasks on a deal that is no longer open; *why* is the reason that they will state."""
    for family_id in sorted(_families(deal_id, history, policy)):
        task = history.tasks.get((deal_id, family_id))
        if task is not None:
            still_open = (open_task for open_task in (task, *task.duplicates) if open_task.state is TaskState.OPEN)
            yield from (close_task(name, open_task, why, policy) for open_task in still_open if open_task.reason != why)


def releases(view: DealView, history: History, policy: Policy) -> Iterator[tuple[str, str, int]]:
    """Yield the episodes that a person ended and whose family is clear now: from here on it may have a task again."""
    for family_id in policy.families:
        task = history.tasks.get((view.deal_id, family_id))
        if task is None or view.excluded or view.findings.get(family_id):
            continue
        for ended in (task, *task.ended_beside):
            if ended.ended_by_person and not has_unknown(view, ended, policy):
                yield (view.deal_id, family_id, ended.episode)


def _may_start(
    view: DealView, family: str, task: OwnTask | None, held: Sequence[Finding], history: History, policy: Policy
) -> bool:
    if view.excluded or (task is not None and task.state is TaskState.OPEN):
        return False
    if task is None:
        # The ledger made a task that the CRM shows neither alive nor deleted: missing is not proof of anything.
        return (view.deal_id, family) not in history.reached
    return may_start_again(task, held, history, policy)


def _for_open_task(view: DealView, task: OwnTask, listed: SuppressedFindings, policy: Policy) -> PlannedChange | None:
    why = _why_over(view, task, policy)
    if why is not None and why != task.reason:
        return close_task(view.name, task, why, policy)
    return update_task(view, task, listed, policy) if view.findings.get(task.family) and not view.excluded else None


def _why_over(view: DealView, task: OwnTask, policy: Policy) -> str | None:
    """Return why an open task is to close, if it is.

    One that has a reason already was closed by us and opened again by a person: an answer was honoured then.
    """
    if view.excluded:
        return view.excluded
    # An answer comes before the findings: the person has read them.
    if task.answer is not None and not task.reason:
        return task.answer.reason(policy.today)
    if view.findings.get(task.family) or has_unknown(view, task, policy):
        return None
    active = [rule for rule in policy.ruleset.rules if rule.mode == "on"]
    stated = dict(task_text.stated_rules(task.body) or ())
    if any(rule.family == task.family and (rule.id in stated or not stated) for rule in active):
        return RESOLVED
    return REGROUPED if any(rule.id in stated for rule in active) else RETIRED
