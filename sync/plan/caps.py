"""Caps: how many managed tasks a deal and a person may have. What goes beyond them is suppressed, worst first served.

A cap counts what the CRM holds before this cycle writes: a task that closes in the same cycle makes capacity for the
next cycle. So the caps hold even where a closing is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rules.model import Severity
from sync.model.limits import Caps
from sync.model.own_task import OwnTask
from sync.model.suppressed import Cause, Suppressed, Want

CRITICAL_BEYOND: Final = 2
"""So many open tasks beyond ``open_per_owner`` a person may have for critical findings."""


@dataclass(slots=True)
class Load:
    """What deals and people have of our tasks: open ones, ones made today, and ones overdue and untouched."""

    of_deal: Counter[str] = field(default_factory=Counter)
    of_owner: Counter[str | None] = field(default_factory=Counter)
    made_today: Counter[str | None] = field(default_factory=Counter)
    overdue: Counter[str | None] = field(default_factory=Counter)

    def add_open(self, tasks: Iterable[OwnTask], today: date) -> None:
        """Count open managed tasks."""
        for task in tasks:
            self.of_deal[task.deal_id] += 1
            self.of_owner[task.owner_id] += 1
            if not task.touched and task.due is not None and task.due < today:
                self.overdue[task.owner_id] += 1

    def add_new(self, deal_id: str, owner_id: str | None) -> None:
        """Count a task that is made today."""
        self.add_unseen(deal_id, owner_id, new=True)

    def add_unseen(self, deal_id: str, owner_id: str | None, *, new: bool) -> None:
        """Count a created task that the CRM does not list yet; a *new* one was created today."""
        self.of_deal[deal_id] += 1
        self.of_owner[owner_id] += 1
        self.made_today[owner_id] += new


def suppress(wants: Iterable[Want], load: Load, caps: Caps, *, ramping: bool = False) -> list[Suppressed]:
    """Return the wants that the caps suppress, worst first; *load* then counts those that they let through.

    While *ramping*, critical findings alone are let through.
    """
    suppressed = []
    for want in sorted(wants, key=lambda want: want.rank):
        cause = _cause(want, load, caps, ramping=ramping)
        # Counted at once, so that two deals do not get the last place of the same person.
        if cause is None:
            load.add_new(want.deal_id, want.owner_id)
        else:
            suppressed.append(Suppressed(want, cause))
    return suppressed


def _cause(want: Want, load: Load, caps: Caps, *, ramping: bool) -> Cause | None:
    critical = want.severity >= Severity.CRITICAL
    if ramping and not critical:
        return "ramp"
    beyond = CRITICAL_BEYOND if critical else 0
    counts: tuple[tuple[Cause, int, int], ...] = (
        ("open_per_deal", caps.open_per_deal, load.of_deal[want.deal_id]),
        ("pause_owner_at", caps.pause_owner_at, load.overdue[want.owner_id]),
        ("open_per_owner", caps.open_per_owner, load.of_owner[want.owner_id] - beyond),
        # What is critical today would be stale news tomorrow.
        ("new_per_owner_per_day", 0 if critical else caps.new_per_owner_per_day, load.made_today[want.owner_id]),
    )
    return next((cause for cause, limit, count in counts if limit and count >= limit), None)
