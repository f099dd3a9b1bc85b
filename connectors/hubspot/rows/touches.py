"""Meetings, calls and e-mails as touches, and what they are linked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connectors.columns import Reading, Record, Rows, frame, number
from connectors.hubspot.values import moment, properties
from connectors.odd_values import OddValues

KIND: Final[Mapping[str, str]] = {"meetings": "meeting", "calls": "call", "emails": "email"}
"""HubSpot's engagements that are touches, and our kind of each."""

_CALLED_OFF: Final = frozenset({"CANCELED", "CANCELLED", "RESCHEDULED"})
_NEVER_SENT: Final = frozenset({"BOUNCED", "FAILED", "SCHEDULED", "SENDING"})
_CONNECTED: Final = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_NOT_REACHED: Final = frozenset(
    {
        "9d9162e7-6cf3-4944-bf63-4dff82258764",  # busy
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",  # left a message with somebody else
        "b2cf5968-551e-4856-9783-52b3da59a7d0",  # left a voicemail
        "73a0d17f-1163-4015-bdd5-ec830791da20",  # no answer
        "17b47fee-58de-441e-a44c-c6300d46f273",  # wrong number
    }
)
"""The outcomes of a call that every portal has, by id; a portal's own outcomes say nothing we could read."""

_NO_CONVERSATION: Final = frozenset({"BUSY", "NO_ANSWER", "FAILED", "CANCELED", "MISSED"})
_NOT_YET: Final = frozenset({"QUEUED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class _Touch:
    at: datetime
    direction: str
    owner_id: str | None


@dataclass(frozen=True, slots=True)
class Links:
    """What the engagements of one kind are associated with, by engagement id."""

    deals: Mapping[str, Sequence[str]]
    contacts: Mapping[str, Sequence[str]]


def touch_rows(kind: str, records: Sequence[Record], links: Links) -> Rows:
    """Convert engagements of one *kind* with all their links; one that is no touch, or no longer, is gone."""
    keyed = [(touch_id(kind, str(record["id"])), record) for record in records]
    read_touches = [
        (key, str(record["id"]), touch) for key, record in keyed if (touch := _OF_KIND[kind](properties(record)))
    ]
    values: dict[str, list[Any]] = {
        "touch_id": [key for key, _, _ in read_touches],
        "kind": [KIND[kind]] * len(read_touches),
        **{name: [getattr(touch, name) for _, _, touch in read_touches] for name in ("at", "direction", "owner_id")},
    }
    rows = [
        (f"{key}:{column}:{other}", key, *((other, None) if column == "deal" else (None, other)))
        for key, engagement, _ in read_touches
        for column, linked in (("deal", links.deals), ("contact", links.contacts))
        for other in dict.fromkeys(linked.get(engagement, ()))
    ]
    names = ("link_id", "touch_id", "deal_id", "contact_id")
    living = {key for key, _, _ in read_touches}
    return Rows(
        {
            "touches": frame("touches", values, len(read_touches)),
            "touch_links": frame(
                "touch_links", {name: [row[at] for row in rows] for at, name in enumerate(names)}, len(rows)
            ),
        },
        {"touches": tuple(key for key, _ in keyed if key not in living)},
        _odd_times(keyed),
    )


def _odd_times(keyed: Sequence[tuple[str, Record]]) -> tuple[OddValues, ...]:
    """Return the times that cannot be: an engagement without a time is no touch, so it would just be missing."""
    reading = Reading("touches", [key for key, _ in keyed])
    for name in ("hs_timestamp", "hs_meeting_start_time"):
        reading.column("at", [record["properties"].get(name) for _, record in keyed], moment)
    return tuple(reading.odd)


def touch_id(kind: str, engagement: str) -> str:
    """Return the id of a touch; ids of HubSpot are unique within one object alone."""
    return f"{KIND[kind]}:{engagement}"


def _meeting(record: Record) -> _Touch | None:
    """Read a meeting: held, unless somebody noted otherwise; many never touch the outcome of a booked one."""
    at = moment(record.get("hs_meeting_start_time")) or moment(record.get("hs_timestamp"))
    outcome = str(record.get("hs_meeting_outcome") or "").upper().replace(" ", "_")
    if at is None or outcome in _CALLED_OFF:
        return None
    # Nobody came: our side tried, the other did not answer.
    return _Touch(at, "outbound" if outcome == "NO_SHOW" else "two_way", record.get("hubspot_owner_id"))


def _call(record: Record) -> _Touch | None:
    at, status = moment(record.get("hs_timestamp")), str(record.get("hs_call_status") or "").upper()
    if at is None or status in _NOT_YET:
        return None
    return _Touch(at, _call_direction(record, status), record.get("hubspot_owner_id"))


def _call_direction(record: Record, status: str) -> str:
    """Return a call's direction: two_way for a conversation, unknown where no field of the call decides."""
    outcome = record.get("hs_call_disposition")
    inbound = str(record.get("hs_call_direction") or "").upper() == "INBOUND"
    lasted = number(record.get("hs_call_duration"))
    if outcome in _NOT_REACHED or (outcome != _CONNECTED and status in _NO_CONVERSATION):
        return "inbound" if inbound else "outbound"
    if outcome == _CONNECTED or (lasted or 0) > 0:
        return "two_way"
    if inbound:
        return "inbound"
    return "outbound" if outcome or lasted is not None else "unknown"


def _email(record: Record) -> _Touch | None:
    at, status = moment(record.get("hs_timestamp")), str(record.get("hs_email_status") or "").upper()
    if at is None or status in _NEVER_SENT:
        return None
    inbound = str(record.get("hs_email_direction") or "").upper() == "INCOMING_EMAIL"
    return _Touch(at, "inbound" if inbound else "outbound", None if inbound else record.get("hubspot_owner_id"))


_OF_KIND: Final[Mapping[str, Callable[[Record], _Touch | None]]] = {
    "meetings": _meeting,
    "calls": _call,
    "emails": _email,
}
