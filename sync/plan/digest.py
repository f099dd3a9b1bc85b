"""The weekly digest: one task per person and week that lists what has no task of its own.

Its key is made of the person's id, the family ``digest`` and the number of the week, so that neither a crash nor a lost
database makes a second one. It is linked to no deal; the next one closes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

import polars as pl

from connectors.model import WriteKind
from rules.days.calendar import day_after
from rules.language.templates import render
from rules.model import Family, Severity
from sync.model import task_key, task_text
from sync.model.change import Change, PlannedChange
from sync.model.finding import Finding, in_order
from sync.model.own_task import OwnTask, TaskState
from sync.plan.cooldown import disputed
from sync.plan.deal_view import DealView
from sync.plan.history import History
from sync.plan.policy import Policy

FAMILY: Final = "digest"
"""Takes the place of a family in the key."""

Why = Literal["escalated", "waiting", "disputed", "milder"]

_TITLES: Final[Mapping[Why, str]] = {
    "escalated": "Open for long with others",
    "waiting": "Waiting until a cap allows a task",
    "disputed": "Completed twice, and still so",
    "milder": "Worth a look",
}
_LINES: Final = 25
"""A digest lists so many findings; the rest is counted."""

_FIRST_MONDAY: Final = date(1970, 1, 5)
_SUPERSEDED: Final = "Superseded by the digest of {}."


@dataclass(frozen=True, slots=True)
class Digest:
    """When a digest is made, by weekday from Monday as 0, and from which severity it lists findings."""

    weekday: int
    rep_from: Severity


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that holds on a deal and has no task: reported to *person*."""

    person: str
    why: Why
    severity: Severity
    deal_id: str
    deal_name: str
    text: str

    @property
    def rank(self) -> tuple[int, str, str, str]:
        """The order in which a person reads: worst first, a deal's lines together."""
        return (-self.severity, self.deal_name, self.deal_id, self.text)


def week_of(today: date, weekday: int) -> int:
    """Return the number of the week that *today* lies in, where weeks begin on *weekday*; it only ever grows."""
    return (today - _FIRST_MONDAY - timedelta(days=weekday)).days // 7 + 1


def lines_of(
    view: DealView, history: History, policy: Policy, digest: Digest, waiting: Collection[str]
) -> Iterator[Line]:
    """Yield the lines of a judged deal in people's digests; *waiting* are the families that caps suppressed."""
    if view.excluded:
        return
    for family_id, findings in sorted(view.findings.items()):
        family = policy.ruleset.families[family_id]
        task = history.tasks.get((view.deal_id, family_id))
        if task is not None and task.state is TaskState.OPEN:
            yield from _escalated(view, family, task, policy)
            continue
        person = view.receiver(family).owner_id
        if person is None:
            continue
        for finding in in_order(findings):
            closed_twice = task is not None and disputed(task, history)
            why = _why(finding.severity, policy, digest, waits=family_id in waiting, closed_twice=closed_twice)
            if why is not None:
                yield Line(person, why, finding.severity, view.deal_id, view.name, _text(finding, view))


def _escalated(view: DealView, family: Family, task: OwnTask, policy: Policy) -> Iterator[Line]:
    """Yield the manager's line of a task that was open for as long as its family allows."""
    manager = view.receivers.get("manager")
    if family.escalate_after is None or task.made_on is None or manager is None or manager.owner_id is None:
        return
    reported_from = day_after(task.made_on, family.escalate_after, policy.calendar)
    if manager.owner_id == task.owner_id or policy.today < reported_from:
        return
    worst = in_order(view.findings[family.id])[0]
    owner = view.values.get("owner_name") or "nobody in particular"
    text = f"{_text(worst, view)}; open since {task.made_on.isoformat()}, {owner}"
    yield Line(manager.owner_id, "escalated", worst.severity, view.deal_id, view.name, text)


def _why(severity: Severity, policy: Policy, digest: Digest, *, waits: bool, closed_twice: bool) -> Why | None:
    if severity < policy.from_severity:
        return "milder" if severity >= digest.rep_from else None
    if waits:
        return "waiting"
    return "disputed" if closed_twice else None


def _text(finding: Finding, view: DealView) -> str:
    own = {"target": finding.rule.target, "level": finding.severity.word, "limit": finding.limit}
    evidence = " ".join((render(finding.rule.evidence, {**view.values, **own}) or "").split("\n"))
    said = f"{finding.rule.title}: {evidence}" if evidence else finding.rule.title
    return f"{said} ({finding.severity.word})"


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
    made_so_far = _digests_made(tasks.filter(pl.col("deal_id").is_null()), by_person)
    for person in sorted({*made_so_far, *by_person}):
        made = made_so_far.get(person, {})
        for episode, row in sorted(made.items()):
            if episode < week and row["is_open"] and not row["is_deleted"]:
                yield _close(row, person, policy)
        # The ledger remembers a digest that the person deleted: it is not made again in its week.
        known = max((history.reached.get((person, FAMILY), 0), *made))
        if by_person[person] and known < week:
            yield _create(sorted(by_person[person], key=lambda line: line.rank), person, week, policy)


def _digests_made(tasks: pl.DataFrame, people: Iterable[str]) -> dict[str, dict[int, dict[str, Any]]]:
    """Find the digests among *tasks*, of *people* and of those who own one: by person, then by week."""
    owners = tasks.get_column("owner_id").drop_nulls()
    # Also of owners without lines this week: their last digest is to be closed all the same.
    stems = {task_key.stem(person, FAMILY): person for person in {*people, *owners}}
    by_person: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in tasks.iter_rows(named=True):
        parts = task_key.split(row["key"] or "")
        if parts is not None and parts[0] in stems:
            by_person[stems[parts[0]]][parts[1]] = row
    return by_person


def _create(lines: list[Line], person: str, week: int, policy: Policy) -> PlannedChange:
    key = task_key.task_key(person, FAMILY, week)
    deals = len({line.deal_id for line in lines})
    due = policy.today + timedelta(days=6)
    subject = f"{policy.subject_prefix} Weekly digest: {deals:,} deal{'' if deals == 1 else 's'} to look at".strip()
    values = {
        "key": key,
        "deal_id": None,
        "owner_id": person,
        "subject": subject,
        "body": _body(lines, key, policy.today),
        "priority": "normal",
        "due": due.isoformat(),
    }
    change = replace(
        _change(person, key, policy), subject=subject, due=due, why=f"{len(lines):,} findings without a task"
    )
    return PlannedChange(change, values, task_text.payload_hash("create", values), episode=week)


def _body(lines: list[Line], key: str, today: date) -> str:
    shown = lines[:_LINES]
    blocks = []
    for why, title in _TITLES.items():
        listed = [f"- {line.deal_name}: {line.text}" for line in shown if line.why == why]
        if listed:
            blocks.append("\n".join((title, *listed)))
    if len(lines) > len(shown):
        blocks.append(f"and {len(lines) - len(shown):,} more, in the risk scores of your deals.")
    blocks.append("This list is made anew every week; the next one closes it.")
    blocks.append(f"Written {today.isoformat()}, {key}")
    return "\n\n".join(blocks)


def _close(row: Mapping[str, Any], person: str, policy: Policy) -> PlannedChange:
    values = {"reason": _SUPERSEDED.format(policy.today.isoformat())}
    change = replace(
        _change(person, row["key"], policy), kind=WriteKind.CLOSE_TASK, subject=row["subject"], due=row["due"]
    )
    change = replace(change, why=values["reason"])
    return PlannedChange(
        change,
        values,
        task_text.payload_hash("close", {"key": row["key"], **values}),
        row["task_id"],
    )


def _change(person: str, key: str, policy: Policy) -> Change:
    """Return a change that makes a digest; the person, whom the key is made of, takes the deal's place."""
    return Change(
        connection=policy.connection,
        deal_id=person,
        deal_name="",
        kind=WriteKind.CREATE_TASK,
        family=FAMILY,
        key=key,
        subject=None,
        due=None,
        owner_id=person,
        findings=(),
        why="",
    )
