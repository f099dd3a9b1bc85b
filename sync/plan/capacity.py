"""Remaining capacity under the caps: what the CRM holds, what is wanted beside that, and what fits by now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import polars as pl

from rules.days.calendar import business_day_after
from rules.model import Facts, Severity
from sync.connection.context import Cycle
from sync.judge.scope import CLOSED_DAYS, Scope
from sync.model.finding import worst
from sync.model.judgement import SUPPRESSED
from sync.model.local_time import local_time
from sync.model.own_task import OwnTask, TaskState
from sync.model.slots import person_of
from sync.model.suppressed import LASTING, Cause, Suppressed, Want
from sync.plan.caps import Load, suppress
from sync.plan.deal_view import DealView
from sync.plan.history.history import History
from sync.plan.history.own_tasks import latest_by_reason
from sync.plan.history.read_history import ConnectionOrigins
from sync.plan.policy import Policy, known_families
from sync.plan.task_changes import next_key
from sync.plan.tasks import disputed_families, families_to_start

_JUST_MADE: Final = timedelta(hours=24)
"""For so long a task that was created and is not listed yet counts as made today.

On its deal it counts for as long as it is unseen, whatever the host's clock says: it exists, or the daily look for
missing tasks finds out what became of it.
"""


def wants_of(view: DealView, history: History, policy: Policy, refused: Collection[str]) -> Iterator[Want]:
    """Yield the new tasks that a deal wants; *refused* are the keys that the CRM would not make a task for before."""
    for family_id in families_to_start(view, history, policy):
        yield _want(view, family_id, history, policy, refused)


def disputes_of(view: DealView, history: History, policy: Policy) -> Iterator[Suppressed]:
    """Yield the families of a deal that would have a task, had people not completed two while the reason held."""
    for family_id in disputed_families(view, history, policy):
        yield Suppressed(_want(view, family_id, history, policy, ()), "disputed")


def _want(view: DealView, family_id: str, history: History, policy: Policy, refused: Collection[str]) -> Want:
    findings, family = view.findings[family_id], policy.ruleset.families[family_id]
    leading = [finding for finding in findings if finding.stands] or findings
    return Want(
        deal_id=view.deal_id,
        family=family_id,
        owner_id=view.receiver(family).owner_id,
        severity=worst(leading),
        points=max(finding.points for finding in leading),
        amount=view.values.get("amount"),
        refused=next_key(view.deal_id, family_id, history)[0] in refused,
        deal_name=view.name,
        findings=tuple(sorted(finding.rule.id for finding in findings)),
    )


def load_of(cycle: Cycle, facts: Facts, tasks: pl.DataFrame, latest: Iterable[OwnTask]) -> Load:
    """Count what the CRM holds, as `load_here` does, and what its people have in other connections."""
    load = load_here(cycle, facts, tasks, latest)
    people = cycle.store.slots.people(cycle.conn)
    elsewhere = cycle.store.slots.elsewhere(cycle.conn, cycle.run.host_now()) if people else {}
    for owner_id, email in people.items():
        taken = elsewhere.get(person_of(email) or "")
        if taken is not None:
            load.of_owner[owner_id] += taken.open
            load.made_today[owner_id] += taken.made
            load.overdue[owner_id] += taken.overdue
    return load


def load_here(cycle: Cycle, facts: Facts, tasks: pl.DataFrame, latest: Iterable[OwnTask]) -> Load:
    """Count what the CRM holds: *tasks* are all managed ones as rows, *latest* those of the newest episodes."""
    load = Load()
    load.add_open((task for task in latest if task.state is TaskState.OPEN), facts.today)
    made_today = tasks.filter(pl.col("deal_id").is_not_null(), pl.col("created_at") >= midnight(facts))
    load.made_today.update(made_today.get_column("owner_id").to_list())
    # The ledger's times are the host's, so the limit is too.
    since = cycle.run.host_now() - _JUST_MADE
    for deal_id, owner_id, made_at in cycle.store.tasks.unseen(cycle.conn):
        load.add_unseen(deal_id, owner_id, new=made_at >= since)
    return load


def backlog_of(cycle: Cycle, wants: Iterable[Want], *, first: bool) -> list[Suppressed]:
    """Return the wants that are older than the first task, where the config asks for new findings only.

    They are what is found while no tasks are written, and on the *first* judgement of all; they stay suppressed while
    they hold and get no worse.
    """
    if not cycle.connection.caps.new_only:
        return []
    if first or cycle.connection.furthest != "enforce":
        return [Suppressed(want, "backlog") for want in wants]
    stored = (entry for entry in remembered(cycle.store.judgements.suppressed(cycle.conn)) if entry.cause == "backlog")
    known = {(entry.want.deal_id, entry.want.family): entry.want.severity for entry in stored}
    old = (want for want in wants if want.severity <= known.get((want.deal_id, want.family), -1))
    return [Suppressed(want, "backlog") for want in old]


def with_capacity(cycle: Cycle, facts: Facts, scope: Scope) -> Scope:
    """Add to *scope* the deals of suppressed findings that fit by now, so that they are judged and get their task."""
    if scope.deal_ids is None or cycle.connection.furthest != "enforce":
        return scope
    stored = remembered(cycle.store.judgements.suppressed(cycle.conn))
    waiting = [entry.want for entry in stored if entry.cause not in LASTING]
    if not waiting:
        return scope
    tasks = cycle.store.tasks.all(cycle.conn)
    still_open = tasks.filter(pl.col("is_open") & pl.col("is_deleted").ne_missing(True))
    bases = cycle.store.task_fields.of_open_tasks(cycle.conn)
    families = known_families(cycle.connection.ruleset)
    origins = ConnectionOrigins(cycle.store, cycle.conn)
    latest = latest_by_reason(still_open, families, bases=bases, time_zone=facts.time_zone, origins=origins)
    load = load_of(cycle, facts, tasks, latest.values())
    ramping = is_ramping(cycle, facts, tasks)
    too_many = {entry.want for entry in suppress(waiting, load, cycle.connection.caps, ramping=ramping)}
    fitting = frozenset(want.deal_id for want in waiting if want not in too_many)
    # They are judged by other rules, so they go where those look.
    closed = fitting & cycle.store.lookups.closed_since(cycle.conn, facts.today - timedelta(days=CLOSED_DAYS))
    return replace(scope, deal_ids=scope.deal_ids | (fitting - closed), closed=scope.closed | closed)


def first_enforced(cycle: Cycle, facts: Facts, tasks: pl.DataFrame) -> date:
    """Return the day on which the connection first enforced; today where it never did.

    *tasks* are all managed ones as rows: a database that does not know the day takes that of the earliest.
    """
    known = cycle.store.connections.enforced_day(cycle.conn)
    if known is not None:
        return known
    made = tasks.filter(pl.col("key").is_not_null(), pl.col("created_at").is_not_null())
    earliest = made.sort("created_at").get_column("created_at").head(1).to_list()
    return min([facts.today, *(local_time(facts.time_zone, moment).date() for moment in earliest)])


def is_ramping(cycle: Cycle, facts: Facts, tasks: pl.DataFrame) -> bool:
    """Whether critical findings alone make tasks, since the connection began to enforce not long ago."""
    ramp = cycle.connection.caps.ramp
    over = business_day_after(first_enforced(cycle, facts, tasks), ramp, facts.calendars.connection)
    return bool(ramp) and facts.today < over


def remembered(rows: pl.DataFrame) -> list[Suppressed]:
    """Read back what an earlier judgement found suppressed."""
    return [_remembered(**row) for row in rows.iter_rows(named=True)]


def _remembered(cause: Cause, severity: int, told: bool | None, **rest: Any) -> Suppressed:
    return Suppressed(Want(severity=Severity(severity), **rest), cause, told=bool(told))


def as_rows(suppressed: Iterable[Suppressed]) -> pl.DataFrame:
    """Return what the store remembers of suppressed findings."""
    names = [name for name in SUPPRESSED.names() if name not in ("cause", "told")]
    rows = [(*(getattr(entry.want, name) for name in names), entry.cause, entry.told) for entry in suppressed]
    return pl.DataFrame(rows, schema=SUPPRESSED, orient="row")


def midnight(facts: Facts) -> datetime:
    """Return the moment at which the connection's day began."""
    zone = local_time(facts.time_zone, facts.now).tzinfo
    return datetime.combine(facts.today, time(), zone).astimezone(UTC)
