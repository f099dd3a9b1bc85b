"""Our own tasks as canonical rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.columns import Column, Reading, Record, Rows, day, flag, frame, moment, text
from connectors.salesforce.objects import ANSWER_FIELD, KEY_FIELD, REASON_FIELD

_TASK: Final[Mapping[str, Column]] = {
    "task_id": ("Id", text),
    "key": (KEY_FIELD, text),
    "deal_id": ("WhatId", text),
    "owner_id": ("OwnerId", text),
    "subject": ("Subject", text),
    "body": ("Description", text),
    "status": ("Status", text),
    "due": ("ActivityDate", day),
    "priority": ("Priority", text),
    "reason": (REASON_FIELD, text),
    "answer": (ANSWER_FIELD, text),
    "created_at": ("CreatedDate", moment),
    "completed_at": ("CompletedDateTime", moment),
    "modified_at": ("LastModifiedDate", moment),
    "is_deleted": ("IsDeleted", flag),
}


def own_task_rows(records: Sequence[Record], user_id: str) -> Rows:
    """Convert Task records that carry our key; *user_id* is our own user. Deleted ones are rows like the others."""
    reading = Reading("own_tasks", [record["Id"] for record in records])
    values = reading.columns(records, _TASK)
    values["is_open"] = [None if record.get("IsClosed") is None else not record["IsClosed"] for record in records]
    values["modified_by_us"] = [_same(record.get("LastModifiedById"), user_id) for record in records]
    return Rows({"own_tasks": frame("own_tasks", values, len(records))}, odd=tuple(reading.odd))


def _same(record_id: Any, own_id: str) -> bool | None:
    """Compare two ids, of which either may have 15 or 18 characters."""
    return record_id[:15] == own_id[:15] if isinstance(record_id, str) else None
