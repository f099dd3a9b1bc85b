"""The three changes of a task: create, update where it differs, close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from connectors.model import WriteKind
from rules.days.calendar import business_day_after
from rules.model import Family, Severity
from sync.model import task_text
from sync.model.change import Change, PlannedChange
from sync.model.own_task import OwnTask
from sync.model.task_key import task_key
from sync.model.task_text import FoundRule
from sync.plan.deal_view import DealView
from sync.plan.frozen import frozen_rules
from sync.plan.history import History
from sync.plan.policy import Policy


def next_key(deal_id: str, family_id: str, history: History) -> tuple[str, int]:
    """Give key and episode of the next task of a family on a deal."""
    task = history.tasks.get((deal_id, family_id))
    episode = 1 + max(task.episode if task else 0, history.reached.get((deal_id, family_id), 0))
    return task_key(deal_id, family_id, episode), episode


def create_task(
    view: DealView, family_id: str, waiting: task_text.Waiting, history: History, policy: Policy
) -> PlannedChange:
    """Return the change that makes the next episode's task, due by the receiver's own calendar."""
    family, found = policy.ruleset.families[family_id], view.found[family_id]
    key, episode = next_key(view.deal_id, family_id, history)
    receiver = view.receiver(family)
    due = business_day_after(receiver.today, family.due, receiver.calendar)
    values = {
        "key": key,
        "deal_id": view.deal_id,
        "owner_id": receiver.owner_id,
        "subject": task_text.subject(family, view.values, policy.subject_prefix),
        "body": task_text.body(found, view.values, key=key, written=policy.today, waiting=waiting),
        "priority": _priority((*found, *waiting.top)),
        "due": due.isoformat(),
    }
    change = Change(
        connection=policy.connection,
        deal_id=view.deal_id,
        deal_name=view.name,
        kind=WriteKind.CREATE_TASK,
        family=family_id,
        key=key,
        subject=values["subject"],
        due=due,
        owner_id=receiver.owner_id,
        findings=_rule_ids(found),
        why=task_text.rules_line(found),
    )
    return PlannedChange(change, values, task_text.payload_hash("create", values), episode=episode)


def update_task(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> PlannedChange | None:
    """Return the change of what differs from the wanted task, None where nothing does; never a new due date."""
    values = _differences(view, task, waiting, policy)
    if not values:
        return None
    found = view.found[task.family]
    change = Change(
        connection=policy.connection,
        deal_id=view.deal_id,
        deal_name=view.name,
        kind=WriteKind.UPDATE_TASK,
        family=task.family,
        key=task.key,
        subject=str(values.get("subject", task.subject)),
        due=task.due,
        owner_id=values.get("owner_id", task.owner_id),
        findings=_rule_ids(found),
        why=f"{', '.join(sorted(values))} changed: {task_text.rules_line(found)}",
    )
    return PlannedChange(
        change,
        values,
        task_text.payload_hash("update", {"key": task.key, **values}),
        task.task_id,
    )


def _differences(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> dict[str, Any]:
    family: Family = policy.ruleset.families[task.family]
    found = view.found[task.family]
    values: dict[str, Any] = {}
    frozen, told = frozen_rules(view, task), task_text.stated_waiting(task.body)
    waiting = replace(waiting, frozen=[one for one in told if one[0] in view.unknown])
    stated = [task_text.rules_line((), line) for line in (task_text.stated_rules(task.body) or (), told)]
    other_findings = stated != [task_text.rules_line(found, frozen), waiting.line]
    other_findings = other_findings or task_text.says_closed(task.body)  # opened again since
    if other_findings or view.changed:
        text = task_text.body(found, view.values, key=task.key, written=policy.today, frozen=frozen, waiting=waiting)
        if other_findings or not task_text.same_text(text, task.body):
            values["body"] = text
        title = task_text.subject(family, view.values, policy.subject_prefix)
        if title != task.subject:
            values["subject"] = title
    if _priority((*found, *waiting.top)) == "high" and task.priority != "high":
        values["priority"] = "high"
    owner = view.receiver(family).owner_id
    if owner is not None and owner != task.owner_id:
        values["owner_id"] = owner
    return {name: value for name, value in values.items() if name not in task.theirs}


def close_task(deal_name: str, task: OwnTask, why: str, policy: Policy) -> PlannedChange:
    """Close a task; its body tells why too, unless a person wrote in it."""
    values = {"reason": why}
    if task.body and "body" not in task.theirs and task.answer is None:
        values["body"] = task_text.closed(task.body, why, policy.today)
    change = Change(
        connection=policy.connection,
        deal_id=task.deal_id,
        deal_name=deal_name,
        kind=WriteKind.CLOSE_TASK,
        family=task.family,
        key=task.key,
        subject=task.subject,
        due=task.due,
        owner_id=task.owner_id,
        findings=(),
        why=why,
    )
    return PlannedChange(
        change,
        values,
        task_text.payload_hash("close", {"key": task.key, "reason": why}),
        task.task_id,
    )


def _rule_ids(found: Iterable[FoundRule]) -> tuple[str, ...]:
    return tuple(sorted(one.rule.id for one in found))


def _priority(found: Iterable[FoundRule]) -> str:
    return "high" if any(one.severity >= Severity.HIGH for one in found) else "normal"
