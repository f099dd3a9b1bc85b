"""Our own tasks as canonical rows, and task bodies as the HTML that HubSpot shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape, unescape
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.columns import Column, Reading, Record, Rows, frame, text
from connectors.hubspot.objects import ANSWER_PROPERTY, KEY_PREFIX, KEY_PROPERTY, REASON_PROPERTY
from connectors.hubspot.values import local_day, moment, properties

COMPLETED: Final = "COMPLETED"
_PRIORITIES: Final = {"HIGH": "high", "MEDIUM": "normal", "LOW": "low"}
_BREAK: Final = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^>]*>")
_TASK: Final[Mapping[str, Column]] = {
    "task_id": ("hs_object_id", text),
    "key": (KEY_PROPERTY, text),
    "owner_id": ("hubspot_owner_id", text),
    "subject": ("hs_task_subject", text),
    "status": ("hs_task_status", text),
    "reason": (REASON_PROPERTY, text),
    "answer": (ANSWER_PROPERTY, text),
    "created_at": ("hs_createdate", moment),
    "modified_at": ("hs_lastmodifieddate", moment),
}


def own_task_rows(
    records: Sequence[Record], deals: Mapping[str, Sequence[str]], zone: ZoneInfo, status_close: str = COMPLETED
) -> Rows:
    """Convert task records that carry our key; *deals* are those that each is associated with.

    Only we write the key, so the creator of such a task is our own user: where another user changed it last, a person
    did.
    """
    records = [record for record in records if str(record["properties"].get(KEY_PROPERTY) or "").startswith(KEY_PREFIX)]
    tasks = [properties(record) for record in records]
    closed = [str(task.get("hs_task_status")) in (COMPLETED, status_close) for task in tasks]
    reading = Reading("own_tasks", [task["hs_object_id"] for task in tasks])
    values = reading.columns(tasks, _TASK)
    values["deal_id"] = [next(iter(deals.get(task["hs_object_id"], ())), None) for task in tasks]
    values["body"] = [as_text(task.get("hs_task_body")) for task in tasks]
    values["is_open"] = [not done for done in closed]
    values["due"] = reading.column("due", [task.get("hs_timestamp") for task in tasks], partial(local_day, zone=zone))
    values["priority"] = [_PRIORITIES.get(str(task.get("hs_task_priority")), "") for task in tasks]
    values["completed_at"] = [
        # While a task is open HubSpot fills the completion date with the due date.
        moment(task.get("hs_task_completion_date")) if done else None
        for task, done in zip(tasks, closed, strict=True)
    ]
    values["modified_by_us"] = [
        task.get("hs_updated_by_user_id") == task.get("hs_created_by_user_id") for task in tasks
    ]
    values["is_deleted"] = [record.get("archived") is True for record in records]
    return Rows({"own_tasks": frame("own_tasks", values, len(tasks))}, odd=tuple(reading.odd))


def as_html(body: str) -> str:
    """Write a body so that HubSpot shows its lines as lines, and nothing in it as markup."""
    return "<br>".join(escape(line, quote=False) for line in body.split("\n"))


def as_text(body: Any) -> str | None:
    """Read a body back as the lines that a person sees."""
    if not body:
        return None
    # HubSpot's editor wraps lines in paragraphs as soon as a person edits a body.
    lines = _TAG.sub("", _BREAK.sub("\n", str(body)))
    return unescape(lines).replace("\u00a0", " ").rstrip("\n")
