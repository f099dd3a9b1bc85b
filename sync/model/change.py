"""A change that a plan wants: what people see of it, what makes it the same in two plans, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from connectors.model import WriteKind
from sync.model.close_reason import in_current_words


class ChangeIdentity(NamedTuple):
    """What makes two plans' changes the same change: the task's key or the deal, the kind, and why.

    *why* names the rules with their severities, or the reason of a close. Bodies are no part of it: a count in a text
    may change between the plan that a person saw and the one that is applied.
    """

    subject: str
    kind: WriteKind
    why: str


class WriteContent(NamedTuple):
    """What one write sends to one record. What a CRM refused is known by this: other content is tried again at once."""

    subject: str
    kind: WriteKind
    payload_hash: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a plan wants, in the shape of ``plan --json``."""

    connection: str
    deal_id: str
    deal_name: str
    kind: WriteKind
    family: str | None
    key: str | None
    subject: str | None
    due: date | None
    owner_id: str | None
    findings: tuple[str, ...]
    why: str

    @property
    def identity(self) -> ChangeIdentity:
        """What a person approves, rejects or applies when they name a plan with this change."""
        return ChangeIdentity(self.key or self.deal_id, self.kind, in_current_words(self.why))

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON knows it."""
        return {
            "connection": self.connection,
            "deal_id": self.deal_id,
            "deal_name": self.deal_name,
            "kind": self.kind.value,
            "family": self.family,
            "key": self.key,
            "subject": self.subject,
            "due": self.due.isoformat() if self.due else None,
            "owner_id": self.owner_id,
            "findings": list(self.findings),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change that the plan wants, with everything needed to make it."""

    change: Change
    values: Mapping[str, Any]
    payload_hash: str
    remote_id: str | None = None
    episode: int | None = None  # of a task to create
    replaces: bool = False  # of a score: the CRM holds another one

    @property
    def kind(self) -> WriteKind:
        """What the change does."""
        return self.change.kind

    @property
    def content(self) -> WriteContent:
        """What it sends, and to which record."""
        return WriteContent(self.change.key or self.change.deal_id, self.kind, self.payload_hash)
