"""The plan: wanted tasks and scores against what the CRM really holds, as data, before the first write.

==================  =========================  ==============================================
the family's rules  our latest task            what the plan wants
==================  =========================  ==============================================
fire                none                       create, next episode, unless a cap suppresses it
fire                closed by us               create, next episode
fire                completed by a person      nothing for the cooldown, unless a rule is new or worse
fire                completed twice in a row   nothing, until the family was clear once
fire                withdrawn                  the same as completed
fire                deleted by a person        nothing, until the family was clear once
fire                closed as snoozed          nothing until the day that the person named
fire                closed as answered         nothing, until the family was clear once
hold                open                       rewrite body, owner, priority where they differ and are ours
any                 open, answered             close as answered
clear               open                       close as resolved, whoever changed it
deal closed or out  open                       close with that reason, whoever changed it
some unknown        open                       nothing
==================  =========================  ==============================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.own_task import OwnTask, TaskState
from sync.model.task_text import FoundRule
from sync.plan.cooldown import REGROUPED, RESOLVED, RETIRED, disputed, ended_by_person, speaks_again
from sync.plan.deal_view import DealView
from sync.plan.frozen import has_unknown
from sync.plan.history import History
from sync.plan.policy import Policy
from sync.plan.suppressed_note import teller, waiting_behind
from sync.plan.task_changes import close_task, create_task, update_task

MERGED: Final = "The deal was merged; another task speaks for the same reason."
TWIN: Final = "Another task of ours stands here for the same reason."


def plan_deal(
    view: DealView, history: History, policy: Policy, suppressed: Collection[str] = frozenset()
) -> Iterator[PlannedChange]:
    """Plan the tasks of one judged deal, family by family; the *suppressed* ones get none and are told in another."""
    speaking = [name for name in speaking_families(view, history, policy) if name not in suppressed]
    telling = teller(view, history, policy, speaking) if suppressed else None
    for family_id in sorted(policy.families):
        task = history.tasks.get((view.deal_id, family_id))
        found = view.found.get(family_id, ())
        waiting = waiting_behind(view, found, suppressed) if family_id == telling else task_text.NOBODY_WAITS
        if task is not None and task.state is TaskState.OPEN:
            change = _for_open_task(view, task, waiting, policy)
        elif family_id in speaking:
            change = create_task(view, family_id, waiting, history, policy)
        else:
            change = None
        if change is not None:
            yield change
        if task is not None:
            yield from _close_beside(view.name, task, policy)


def _close_beside(name: str, task: OwnTask, policy: Policy) -> Iterator[PlannedChange]:
    for one in task.beside:
        why = TWIN if one.key == task.key else MERGED
        if one.reason != why:
            yield close_task(name, one, why, policy)


def speaking_families(view: DealView, history: History, policy: Policy) -> list[str]:
    """Give the families that want a new task on a deal."""
    return [
        family_id
        for family_id in sorted(view.found.keys() & policy.families)
        if (firing := _firing(view.found[family_id], policy))
        and _may_speak(view, family_id, history.tasks.get((view.deal_id, family_id)), firing, history, policy)
    ]


def disputed_families(view: DealView, history: History, policy: Policy) -> list[str]:
    """Give the families that fire on a deal and keep still, since people completed their tasks twice in a row."""
    if view.left_alone:
        return []
    return [
        name
        for name in sorted(view.found.keys() & policy.families)
        if (task := history.tasks.get((view.deal_id, name))) is not None
        and task.state is TaskState.COMPLETED
        and disputed(task, history)
        and (firing := _firing(view.found[name], policy))
        and not speaks_again(task, firing, history, policy)
    ]


def plan_closed_deal(deal_id: str, name: str, why: str, history: History, policy: Policy) -> Iterator[PlannedChange]:
    """Close our open tasks on a deal that is no longer open; *why* is the reason that they will state."""
    for family_id in sorted(policy.families):
        task = history.tasks.get((deal_id, family_id))
        if task is not None:
            standing = (one for one in (task, *task.beside) if one.state is TaskState.OPEN)
            yield from (close_task(name, one, why, policy) for one in standing if one.reason != why)


def releases(view: DealView, history: History, policy: Policy) -> Iterator[tuple[str, str, int]]:
    """Name the episodes that a person ended and whose family is clear now: from here on it may speak again."""
    for family_id in policy.families:
        task = history.tasks.get((view.deal_id, family_id))
        if task is None or not ended_by_person(task):
            continue
        if not view.left_alone and not view.found.get(family_id) and not has_unknown(view, task, policy):
            yield (view.deal_id, family_id, task.episode)


def _firing(found: Iterable[FoundRule], policy: Policy) -> tuple[FoundRule, ...]:
    return tuple(one for one in found if one.severity >= policy.from_severity)


def _may_speak(
    view: DealView, family: str, task: OwnTask | None, firing: Iterable[FoundRule], history: History, policy: Policy
) -> bool:
    if view.left_alone or (task is not None and task.state is TaskState.OPEN):
        return False
    if task is None:
        # The ledger made a task that the CRM shows neither alive nor deleted: missing is not proof of anything.
        return (view.deal_id, family) not in history.reached
    return speaks_again(task, firing, history, policy)


def _for_open_task(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> PlannedChange | None:
    why = _why_over(view, task, policy)
    if why is not None and why != task.reason:
        return close_task(view.name, task, why, policy)
    return update_task(view, task, waiting, policy) if view.found.get(task.family) and not view.left_alone else None


def _why_over(view: DealView, task: OwnTask, policy: Policy) -> str | None:
    """Say why an open task is to close, if it is.

    One that has a reason already was closed by us and opened again by a person: an answer was honoured then.
    """
    if view.left_alone:
        return view.left_alone
    if task.answer is not None and not task.reason:
        return task.answer.reason(policy.today)
    if view.found.get(task.family) or has_unknown(view, task, policy):
        return None
    speaking = [rule for rule in policy.ruleset.rules if rule.mode == "on"]
    stated = dict(task_text.stated_rules(task.body) or ())
    if any(rule.family == task.family and (rule.id in stated or not stated) for rule in speaking):
        return RESOLVED
    return REGROUPED if any(rule.id in stated for rule in speaking) else RETIRED
