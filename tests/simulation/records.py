"""Deals and tasks of a simulated CRM in plain words, the same for both CRMs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

MARKS = ("heat", "gap", "crew")
"""Fields of the org's own that the rules look at."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as the CRM's own tables show it."""

    id: str
    name: str
    state: Literal["open", "won", "lost", "deleted"]
    close_date: date
    kind: str | None
    muted_until: date | None
    owner: str | None
    marks: Mapping[str, str | None]
    others: Mapping[str, object]  # every field that is none of ours and that the CRM does not work out itself
    scores: Mapping[str, object]

    def left_alone(self, today: date) -> bool:
        """Whether the rules do not look at it, though it is open."""
        return self.kind == "Renewal" or (self.muted_until is not None and self.muted_until > today)


@dataclass(frozen=True, slots=True)
class Task:
    """A task of ours as the CRM's own tables show it."""

    id: str
    key: str
    is_open: bool
    is_deleted: bool
    by_us: bool  # the last change is ours
    reason: str
    fields: Mapping[str, str | None]  # subject, body, owner, priority, due, answer
