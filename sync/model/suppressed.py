"""A task that is wanted and has to wait, and for which cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from rules.model import Severity

Cause = Literal[
    "backlog", "ramp", "open_per_deal", "pause_owner_at", "open_per_owner", "new_per_owner_per_day", "disputed"
]
"""What suppressed a finding: a cap by its name in the configuration, or that people dispute it."""

CAUSES: Final[dict[Cause, str]] = {
    "backlog": "it was found before tasks were first written, and backlog asks for new findings only",
    "ramp": "its connection began to write tasks not long ago, and until ramp is over critical findings alone make any",
    "open_per_deal": "the deal has as many open tasks as open_per_deal allows",
    "pause_owner_at": "its receiver has let so many managed tasks fall due untouched that there are no new ones",
    "open_per_owner": "its receiver has as many open managed tasks as open_per_owner allows",
    "disputed": "people completed its task twice while the reason held all the time: the digest alone lists it",
    "new_per_owner_per_day": "its receiver got as many new tasks today as new_per_owner_per_day allows",
}
"""What each cause means to whoever asks why a finding has no task."""

LASTING: Final[frozenset[Cause]] = frozenset({"backlog", "disputed"})
"""Causes that no remaining capacity does away with."""

FOR_MANAGERS: Final[frozenset[Cause]] = frozenset({"pause_owner_at", "open_per_owner"})
"""Causes for which a critical finding has nobody who reads of it, so that the manager is told the same day."""


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
    told: bool = False  # a manager's digest of a day told it

    def as_dict(self, connection: str) -> dict[str, Any]:
        """Return it as ``plan --json`` knows it."""
        names = ("deal_id", "deal_name", "family", "owner_id")
        body = {name: getattr(self.want, name) for name in names}
        severity, findings = self.want.severity.word, list(self.want.findings)
        return {"connection": connection, **body, "severity": severity, "findings": findings, "cause": self.cause}
