"""A made-up deal's touches and to-dos as HubSpot keeps them: meetings, calls, e-mails, tasks and their associations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.standard_properties import CALL_OUTCOMES
from sandbox.hubspot.seed.row_values import (
    LinkRow,
    Links,
    Row,
    midday,
    owner_id,
    record_id,
    record_of_deal,
    user_id,
)
from sandbox.story.model import Contact, Deal, Owner, ToDo, Touch

_OUTCOME_IDS = {label: outcome for outcome, label in CALL_OUTCOMES.items()}


@dataclass(frozen=True, slots=True)
class Activity:
    """One record, the object that it belongs to, and its associations."""

    object_type: str
    row: Row
    links: tuple[LinkRow, ...]


def activities(deal: Deal, owner: Owner, links: Links, now: datetime) -> Iterator[Activity]:
    """Return every touch and to-do of the deal."""
    builder = _ActivityBuilder(deal, owner, links, now)
    for touch in deal.touches:
        match touch.kind:
            case "meeting":
                yield builder.meeting(touch)
            case "call":
                yield builder.call(touch)
            case "email":
                yield builder.mail(touch)
    for to_do in deal.to_dos:
        yield builder.to_do(to_do)


@dataclass(frozen=True, slots=True)
class _ActivityBuilder:
    deal: Deal
    owner: Owner
    links: Links
    now: datetime
    used: Counter[str] = field(default_factory=Counter)  # how many ids of each object this deal has taken

    def meeting(self, touch: Touch) -> Activity:
        booked = max(min(touch.at - timedelta(days=3), self.now - timedelta(days=1)), self.deal.created_at)
        end, is_held = touch.at + timedelta(minutes=touch.minutes), touch.at <= self.now
        row: Row = {
            "hs_timestamp": stamp(touch.at),
            "hs_meeting_title": touch.subject,
            "hs_meeting_start_time": stamp(touch.at),
            "hs_meeting_end_time": stamp(end),
            "hs_meeting_outcome": "COMPLETED" if is_held else "SCHEDULED",
        }
        return self._touch("meetings", touch, row, booked, min(end, self.now) if is_held else booked)

    def call(self, touch: Touch) -> Activity:
        outcome = "Connected" if touch.connected else ("No answer", "Left voicemail")[touch.at.day % 2]
        row: Row = {
            "hs_timestamp": stamp(touch.at),
            "hs_call_title": touch.subject,
            "hs_call_direction": "INBOUND" if touch.inbound else "OUTBOUND",
            "hs_call_duration": str(touch.minutes * 60_000),
            "hs_call_disposition": _OUTCOME_IDS[outcome],
            "hs_call_status": "COMPLETED" if touch.connected else "NO_ANSWER",
        }
        return self._touch("calls", touch, row, touch.at, touch.at)

    def mail(self, touch: Touch) -> Activity:
        external = ";".join(self._person(contact).email for contact in touch.attendees) or None
        row: Row = {
            "hs_timestamp": stamp(touch.at),
            "hs_email_subject": touch.subject,
            "hs_email_direction": "INCOMING_EMAIL" if touch.inbound else "EMAIL",
            "hs_email_status": None if touch.inbound else "SENT",
            "hs_email_from_email": external if touch.inbound else self.owner.email,
            "hs_email_to_email": self.owner.email if touch.inbound else external,
        }
        return self._touch("emails", touch, row, touch.at, touch.at)

    def to_do(self, to_do: ToDo) -> Activity:
        done = to_do.completed_at
        row: Row = {
            # A task cannot be without a due date here: one that has none is due when it was made.
            "hs_timestamp": midday(to_do.due) if to_do.due else stamp(to_do.created_at),
            "hs_task_subject": to_do.subject,
            "hs_task_status": "COMPLETED" if done else "NOT_STARTED",
            "hs_task_priority": "NONE",
            "hs_task_type": "TODO",
            "hs_task_family": "SALES",
            "hs_task_for_object_type": "OWNER",
            "hs_task_completion_date": stamp(done) if done else None,
        }
        people = () if to_do.contact is None else (to_do.contact,)
        return self._activity("tasks", row, (to_do.created_at, done or to_do.created_at), people, linked=True)

    def _touch(self, object_type: str, touch: Touch, row: Row, created: datetime, modified: datetime) -> Activity:
        return self._activity(object_type, row, (created, modified), touch.attendees, linked=touch.linked)

    def _activity(
        self, object_type: str, row: Row, times: tuple[datetime, datetime], people: tuple[int, ...], *, linked: bool
    ) -> Activity:
        number = record_of_deal(object_type, self.deal.index, self.used[object_type])
        self.used[object_type] += 1
        audit: Row = {
            "hs_object_id": str(number),
            "hubspot_owner_id": owner_id(self.owner.index),
            "hs_createdate": stamp(times[0]),
            "hs_lastmodifieddate": stamp(times[1]),
            "hs_created_by_user_id": user_id(self.owner.index),
            "hs_updated_by_user_id": user_id(self.owner.index),
            "hs_object_source": "CRM_UI",
        }
        ends = [("contacts", record_id("contacts", contact)) for contact in dict.fromkeys(people)]
        if linked:
            ends.append(("deals", record_id("deals", self.deal.index)))
        rows = (link for end in ends for link in self.links.between((object_type, number), end))
        return Activity(object_type, row | audit, tuple(rows))

    def _person(self, contact: int) -> Contact:
        return next(person for person in self.deal.people if person.index == contact)
