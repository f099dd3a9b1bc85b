"""Events, calls and mails as touches, and who took part; plain to-dos and our own tasks are none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.columns import Reading, Record, Rows, day, frame, moment, number

_DEAL_PREFIX: Final = "006"
_CONTACT_PREFIX: Final = "003"
_DRAFT: Final = "5"
_NOT_REACHED: Final = re.compile(
    r"no answer|not? (?:reached|connected|available)|unanswered|unreachable|voice ?mail|left (?:a )?(?:message|vm)"
    r"|\blvm\b|busy|wrong number|bad number|gatekeeper|disconnected|missed|nicht erreicht|não atend|nao atend"
    r"|sin respuesta|sem resposta|no contest|buz[oó]n|caixa postal|ocupado",
    re.IGNORECASE,
)
_REACHED: Final = re.compile(
    r"connect|spoke|talked|answered|reached|conversation|meaningful|contacted|interested|completed|discussed"
    r"|meeting set|conversa|falei|atendeu|habl[eé]|contest[oó]|erreicht|gesprochen",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Touch:
    touch_id: str
    at: datetime
    kind: str
    direction: str
    owner_id: str | None
    deal_id: str | None
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class TouchContext:
    """What telling touches apart needs to know: the org's zone, and whether mails can be read as such."""

    zone: ZoneInfo
    reads_mails: bool


def task_rows(records: Sequence[Record], context: TouchContext) -> Rows:
    """Convert Task records: closed calls, and logged mails where mails themselves cannot be read."""
    return _rows(records, [_of_task(record, context) for record in records], ("ActivityDate", "CompletedDateTime"))


def event_rows(records: Sequence[Record], context: TouchContext) -> Rows:
    """Convert Event records: meetings, held or planned."""
    return _rows(records, [_of_event(record, context) for record in records], ("ActivityDate", "StartDateTime"))


def mail_rows(records: Sequence[Record]) -> Rows:
    """Convert EmailMessage records; drafts are none."""
    return _rows(records, [_of_mail(record) for record in records], ("MessageDate",))


def _of_task(record: Record, context: TouchContext) -> _Touch | None:
    if record.get("IsClosed") is not True or record.get("IsRecurrence") is True:
        return None
    subtype, kind = record.get("TaskSubtype"), record.get("Type")
    at = _task_moment(record, context.zone)
    if at is None:
        return None
    if subtype == "Call" or kind == "Call" or record.get("CallType"):
        return _touch(record, at, "call", _call_direction(record), record.get("WhatId"))
    # Where EmailMessage is readable the mail itself counts; its task would count it twice.
    if not context.reads_mails and (subtype in ("Email", "ListEmail") or kind == "Email"):
        return _touch(record, at, "email", "unknown", record.get("WhatId"))
    due = day(record.get("ActivityDate"))
    if due is None or subtype in ("Email", "ListEmail") or kind == "Email":
        return None
    # A to-do is no touch, but its due day moves LastActivityDate, which would look like a touch that nobody logged.
    return _touch(record, _midnight(due, context.zone), "other", "unknown", record.get("WhatId"))


def _task_moment(record: Record, zone: ZoneInfo) -> datetime | None:
    """Return when a logged task took place: the day that a person entered, with the hour if it was closed that day."""
    closed, given = moment(record.get("CompletedDateTime")), day(record.get("ActivityDate"))
    if closed and (given is None or given >= closed.astimezone(zone).date()):
        return closed
    return _midnight(given, zone) if given else moment(record.get("CreatedDate"))


def _call_direction(record: Record) -> str:
    """Return a call's direction: two_way for a conversation, unknown where no field of the call decides."""
    result = str(record.get("CallDisposition") or "")
    seconds = number(record.get("CallDurationInSeconds"))
    inbound = record.get("CallType") == "Inbound"
    if result and _NOT_REACHED.search(result):
        return "inbound" if inbound else "outbound"
    if (seconds or 0) > 0 or (result and _REACHED.search(result)):
        return "two_way"
    if inbound:
        return "inbound"
    return "outbound" if result or seconds is not None else "unknown"


def _of_event(record: Record, context: TouchContext) -> _Touch | None:
    if record.get("IsChild") is True or record.get("IsRecurrence") is True:
        return None
    given = day(record.get("ActivityDate"))
    # All-day events hold midnight UTC as their start, which is another day west of Greenwich.
    whole_day = record.get("IsAllDayEvent") is True and given is not None
    at = None if whole_day else moment(record.get("StartDateTime"))
    at = at or (_midnight(given, context.zone) if given else None)
    return _touch(record, at, "meeting", "two_way", record.get("WhatId")) if at else None


def _of_mail(record: Record) -> _Touch | None:
    at = moment(record.get("MessageDate"))
    if at is None or str(record.get("Status")) == _DRAFT:
        return None
    # CreatedById of an inbound mail is whoever stored it, not who wrote it.
    inbound = record.get("Incoming") is True
    owner = None if inbound else record.get("CreatedById")
    return _touch(
        {**record, "OwnerId": owner}, at, "email", "inbound" if inbound else "outbound", record.get("RelatedToId")
    )


def _touch(record: Record, at: datetime, kind: str, direction: str, what: Any) -> _Touch:
    return _Touch(
        touch_id=record["Id"],
        at=at,
        kind=kind,
        direction=direction,
        owner_id=record.get("OwnerId"),
        deal_id=_with_prefix(what, _DEAL_PREFIX),
        contact_id=_with_prefix(record.get("WhoId"), _CONTACT_PREFIX),
    )


def _midnight(given: date, zone: ZoneInfo) -> datetime:
    """Return the start of a day in the org's zone, as a moment in UTC."""
    # Where clocks skip midnight (as in Beirut), fold=0 yields 01:00 of the same day, not 23:00 of the day before.
    return datetime.combine(given, time(), zone).astimezone(UTC)


def _with_prefix(record_id: Any, prefix: str) -> str | None:
    return record_id if isinstance(record_id, str) and record_id.startswith(prefix) else None


def _rows(records: Sequence[Record], touches: Sequence[_Touch | None], times: Sequence[str]) -> Rows:
    """Build touches with their main links; a record that is none, or no longer, is said to be gone.

    *times* are the fields that say when a touch was, of which an odd one is noted.
    """
    reading = Reading("touches", [record["Id"] for record in records])
    for name in times:
        # A day is read of a date and of a datetime alike, and is enough to see that a moment cannot be.
        reading.column("at", [record.get(name) for record in records], day)
    pairs = list(zip(records, touches, strict=True))
    living = [touch for record, touch in pairs if touch and record.get("IsDeleted") is not True]
    kept = {touch.touch_id for touch in living}
    gone = tuple(record["Id"] for record in records if record["Id"] not in kept)
    linked = [touch for touch in living if touch.deal_id or touch.contact_id]
    values: Mapping[str, list[Any]] = {
        name: [getattr(touch, name) for touch in living] for name in ("touch_id", "at", "kind", "direction", "owner_id")
    }
    links = {name: [getattr(touch, name) for touch in linked] for name in ("touch_id", "deal_id", "contact_id")}
    links["link_id"] = links["touch_id"]
    without = tuple(touch.touch_id for touch in living if not (touch.deal_id or touch.contact_id))
    return Rows(
        {"touches": frame("touches", values, len(living)), "touch_links": frame("touch_links", links, len(linked))},
        {"touches": gone, "touch_links": gone + without},
        tuple(reading.odd),
    )


def relation_rows(records: Sequence[Record], touch_field: str) -> Rows:
    """Convert the relations of tasks, events or mails: who took part, those who declined left out.

    The activity itself holds the record that it is about; its relation would only say it again, and would
    make our own tasks look like something that happened on the deal.
    """
    values: dict[str, list[Any]] = {"link_id": [], "touch_id": [], "deal_id": [], "contact_id": []}
    gone: list[str] = []
    for record in records:
        contact = _with_prefix(record.get("RelationId"), _CONTACT_PREFIX)
        if record.get("IsDeleted") is True or record.get("Status") == "Declined" or contact is None:
            gone.append(record["Id"])
            continue
        for name, value in zip(values, (record["Id"], record.get(touch_field), None, contact), strict=True):
            values[name].append(value)
    return Rows({"touch_links": frame("touch_links", values, len(values["link_id"]))}, {"touch_links": tuple(gone)})
