"""Owners: those to whom records can belong. An owner's id is not the id of its user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner. Archived ones are listed apart, and have lost their user id."""

    id: str
    user_id: str
    email: str
    first_name: str
    last_name: str
    created: str
    team: str | None = None
    archived: bool = False

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}".strip()

    def wire(self) -> dict[str, Any]:
        """Show the owner; the user ids are numbers here."""
        shown: dict[str, Any] = {
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            # A deactivated owner keeps its owner id and loses its user id.
            "userId": None if self.archived else int(self.user_id),
            "userIdIncludingInactive": int(self.user_id),
            "createdAt": self.created,
            "updatedAt": self.created,
            "archived": self.archived,
        }
        if self.team is not None and not self.archived:
            shown["teams"] = [{"id": str(crc32(self.team.encode()) % 10_000_000), "name": self.team, "primary": True}]
        return shown

    def facts(self) -> dict[str, Any]:
        """Return the owner in a form that JSON can keep."""
        return asdict(self)


def from_facts(facts: Mapping[str, Any]) -> Owner:
    """Read what `Owner.facts` gave."""
    return Owner(**facts)
