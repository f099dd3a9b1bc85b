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

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from connectors.model import WriteKind
from rules.days.business_days import PLAIN, Calendar
from rules.days.calendar import business_day_after
from rules.model import Family, RuleSet, Severity
from sync.model import task_text
from sync.model.caps import NO_CAPS, Caps
from sync.model.cycle_report import Change
from sync.model.task_key import task_key
from sync.model.task_text import FoundRule
from sync.plan.cooldown import REGROUPED, RESOLVED, RETIRED, disputed, ended_by_person, speaks_again
from sync.plan.own_tasks import OwnTask, TasksByReason, TaskState
from sync.plan.suppressed_note import teller, waiting_behind

MERGED: Final = "The deal was merged; another task speaks for the same reason."
TWIN: Final = "Another task of ours stands here for the same reason."


@dataclass(frozen=True, slots=True)
class Planned:
    """One change that the plan wants, with everything needed to make it."""

    change: Change
    kind: WriteKind
    values: Mapping[str, Any]
    payload_hash: str
    remote_id: str | None = None
    episode: int | None = None  # of a task to create

    @property
    def item(self) -> tuple[str, str, str]:
        """What makes two plans' changes the same change: key or deal, action, payload."""
        return (self.change.key or self.change.deal_id, self.kind.value, self.payload_hash)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets a task, which day it is for that person, and which days are business days there."""

    owner_id: str | None
    today: date
    calendar: Calendar = PLAIN


@dataclass(frozen=True, slots=True)
class DealView:
    """One open deal as the planner sees it.

    *found* are the rules that hold, by family, *unknown* the ids of rules that could not be judged. *changed* says that
    the CRM changed something about the deal since the last judgement, which is what lets a body be rewritten for its
    wording alone. *receivers* are those who get tasks by another word of a family's ``to`` than the deal's owner.
    """

    deal_id: str
    name: str
    found: Mapping[str, tuple[FoundRule, ...]]
    unknown: frozenset[str]
    left_alone: str
    changed: bool
    values: Mapping[str, Any]
    assignment: Assignment
    receivers: Mapping[str, Assignment] = field(default_factory=dict)

    def receiver(self, family: Family) -> Assignment:
        """Give who gets the tasks of *family*."""
        return self.receivers.get(family.to, self.assignment)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the planner needs from the configuration; *families* are those of the rules and those that once were."""

    connection: str
    ruleset: RuleSet
    families: frozenset[str]
    today: date
    from_severity: Severity = Severity.HIGH
    subject_prefix: str = "[Deal check]"
    cooldown: int = 10  # business days
    calendar: Calendar = PLAIN
    caps: Caps = NO_CAPS


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier episodes: our tasks in the CRM, and the ledger's own memory.

    *reached* is the highest episode that the ledger saw done; *released* are (deal, family, episode) that a person
    ended and that were clear once since, so that the family may speak again.
    """

    tasks: TasksByReason
    reached: Mapping[tuple[str, str], int]
    released: frozenset[tuple[str, str, int]]


def plan_deal(
    view: DealView, history: History, policy: Policy, suppressed: Collection[str] = frozenset()
) -> Iterator[Planned]:
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
            change = _create(view, family_id, waiting, history, policy)
        else:
            change = None
        if change is not None:
            yield change
        if task is not None:
            yield from _close_beside(view.name, task, policy)


def _close_beside(name: str, task: OwnTask, policy: Policy) -> Iterator[Planned]:
    for one in task.beside:
        why = TWIN if one.key == task.key else MERGED
        if one.reason != why:
            yield _close(name, one, why, policy)


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


def plan_closed_deal(deal_id: str, name: str, why: str, history: History, policy: Policy) -> Iterator[Planned]:
    """Close our open tasks on a deal that is no longer open; *why* is the reason that they will state."""
    for family_id in sorted(policy.families):
        task = history.tasks.get((deal_id, family_id))
        if task is not None:
            standing = (one for one in (task, *task.beside) if one.state is TaskState.OPEN)
            yield from (_close(name, one, why, policy) for one in standing if one.reason != why)


def releases(view: DealView, history: History, policy: Policy) -> Iterator[tuple[str, str, int]]:
    """Name the episodes that a person ended and whose family is clear now: from here on it may speak again."""
    for family_id in policy.families:
        task = history.tasks.get((view.deal_id, family_id))
        if task is None or not ended_by_person(task):
            continue
        if not view.left_alone and not view.found.get(family_id) and not _unknown(view, task, policy):
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


def _for_open_task(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> Planned | None:
    why = _why_over(view, task, policy)
    if why is not None and why != task.reason:
        return _close(view.name, task, why, policy)
    return _update(view, task, waiting, policy) if view.found.get(task.family) and not view.left_alone else None


def _why_over(view: DealView, task: OwnTask, policy: Policy) -> str | None:
    """Say why an open task is to close, if it is.

    One that has a reason already was closed by us and opened again by a person: an answer was honoured then.
    """
    if view.left_alone:
        return view.left_alone
    if task.answer is not None and not task.reason:
        return task.answer.reason(policy.today)
    if view.found.get(task.family) or _unknown(view, task, policy):
        return None
    speaking = [rule for rule in policy.ruleset.rules if rule.mode == "on"]
    stated = dict(task_text.stated_rules(task.body) or ())
    if any(rule.family == task.family and (rule.id in stated or not stated) for rule in speaking):
        return RESOLVED
    return REGROUPED if any(rule.id in stated for rule in speaking) else RETIRED


def _frozen(view: DealView, task: OwnTask) -> task_text.Stated:
    """Give the rules that the task names and that are unknown now: what became unknown ends nothing.

    Rules of the family that the task never named do not matter: nobody was told of them.
    """
    stated = task_text.stated_rules(task.body) or ()
    return [(rule_id, severity) for rule_id, severity in stated if rule_id in view.unknown]


def _unknown(view: DealView, task: OwnTask, policy: Policy) -> bool:
    """Say whether a rule that the task speaks for is unknown now; all of its family, where it names none left."""
    stated, known = task_text.stated_rules(task.body) or (), {rule.id for rule in policy.ruleset.rules}
    if any(rule_id in known for rule_id, _ in stated):
        return bool(_frozen(view, task))
    return any(rule.family == task.family and rule.id in view.unknown for rule in policy.ruleset.rules)


def next_key(deal_id: str, family_id: str, history: History) -> tuple[str, int]:
    """Give key and episode of the next task of a family on a deal."""
    task = history.tasks.get((deal_id, family_id))
    episode = 1 + max(task.episode if task else 0, history.reached.get((deal_id, family_id), 0))
    return task_key(deal_id, family_id, episode), episode


def _create(view: DealView, family_id: str, waiting: task_text.Waiting, history: History, policy: Policy) -> Planned:
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
        kind="create",
        family=family_id,
        key=key,
        subject=values["subject"],
        due=due,
        owner_id=receiver.owner_id,
        findings=_rule_ids(found),
        why=task_text.rules_line(found),
    )
    return Planned(change, WriteKind.CREATE_TASK, values, task_text.payload_hash("create", values), episode=episode)


def _update(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> Planned | None:
    values = _differences(view, task, waiting, policy)
    if not values:
        return None
    found = view.found[task.family]
    change = Change(
        connection=policy.connection,
        deal_id=view.deal_id,
        deal_name=view.name,
        kind="update",
        family=task.family,
        key=task.key,
        subject=str(values.get("subject", task.subject)),
        due=task.due,
        owner_id=values.get("owner_id", task.owner_id),
        findings=_rule_ids(found),
        why=f"{', '.join(sorted(values))} changed: {task_text.rules_line(found)}",
    )
    return Planned(
        change,
        WriteKind.UPDATE_TASK,
        values,
        task_text.payload_hash("update", {"key": task.key, **values}),
        task.task_id,
    )


def _differences(view: DealView, task: OwnTask, waiting: task_text.Waiting, policy: Policy) -> dict[str, Any]:
    family: Family = policy.ruleset.families[task.family]
    found = view.found[task.family]
    values: dict[str, Any] = {}
    frozen, told = _frozen(view, task), task_text.stated_waiting(task.body)
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


def _close(deal_name: str, task: OwnTask, why: str, policy: Policy) -> Planned:
    """Close a task; its body tells why too, unless a person wrote in it."""
    values = {"reason": why}
    if task.body and "body" not in task.theirs and task.answer is None:
        values["body"] = task_text.closed(task.body, why, policy.today)
    change = Change(
        connection=policy.connection,
        deal_id=task.deal_id,
        deal_name=deal_name,
        kind="close",
        family=task.family,
        key=task.key,
        subject=task.subject,
        due=task.due,
        owner_id=task.owner_id,
        findings=(),
        why=why,
    )
    return Planned(
        change,
        WriteKind.CLOSE_TASK,
        values,
        task_text.payload_hash("close", {"key": task.key, "reason": why}),
        task.task_id,
    )


def _rule_ids(found: Iterable[FoundRule]) -> tuple[str, ...]:
    return tuple(sorted(one.rule.id for one in found))


def _priority(found: Iterable[FoundRule]) -> str:
    return "high" if any(one.severity >= Severity.HIGH for one in found) else "normal"
