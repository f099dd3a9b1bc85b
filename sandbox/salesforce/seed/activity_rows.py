"""A made-up deal's touches and to-dos as Salesforce keeps them: Events, Tasks, EmailMessages and their relations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.salesforce.seed.row_values import (
    Row,
    account_id,
    contact_id,
    opportunity_id,
    record_of_deal,
    stamp,
    user_id,
)
from sandbox.story.model import Contact, Deal, Owner, ToDo, Touch


def activity_rows(deal: Deal, owner: Owner, now: datetime) -> Iterator[tuple[str, Row]]:
    """Return (object, row) for every touch and to-do of the deal."""
    rows = _Rows(deal, owner, now, {})
    for touch in deal.touches:
        if touch.kind == "meeting":
            yield from rows.meeting(touch)
        elif touch.kind == "call":
            yield from rows.call(touch)
        else:
            yield from rows.mail(touch)
    for to_do in deal.to_dos:
        yield from rows.to_do(to_do)


@dataclass(frozen=True, slots=True)
class _Rows:
    deal: Deal
    owner: Owner
    now: datetime
    used: dict[str, int]  # how many ids of each key prefix this deal has taken

    def meeting(self, touch: Touch) -> Iterator[tuple[str, Row]]:
        booked = max(min(touch.at - timedelta(days=3), self.now - timedelta(days=1)), self.deal.created_at)
        event_id = self._next_id("00U")
        end = touch.at + timedelta(minutes=touch.minutes)
        row: Row = {
            "Id": event_id,
            "Subject": touch.subject,
            "StartDateTime": stamp(touch.at),
            "ActivityDateTime": stamp(touch.at),
            "EndDateTime": stamp(end),
            "ActivityDate": touch.at.date().isoformat(),
            "EndDate": end.date().isoformat(),
            "DurationInMinutes": touch.minutes,
            "IsGroupEvent": len(touch.attendees) > 1,
            "GroupEventType": "1" if len(touch.attendees) > 1 else "0",
            "EventSubtype": "Event",
            "ShowAs": "Busy",
        }
        yield "Event", row | self._links(touch) | self._audit(booked)
        for relation in self._relations("0RE", touch, booked):
            yield "EventRelation", relation | {"EventId": event_id, "IsParent": True, "Status": "New"}

    def call(self, touch: Touch) -> Iterator[tuple[str, Row]]:
        row: Row = {
            "TaskSubtype": "Call",
            "Type": "Call",
            "CallType": "Inbound" if touch.inbound else "Outbound",
            "CallDurationInSeconds": touch.minutes * 60,
            "CallDisposition": "Connected" if touch.connected else ("No answer", "Left voicemail")[touch.at.day % 2],
        }
        yield from self._done_task(touch, touch.subject, row)

    def mail(self, touch: Touch) -> Iterator[tuple[str, Row]]:
        at, message_id = stamp(touch.at), self._next_id("02s")
        task_rows = list(self._done_task(touch, f"Email: {touch.subject}", {"TaskSubtype": "Email", "Type": "Email"}))
        yield from task_rows
        people = [self._person(contact) for contact in touch.attendees]
        external, internal = "; ".join(person.email for person in people), self.owner.email
        yield (
            "EmailMessage",
            {
                "Id": message_id,
                "ActivityId": task_rows[0][1]["Id"],
                "RelatedToId": opportunity_id(self.deal.index) if touch.linked else None,
                "Subject": touch.subject,
                "Incoming": touch.inbound,
                "Status": "1" if touch.inbound else "3",
                "MessageDate": at,
                "FromAddress": external if touch.inbound else internal,
                "ToAddress": internal if touch.inbound else external,
            }
            | self._audit(touch.at),
        )
        sides = [(contact_id(person.index), person.email, "Contact", touch.inbound) for person in people]
        sides.append((user_id(self.owner.index), internal, "User", not touch.inbound))
        for relation, address, kind, is_sender in sides:
            yield (
                "EmailMessageRelation",
                {
                    "Id": self._next_id("02q"),
                    "EmailMessageId": message_id,
                    "RelationId": relation,
                    "RelationType": "FromAddress" if is_sender else "ToAddress",
                    "RelationAddress": address,
                    "RelationObjectType": kind,
                    "CreatedById": user_id(self.owner.index),
                    "CreatedDate": at,
                    "SystemModstamp": at,
                },
            )

    def to_do(self, to_do: ToDo) -> Iterator[tuple[str, Row]]:
        task_id, done = self._next_id("00T"), to_do.completed_at
        who = None if to_do.contact is None else contact_id(to_do.contact)
        yield (
            "Task",
            {
                "Id": task_id,
                "Subject": to_do.subject,
                "TaskSubtype": "Task",
                "Status": "Completed" if done else "Not Started",
                "IsClosed": done is not None,
                "Priority": "Normal",
                "ActivityDate": to_do.due.isoformat() if to_do.due else None,
                "CompletedDateTime": stamp(done) if done else None,
                "WhoId": who,
                "WhatId": opportunity_id(self.deal.index),
                "AccountId": account_id(self.deal.account),
                "OwnerId": user_id(self.owner.index),
            }
            | self._audit(to_do.created_at, done),
        )
        for record, is_what in ((who, False), (opportunity_id(self.deal.index), True)):
            if record is not None:
                relation: Row = {"Id": self._next_id("0RT"), "TaskId": task_id, "RelationId": record, "IsWhat": is_what}
                yield "TaskRelation", relation | self._audit(to_do.created_at)

    def _done_task(self, touch: Touch, subject: str, values: Row) -> Iterator[tuple[str, Row]]:
        task_id = self._next_id("00T")
        row: Row = {
            "Id": task_id,
            "Subject": subject,
            "Status": "Completed",
            "IsClosed": True,
            "Priority": "Normal",
            "ActivityDate": touch.at.date().isoformat(),
            "CompletedDateTime": stamp(touch.at),
        }
        yield "Task", row | values | self._links(touch) | self._audit(touch.at)
        for relation in self._relations("0RT", touch, touch.at):
            yield "TaskRelation", relation | {"TaskId": task_id}

    def _links(self, touch: Touch) -> Row:
        return {
            "WhoId": contact_id(touch.attendees[0]) if touch.attendees else None,
            "WhatId": opportunity_id(self.deal.index) if touch.linked else None,
            "AccountId": account_id(self.deal.account),
            "OwnerId": user_id(self.owner.index),
        }

    def _relations(self, prefix: str, touch: Touch, at: datetime) -> Iterator[Row]:
        related = [(contact_id(contact), False) for contact in touch.attendees]
        if touch.linked:
            related.append((opportunity_id(self.deal.index), True))
        for record, is_what in related:
            relation: Row = {"Id": self._next_id(prefix), "RelationId": record, "IsWhat": is_what}
            yield relation | {"AccountId": account_id(self.deal.account)} | self._audit(at)

    def _audit(self, created: datetime, modified: datetime | None = None) -> Row:
        owner, changed = user_id(self.owner.index), stamp(modified or created)
        return {
            "CreatedById": owner,
            "CreatedDate": stamp(created),
            "LastModifiedById": owner,
            "LastModifiedDate": changed,
            "SystemModstamp": changed,
        }

    def _person(self, contact: int) -> Contact:
        return next(person for person in self.deal.people if person.index == contact)

    def _next_id(self, prefix: str) -> str:
        place = self.used.get(prefix, 0)
        self.used[prefix] = place + 1
        return record_of_deal(prefix, self.deal.index, place)
