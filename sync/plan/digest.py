"""The weekly digest: one task per person and week that lists what has no task of its own.

Its key is made of the person's id, the family ``digest`` and the number of the week, so that neither a crash nor a lost
database makes a second one. It is linked to no deal; the next one closes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from connectors.model import WriteKind
from rules.days.calendar import business_day_after, day_after
from rules.model import Family, Severity
from sync.model import task_key, task_text
from sync.model.change import Change, PlannedChange
from sync.model.finding import Finding, in_order
from sync.model.own_task import OwnTask, TaskState
from sync.plan import digest_text
from sync.plan.assignment import Assignment
from sync.plan.cooldown import disputed
from sync.plan.deal_view import DealView
from sync.plan.digest_text import Line, Why
from sync.plan.history.history import History
from sync.plan.policy import Policy

FAMILY: Final = task_key.DIGEST
FAMILY_TODAY: Final = task_key.DIGEST_TODAY

_FIRST_MONDAY: Final = date(1970, 1, 5)
_SUPERSEDED: Final = "Superseded by the digest of {}."


@dataclass(frozen=True, slots=True)
class Digest:
    """When a digest is made, by weekday from Monday as 0, and from which severity it lists findings."""

    weekday: int
    rep_from: Severity


def week_of(today: date, weekday: int) -> int:
    """Return the number of the week that *today* lies in, where weeks begin on *weekday*; it only ever grows."""
    return (today - _FIRST_MONDAY - timedelta(days=weekday)).days // 7 + 1


def lines_of(
    view: DealView, history: History, policy: Policy, digest: Digest, waiting: Collection[str]
) -> Iterator[Line]:
    """Yield the lines of a judged deal in people's digests; *waiting* are the families that caps suppressed."""
    if view.excluded:
        return
    for family_id in sorted({*view.findings, *view.digest_only}):
        family, digest_only = policy.ruleset.families[family_id], view.digest_only.get(family_id, ())
        receiver = view.receiver(family)
        task = history.tasks.get((view.deal_id, family_id))
        is_open = task is not None and task.state is TaskState.OPEN
        if task is not None and is_open:
            yield from _escalated(view, family, task, policy)
        for finding in in_order((*(() if is_open else view.findings.get(family_id, ())), *digest_only)):
            closed_twice = task is not None and disputed(task, history)
            why = _why(finding, policy, digest, waits=family_id in waiting, closed_twice=closed_twice)
            # What another finding explains is told by its cause.
            if why is not None and finding.stands and receiver.owner_id is not None:
                yield line_of(view, finding, receiver, why, policy)


def _escalated(view: DealView, family: Family, task: OwnTask, policy: Policy) -> Iterator[Line]:
    """Yield the manager's line of a task that was open for as long as its family allows."""
    manager, words, held = view.receivers.get("manager"), policy.ruleset.language, view.findings.get(family.id)
    if family.escalate_after is None or task.made_on is None or not held:
        return
    if manager is None or manager.owner_id is None or manager.owner_id == task.owner_id:
        return
    if policy.today >= day_after(task.made_on, family.escalate_after, policy.calendar):
        owner = view.values.get("owner_name") or words.label("nobody")
        since = words.label("escalated").format(words.dated(task.made_on), owner)
        yield line_of(view, in_order(held)[0], manager, "escalated", policy, since)


def _why(finding: Finding, policy: Policy, digest: Digest, *, waits: bool, closed_twice: bool) -> Why | None:
    if finding.rule.mode == "digest":
        return "digest"
    if finding.carries < policy.from_severity:
        return "milder" if finding.carries >= digest.rep_from else None
    if waits:
        return "waiting"
    return "disputed" if closed_twice else None


def line_of(view: DealView, finding: Finding, receiver: Assignment, why: Why, policy: Policy, said: str = "") -> Line:
    """Return the line of a finding; another reader than the deal's owner is told whose deal it is."""
    words, values = policy.ruleset.language, view.values
    said = said or (words.label(why) if why in ("waiting", "disputed") else "")
    text, about = (
        task_text.in_one_line(finding, values, words) or finding.rule.title,
        task_text.deal_line(values, words),
    )
    owner = values.get("owner_name")
    if owner and receiver.owner_id != values.get("owner_id"):
        about = " · ".join(part for part in (about, words.label("owner").format(owner)) if part)
    return Line(
        receiver=receiver,
        why=why,
        severity=finding.carries,
        deal_id=view.deal_id,
        deal_name=view.name,
        text=f"{text} ({said})" if said else text,
        about=about,
        score=values.get("score") or 0.0,
    )


def plan_digests(
    lines: Iterable[Line], tasks: pl.DataFrame, history: History, policy: Policy, digest: Digest
) -> Iterator[PlannedChange]:
    """Plan this week's digests and close those of the weeks before.

    *tasks* are all managed tasks as rows of ``own_tasks``. A digest that was made this week stays as it is, whatever
    became of it.
    """
    week = week_of(policy.today, digest.weekday)
    by_person: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_person[line.person].append(line)
    made_so_far = digests_made(tasks, by_person)
    for person in sorted({*made_so_far, *by_person}):
        made = made_so_far.get(person, {})
        for episode, row in sorted(made.items()):
            if episode < week and row["is_open"] and not row["is_deleted"]:
                yield close_digest(row, person, policy)
        # The ledger remembers a digest that the person deleted: it is not made again in its week.
        known = max((history.reached.get((person, FAMILY), 0), *made))
        if by_person[person] and known < week:
            yield _create(by_person[person], person, week, policy)


def digests_made(
    tasks: pl.DataFrame, people: Iterable[str], family: str = FAMILY
) -> dict[str, dict[int, dict[str, Any]]]:
    """Return the digests among *tasks*: of *people* and of whoever owns a task; by person, then by week or day."""
    tasks = tasks.filter(pl.col("deal_id").is_null())
    owners = tasks.get_column("owner_id").drop_nulls()
    # Also of owners without lines this week: their last digest is to be closed all the same.
    stems = {task_key.stem(person, family): person for person in {*people, *owners}}
    by_person: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in tasks.iter_rows(named=True):
        parts = task_key.split(row["key"] or "")
        if parts is not None and parts[0] in stems:
            by_person[stems[parts[0]]][parts[1]] = row
    return by_person


def _create(lines: list[Line], person: str, week: int, policy: Policy) -> PlannedChange:
    return create_digest(lines, person, week, policy, due=_due(lines[0].receiver, policy.today))


def create_digest(
    lines: list[Line], person: str, number: int, policy: Policy, *, due: date, family: str = FAMILY
) -> PlannedChange:
    """Return the change that makes a person's digest of a week, or of a day; *number* is that of the week or day."""
    key, words = task_key.task_key(person, family, number), policy.ruleset.language
    today = family == FAMILY_TODAY
    subject = digest_text.subject(lines, policy.subject_prefix, words, today=today)
    values = {
        "key": key,
        "deal_id": None,
        "owner_id": person,
        "subject": subject,
        "body": digest_text.body(lines, key, policy.today, words, today=today),
        "priority": "high" if today else "normal",
        "due": due.isoformat(),
    }
    change = replace(
        _change(person, key, policy, family), subject=subject, due=due, why=f"{len(lines):,} findings without a task"
    )
    return PlannedChange(change, values, task_text.payload_hash("create", values), episode=number)


def _due(receiver: Assignment, today: date) -> date:
    """Return the receiver's last business day of the week from *today* on, the next one where it has none."""
    week = [today + timedelta(days=days) for days in range(6, 0, -1)]
    last = next((day for day in week if receiver.calendar.is_business_day(day)), None)
    return last or business_day_after(today, 1, receiver.calendar)


def close_digest(row: Mapping[str, Any], person: str, policy: Policy, family: str = FAMILY) -> PlannedChange:
    """Return the change that closes a digest, since a newer one is there or its time is over."""
    values = {"reason": _SUPERSEDED.format(policy.today.isoformat())}
    change = replace(
        _change(person, row["key"], policy, family), kind=WriteKind.CLOSE_TASK, subject=row["subject"], due=row["due"]
    )
    change = replace(change, why=values["reason"])
    return PlannedChange(
        change,
        values,
        task_text.payload_hash("close", {"key": row["key"], **values}),
        row["task_id"],
    )


def _change(person: str, key: str, policy: Policy, family: str) -> Change:
    """Return a change that makes a digest; the person, whom the key is made of, takes the deal's place."""
    return Change(
        connection=policy.connection,
        deal_id=person,
        deal_name="",
        kind=WriteKind.CREATE_TASK,
        family=family,
        key=key,
        subject=None,
        due=None,
        owner_id=person,
        findings=(),
        why="",
    )
