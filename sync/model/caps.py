"""Caps: how many tasks of ours a deal and a person may have. What goes beyond them is suppressed, worst first served.

A cap counts what stands in the CRM before this cycle writes: a task that closes in the same cycle gives its room to the
next one. So the caps hold even where a closing is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from rules.model import Severity

if TYPE_CHECKING:
    from sync.plan.own_tasks import OwnTask

Cause = Literal["backlog", "open_per_deal", "pause_owner_at", "open_per_owner", "new_per_owner_per_day", "disputed"]
"""What suppressed a finding: a cap by its name in the configuration, or that people dispute it."""

CAUSES: Final[dict[Cause, str]] = {
    "backlog": "it was found before tasks were first written, and backlog asks for new findings only",
    "open_per_deal": "the deal has as many open tasks as open_per_deal allows",
    "pause_owner_at": "its receiver has let so many of our tasks fall due untouched that there are no new ones",
    "open_per_owner": "its receiver has as many open tasks of ours as open_per_owner allows",
    "disputed": "people completed its task twice while the reason held all the time: the digest alone tells of it",
    "new_per_owner_per_day": "its receiver got as many new tasks today as new_per_owner_per_day allows",
}
"""What each cause means to whoever asks why a finding has no task."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many at most; 0 means no limit."""

    open_per_deal: int = 0
    open_per_owner: int = 0
    new_per_owner_per_day: int = 0
    pause_owner_at: int = 0
    new_only: bool = False  # findings from before the first task never become one, unless they get worse

    @property
    def any(self) -> bool:
        """Say whether anything can be suppressed at all."""
        return bool(
            self.open_per_deal
            or self.open_per_owner
            or self.new_per_owner_per_day
            or self.pause_owner_at
            or self.new_only
        )


LASTING: Final[frozenset[Cause]] = frozenset({"backlog", "disputed"})
"""Causes that no room does away with."""

NO_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Want:
    """A task that would be made if there were no caps.

    *owner_id* is who would get it, None for nobody in particular; *refused* says that the CRM would not make it before.
    """

    deal_id: str
    family: str
    owner_id: str | None
    severity: Severity
    points: float
    amount: float | None
    refused: bool = False
    deal_name: str = ""
    findings: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[bool, int, float, bool, float, str, str]:
        """The order in which wants are served: worst first, and what was refused before after all that was not."""
        amount = 0.0 if self.amount is None else self.amount
        return (self.refused, -self.severity, -self.points, self.amount is None, -amount, self.deal_id, self.family)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A want that has to wait, and for which cap."""

    want: Want
    cause: Cause

    def as_dict(self, connection: str) -> dict[str, Any]:
        """Give it as ``plan --json`` knows it."""
        names = ("deal_id", "deal_name", "family", "owner_id")
        body = {name: getattr(self.want, name) for name in names}
        severity, findings = self.want.severity.word, list(self.want.findings)
        return {"connection": connection, **body, "severity": severity, "findings": findings, "cause": self.cause}


@dataclass(slots=True)
class Load:
    """What deals and people have of our tasks: open ones, ones made today, and ones overdue and untouched."""

    of_deal: Counter[str] = field(default_factory=Counter)
    of_owner: Counter[str | None] = field(default_factory=Counter)
    made_today: Counter[str | None] = field(default_factory=Counter)
    overdue: Counter[str | None] = field(default_factory=Counter)

    def add_open(self, tasks: Iterable[OwnTask], today: date) -> None:
        """Count open tasks of ours."""
        for task in tasks:
            self.of_deal[task.deal_id] += 1
            self.of_owner[task.owner_id] += 1
            if not task.touched and task.due is not None and task.due < today:
                self.overdue[task.owner_id] += 1

    def add_new(self, deal_id: str, owner_id: str | None) -> None:
        """Count a task that is made today."""
        self.add_unseen(deal_id, owner_id, new=True)

    def add_unseen(self, deal_id: str, owner_id: str | None, *, new: bool) -> None:
        """Count a task that we made and that the CRM does not list yet; a *new* one was made today."""
        self.of_deal[deal_id] += 1
        self.of_owner[owner_id] += 1
        self.made_today[owner_id] += new


def suppress(wants: Iterable[Want], load: Load, caps: Caps) -> list[Suppressed]:
    """Give the wants that the caps leave no room for, worst first; *load* then counts those that they let through."""
    suppressed = []
    for want in sorted(wants, key=lambda one: one.rank):
        cause = _cause(want, load, caps)
        if cause is None:
            load.add_new(want.deal_id, want.owner_id)
        else:
            suppressed.append(Suppressed(want, cause))
    return suppressed


def _cause(want: Want, load: Load, caps: Caps) -> Cause | None:
    counts: tuple[tuple[Cause, int, int], ...] = (
        ("open_per_deal", caps.open_per_deal, load.of_deal[want.deal_id]),
        ("pause_owner_at", caps.pause_owner_at, load.overdue[want.owner_id]),
        ("open_per_owner", caps.open_per_owner, load.of_owner[want.owner_id]),
        ("new_per_owner_per_day", caps.new_per_owner_per_day, load.made_today[want.owner_id]),
    )
    return next((cause for cause, limit, count in counts if limit and count >= limit), None)
