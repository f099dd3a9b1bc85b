"""One write to the portal: who makes it, when, and what it does to a record's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.hubspot.portal.associations import Associations
from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.hubspot.portal.schema import Schema
from sandbox.hubspot.portal.storage import Storage, Stored

SYSTEM = "0"
"""The user in whose name the portal itself writes; it alone sets read-only properties."""


@dataclass(frozen=True, slots=True)
class Change:
    """The setting of one write. *api* says that the integration makes it, *dated* that it came by a dated path."""

    storage: Storage
    schema: Schema
    associations: Associations
    quirks: dict[str, Any]
    now: datetime
    by: str
    api: bool
    dated: bool

    @property
    def at(self) -> str:
        """When the write counts as made."""
        return stamp(self.now)

    @property
    def source(self) -> str:
        """What a history names as the origin of a value."""
        return "INTEGRATION" if self.api else "AUTOMATION_PLATFORM" if self.by == SYSTEM else "CRM_UI"

    def audit(self, object_type: str, before: Stored | None = None) -> dict[str, str | None]:
        """The columns that every write moves; none that commits late takes a record's stamp back."""
        # Whether writes by a service key name a user is not documented; hence a quirk.
        named = None if self.api and self.quirks["api_user_unnamed"] else self.by
        stamp = OBJECTS[object_type].modified
        moved: dict[str, str | None] = {stamp: max(self.at, (before.values[stamp] if before else None) or "")}
        return moved if self.by == SYSTEM else moved | {"hs_updated_by_user_id": named}

    def record(self, object_type: str, record_id: int, before: Stored | None, after: Mapping[str, str | None]) -> None:
        """Add what changed to the history of each property; the value before the first change is added with it."""
        for name, value in after.items():
            old = before.values[name] if before else None
            if old == value:
                continue
            if old is not None and before is not None and not self._has_history(object_type, record_id, name):
                made = before.values[OBJECTS[object_type].created]
                self._enter(object_type, record_id, name, (made, old, "CRM_UI", None))
            self._enter(object_type, record_id, name, (self.at, value, self.source, self.by))

    def set_silently(self, object_type: str, record_id: int, changes: Mapping[str, str | None]) -> bool:
        """Set what differs and move no stamp; return whether anything did."""
        row = self.storage.row(object_type, record_id, changes)
        moved = {name: value for name, value in changes.items() if row and row.values[name] != value}
        self.storage.update(object_type, record_id, moved)
        return bool(moved)

    def bump(self, object_type: str, record_id: int) -> None:
        """Move the record's modification stamp, in nobody's name."""
        self.storage.update(object_type, record_id, {OBJECTS[object_type].modified: self.at})

    def _has_history(self, object_type: str, record_id: int, name: str) -> bool:
        sql = "SELECT 1 FROM _history WHERE object_type = ? AND id = ? AND name = ? LIMIT 1"
        return self.storage.scalar(sql, (object_type, record_id, name)) is not None

    def _enter(self, object_type: str, record_id: int, name: str, entry: tuple[str | None, ...]) -> None:
        sql = "INSERT INTO _history VALUES (?, ?, ?, ?, ?, ?, ?)"
        self.storage.connection.execute(sql, (object_type, record_id, name, *entry))
