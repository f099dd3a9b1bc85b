"""A change that a plan wants: what people see of it, what makes it the same in two plans, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from connectors.model import WriteKind

Wish = tuple[str, str, str]
"""What makes two plans' changes the same wish: key or deal, action, and the rules with their severities, or the reason.

Bodies are no part of it: a count in a text may change between the plan that a person saw and the one that is applied.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a plan wants, in the shape of ``plan --json``."""

    connection: str
    deal_id: str
    deal_name: str
    kind: Literal["create", "update", "close", "score"]
    family: str | None
    key: str | None
    subject: str | None
    due: date | None
    owner_id: str | None
    findings: tuple[str, ...]
    why: str

    @property
    def wish(self) -> Wish:
        """What a person approves, rejects or applies when they name a plan with this change."""
        return (self.key or self.deal_id, self.kind, self.why)

    def as_dict(self) -> dict[str, Any]:
        """Give the change as JSON knows it."""
        return {
            "connection": self.connection,
            "deal_id": self.deal_id,
            "deal_name": self.deal_name,
            "kind": self.kind,
            "family": self.family,
            "key": self.key,
            "subject": self.subject,
            "due": self.due.isoformat() if self.due else None,
            "owner_id": self.owner_id,
            "findings": list(self.findings),
            "why": self.why,
        }


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
