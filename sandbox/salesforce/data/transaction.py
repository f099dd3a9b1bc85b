"""What one write knows: where the rows are, whose write it is, and the one moment that it bears."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce.data.computed import expression
from sandbox.salesforce.data.schema import Schema, SObject
from sandbox.salesforce.data.storage import Row, Storage
from sandbox.salesforce.data.values import wire_datetime

ACTIVITY_OBJECTS = frozenset({"Task", "Event"})


@dataclass(frozen=True, slots=True)
class Transaction:
    """One write: the storage it goes to, the user it is made by, and its moment.

    `api` tells writes of the integration user, which field access binds, from those that people make in the screens.
    """

    storage: Storage
    schema: Schema
    quirks: dict[str, Any]
    now: datetime
    by: str
    api: bool
    zone: ZoneInfo

    @property
    def stamp(self) -> str:
        """The moment as it is stored."""
        return wire_datetime(self.now)

    @property
    def today(self) -> date:
        """The day of the moment in the running user's zone."""
        return self.now.astimezone(self.zone).date()

    def sobject_of(self, record_id: str | None) -> str | None:
        """The name of the object that an id belongs to, by its key prefix."""
        return self.schema.by_prefix.get(record_id[:3]) if record_id else None

    def living(self, sobject: str, record_id: str) -> bool:
        """Whether the row is there and not deleted."""
        row = self.storage.row(sobject, record_id)
        return row is not None and not row.get("IsDeleted")

    def touch(self, sobject: str, record_id: str, changes: Row) -> None:
        """Change a row as the system does: its SystemModstamp moves, its last modifier stays."""
        self.storage.update(sobject, record_id, changes | {"SystemModstamp": self.stamp})

    def audit(self, sobject: SObject) -> Row:
        """The audit columns of a new row."""
        marks: Row = {"CreatedDate": self.stamp, "CreatedById": self.by, **self.audit_of_change()}
        return {name: value for name, value in marks.items() if name in sobject.fields}

    def audit_of_change(self, before: Row | None = None) -> Row:
        """The audit columns of a changed row; no write that commits late takes a row's stamps back."""
        moved = dict.fromkeys(("LastModifiedDate", "SystemModstamp"), self.stamp)
        # A write that commits late keeps its old stamp on its own row and must not take back a newer one.
        newest = {name: max(at, (before or {}).get(name) or at) for name, at in moved.items()}
        return {**newest, "LastModifiedById": self.by}

    def archived(self, sobject: SObject, record_id: str) -> bool:
        """Whether the row is an archived activity."""
        template = expression(sobject, "IsArchived") if sobject.name in ACTIVITY_OBJECTS else None
        if template is None:
            return False
        condition = filled(template, alias="r", today=self.today, archive_after=self.quirks["archive_after_days"])
        return bool(self.storage.scalar(f'SELECT {condition} FROM "{sobject.name}" r WHERE Id = ?', (record_id,)))  # noqa: S608


def filled(template: str, *, alias: str, today: date, archive_after: int) -> str:
    """A computed field's SQL for one table alias and day."""
    archive = (today - timedelta(days=archive_after)).isoformat() if archive_after else "0"
    return template.format(t=alias, today=f"'{today}'", archive=f"'{archive}'")
