"""The digest of a day: critical findings whose receiver may get no task, told to the manager on the day they are found.

One task per person and day. Its key is made of the person's id, the family ``digest-today`` and the number of the day,
so that neither a crash nor a lost database makes a second one. What is told once is not told again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final

import polars as pl

from rules.days.calendar import business_day_after
from rules.model import Severity
from sync.model.change import PlannedChange
from sync.model.finding import in_order
from sync.model.suppressed import FOR_MANAGERS, Suppressed
from sync.plan.deal_view import DealView
from sync.plan.digest import FAMILY_TODAY, close_digest, create_digest, digests_made, line_of
from sync.plan.digest_text import Line
from sync.plan.history.history import History
from sync.plan.policy import Policy

_FIRST_DAY: Final = date(1970, 1, 1)
_KEPT_DAYS: Final = 7
"""A digest of a day that no newer one closes is closed after so many days."""


def is_for_manager(suppressed: Suppressed) -> bool:
    """Whether the manager is to be told of it, since a critical finding has nobody else who reads of it."""
    return suppressed.want.severity >= Severity.CRITICAL and suppressed.cause in FOR_MANAGERS


def lines_for_manager(view: DealView, families: Collection[str], policy: Policy) -> Iterator[Line]:
    """Yield the lines of *families* of a deal in the digest of its owner's manager, or of whoever stands in."""
    manager = view.receivers.get("manager")
    if view.excluded or manager is None or manager.owner_id is None:
        return
    for family in sorted(families):
        yield line_of(view, in_order(view.findings[family])[0], manager, "waiting", policy)


def day_of(today: date) -> int:
    """Return the number of the day; it only ever grows."""
    return (today - _FIRST_DAY).days


def plan_todays_digests(
    lines: Iterable[Line], tasks: pl.DataFrame, history: History, policy: Policy
) -> Iterator[PlannedChange]:
    """Plan the digests of today for whoever has *lines* and none yet, and close those of earlier days.

    *tasks* are all managed tasks as rows of ``own_tasks``.
    """
    day = day_of(policy.today)
    by_person: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_person[line.person].append(line)
    made_so_far = digests_made(tasks, by_person, FAMILY_TODAY)
    for person in sorted({*made_so_far, *by_person}):
        made = made_so_far.get(person, {})
        known = max((history.reached.get((person, FAMILY_TODAY), 0), *made))
        starts = bool(by_person[person]) and known < day
        for number, row in sorted(made.items()):
            over = number < day if starts else number <= day - _KEPT_DAYS
            if over and row["is_open"] and not row["is_deleted"]:
                yield close_digest(row, person, policy, FAMILY_TODAY)
        if starts:
            receiver = by_person[person][0].receiver
            due = business_day_after(receiver.today, 1, receiver.calendar)
            yield create_digest(by_person[person], person, day, policy, due=due, family=FAMILY_TODAY)
