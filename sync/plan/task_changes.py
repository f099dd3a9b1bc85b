"""The three changes of a task: create, update where it differs, close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from connectors.model import WriteKind
from rules.days.calendar import business_day_after
from rules.model import Severity
from sync.model import task_text
from sync.model.change import Change, PlannedChange
from sync.model.finding import Finding, SuppressedFindings, in_order, rules_line
from sync.model.origin import UNTOLD
from sync.model.own_task import OwnTask
from sync.model.task_key import task_key
from sync.plan.deal_view import DealView
from sync.plan.frozen import frozen_rules
from sync.plan.history.history import History
from sync.plan.policy import Policy


def next_key(deal_id: str, family_id: str, history: History) -> tuple[str, int]:
    """Return key and episode of the next task of a family on a deal."""
    task = history.tasks.get((deal_id, family_id))
    episode = 1 + max(max(task.episode, task.highest) if task else 0, history.reached.get((deal_id, family_id), 0))
    return task_key(deal_id, family_id, episode), episode


def create_task(
    view: DealView, family_id: str, listed: SuppressedFindings, history: History, policy: Policy
) -> PlannedChange:
    """Return the change that makes the next episode's task, due by the receiver's own calendar."""
    family, findings = policy.ruleset.families[family_id], view.findings[family_id]
    key, episode = next_key(view.deal_id, family_id, history)
    receiver = view.receiver(family)
    due = business_day_after(receiver.today, family.due, receiver.calendar)
    values = {
        "key": key,
        "deal_id": view.deal_id,
        "owner_id": receiver.owner_id,
        "subject": _subject(view, findings, listed, policy),
        "body": task_text.body(
            findings, view.values, policy.ruleset.language, key=key, written=policy.today, listed=listed
        ),
        "priority": _priority((*findings, *listed.top)),
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
        findings=_rule_ids(findings),
        why=rules_line(findings),
    )
    return PlannedChange(change, values, task_text.payload_hash("create", values), episode=episode)


def update_task(view: DealView, task: OwnTask, listed: SuppressedFindings, policy: Policy) -> PlannedChange | None:
    """Return the change of what differs from the wanted task, None where nothing does; never a new due date."""
    values = _differences(view, task, listed, policy)
    if not values:
        return None
    findings = view.findings[task.family]
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
        findings=_rule_ids(findings),
        why=f"{', '.join(sorted(values))} changed: {rules_line(findings)}",
    )
    return PlannedChange(
        change,
        values,
        task_text.payload_hash("update", {"key": task.key, **values}),
        task.task_id,
    )


def _differences(view: DealView, task: OwnTask, listed: SuppressedFindings, policy: Policy) -> dict[str, Any]:
    findings, words = view.findings[task.family], policy.ruleset.language
    values: dict[str, Any] = {}
    frozen, stated_also = frozen_rules(view, task), task_text.stated_suppressed(task.body)
    listed = replace(listed, frozen=[rule for rule in stated_also if rule[0] in view.unknown])
    stated = [rules_line((), line) for line in (task_text.stated_rules(task.body) or (), stated_also)]
    other_findings = stated != [rules_line(findings, frozen), listed.line]
    other_findings = other_findings or task_text.says_closed(task.body)  # opened again since
    is_outdated = task_text.is_outdated(task.body, words)
    other_findings = other_findings or is_outdated
    # Else the wording alone would rewrite every body each day: counts age although nothing happened. After an upgrade
    # all texts are of another version: they wait for their turn, whatever else they would say now.
    if (task.key in policy.rewrites) if is_outdated else (other_findings or view.changed):
        text = task_text.body(
            findings, view.values, words, key=task.key, written=policy.today, frozen=frozen, listed=listed
        )
        if other_findings or not task_text.same_text(text, task.body):
            values["body"] = text
        title = _subject(view, findings, listed, policy)
        if title != task.subject:
            values["subject"] = title
    # Only ever raised: a person who sees it fall would wonder what happened.
    if _priority((*findings, *listed.top)) == "high" and task.priority != "high":
        values["priority"] = "high"
    owner = view.receiver(policy.ruleset.families[task.family]).owner_id
    if owner is not None and owner != task.owner_id:
        values["owner_id"] = owner
    return {name: value for name, value in values.items() if name not in task.user_modified}


def _subject(view: DealView, findings: Sequence[Finding], listed: SuppressedFindings, policy: Policy) -> str:
    """Return the subject of the finding that leads: a cause, or a critical finding, before the task's own."""
    lead = in_order(listed.top or findings)[0]
    family = policy.ruleset.families[lead.rule.family]
    return task_text.subject(lead, family, view.values, policy.subject_prefix, policy.ruleset.language)


def close_task(deal_name: str, task: OwnTask, why: str, policy: Policy) -> PlannedChange:
    """Return the change that closes a task; its body says why too, unless a person wrote in it."""
    values = {"reason": why}
    # A body with an answer stays too: it is the record of what the person said.
    if task.body and "body" not in task.user_modified and task.answer is None:
        values["body"] = task_text.closed(task.body, why, policy.today)
    change = Change(
        connection=policy.connection,
        deal_id=task.deal_id,
        deal_name=deal_name,
        kind=WriteKind.CLOSE_TASK,
        family=None if task.family.startswith(UNTOLD) else task.family,
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


def _rule_ids(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted(finding.rule.id for finding in findings))


def _priority(findings: Iterable[Finding]) -> str:
    """Return high for what is critical alone: a list of tasks that are all high has no order."""
    return "high" if any(finding.carries is Severity.CRITICAL for finding in findings) else "normal"
