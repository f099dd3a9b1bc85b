"""The queries of a pull: what is read of each object, from where, and what it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from connectors import role_names
from connectors.base import PullRequest
from connectors.columns import Record, Rows
from connectors.mapping import FieldMap
from connectors.salesforce import soql
from connectors.salesforce.capabilities import Probe
from connectors.salesforce.objects import ANSWER_FIELD, KEY_FIELD, KEY_PREFIX, REASON_FIELD
from connectors.salesforce.rates import Rates
from connectors.salesforce.rows import changes, deals, people, tasks, touches

DEALS: Final = "Opportunity"
ROLES: Final = "OpportunityContactRole"
_OWN_TASKS_ONLY: Final = ("Subject", "Description", "Status", "Priority", "LastModifiedDate", "LastModifiedById")


@dataclass(frozen=True, slots=True)
class Source:
    """One query of a pull.

    A first read takes *first*; later ones take what changed by *stamp* since, and *always* in either case. Without a
    stamp it is read whole every time, and replaces what was there. ``objects.FEEDS`` says by *name* what it feeds.
    """

    name: str
    sobject: str
    fields: tuple[str, ...]
    convert: Callable[[Sequence[Record]], Rows]
    first: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    stamp: str | None = "SystemModstamp"
    mapping: str = ""  # what else decides on the rows, so that a change of it reads them again

    def query(self, since: datetime | None) -> str:
        """Return the query for a first read (None) or for what changed since a moment, that moment included."""
        if self.stamp is None:
            return soql.select(self.fields, self.sobject, self.always, ("Id",))
        where = self.first if since is None else (soql.compare(self.stamp, ">=", since),)
        # Ordered by stamp and id: without the tie-break, rows of one stamp may move between pages.
        return soql.select(self.fields, self.sobject, (*where, *self.always), (self.stamp, "Id"))

    @property
    def signature(self) -> str:
        """Identify this way of reading: a stored cursor with another signature cannot be used."""
        return hashlib.sha256(f"{self.fields}{self.always}{self.mapping}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the queries of a pull depend on: the org, its map, its rates, and how far back a first read goes."""

    probe: Probe
    mapping: FieldMap
    rates: Rates
    request: PullRequest
    now: datetime

    def kept_deals(self, path: str = "") -> str:
        """Return the condition of deals that are kept: open, or closed not too long ago; *path* leads to the deal.

        Where close dates are hidden, the last change of any kind is used instead: it keeps more deals, never fewer.
        """
        since = self.now - timedelta(days=self.request.closed_deals_since_days)
        recent = (
            soql.compare(f"{path}CloseDate", ">=", since.date())
            if self.visible(DEALS, "CloseDate")
            else soql.compare(f"{path}SystemModstamp", ">=", since)
        )
        return soql.either(soql.compare(f"{path}IsClosed", "=", value=False), recent)

    def kept_touches(self) -> datetime:
        """Return the moment from which touches are kept."""
        return self.now - timedelta(days=self.request.touches_since_days)

    def fields(self, sobject: str, *more: str, without: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the fields to select of an object: the wanted ones that are visible, and *more*."""
        seen = self.probe.objects[sobject].wanted() if self.probe.sees(sobject) else ()
        return tuple(dict.fromkeys((*(name for name in seen if name not in without), *more)))

    def visible(self, sobject: str, *names: str) -> tuple[str, ...]:
        """Return those of *names* that can be seen."""
        return tuple(name for name in names if self.probe.sees(sobject) and self.probe.objects[sobject].has(name))


def sources(reach: Reach) -> list[Source]:
    """List the queries that this org allows, deals first."""
    listed = (_deals(reach), *_people(reach), *_history(reach), *_tasks(reach), *_meetings(reach), *_mails(reach))
    return [source for source in listed if reach.probe.sees(source.sobject)]


def _deals(reach: Reach) -> Source:
    shape = reach.probe.deal
    return Source(
        name=DEALS,
        sobject=DEALS,
        fields=reach.fields(DEALS, *shape.paths()),
        convert=partial(deals.deal_rows, shape=shape, rates=reach.rates),
        first=(reach.kept_deals(),),
        mapping=f"{shape.elements!r}{shape.extras!r}{shape.scores!r}{shape.muted_until}{reach.rates.as_json()}"
        f"{reach.request.closed_deals_since_days}",
    )


def _people(reach: Reach) -> Iterator[Source]:
    stages = reach.fields("OpportunityStage")
    yield Source("OpportunityStage", "OpportunityStage", stages, people.stage_rows, stamp=None)
    for sobject, convert in (
        ("Account", people.account_rows),
        ("Contact", people.contact_rows),
        ("User", people.owner_rows),
    ):
        yield Source(sobject, sobject, reach.fields(sobject), convert)
    own_names = reach.mapping.roles
    yield Source(
        name=ROLES,
        sobject=ROLES,
        fields=reach.fields(ROLES),
        convert=partial(people.role_rows, own_names=own_names),
        first=(reach.kept_deals("Opportunity."),),
        mapping=f"{role_names.VERSION}{sorted(own_names.items())}{reach.request.closed_deals_since_days}",
    )


def _history(reach: Reach) -> Iterator[Source]:
    kept = reach.kept_deals("Opportunity.")
    of_deal = reach.visible("Opportunity", "CreatedDate", "LastStageChangeDate")
    yield Source(
        name="OpportunityHistory",
        sobject="OpportunityHistory",
        fields=reach.fields("OpportunityHistory", *(f"Opportunity.{name}" for name in of_deal)),
        convert=changes.history_rows,
        first=(kept,),
    )
    elements = {path: element.name for element in reach.probe.deal.elements for path in element.paths()}
    yield Source(
        name="OpportunityFieldHistory",
        sobject="OpportunityFieldHistory",
        fields=reach.fields("OpportunityFieldHistory"),
        convert=partial(changes.field_history_rows, elements=elements),
        first=(kept,),
        always=(soql.one_of("Field", (changes.OWNER_FIELD, *elements)),),
        stamp="CreatedDate",  # its rows never change, and carry no other stamp
    )


def _tasks(reach: Reach) -> Iterator[Source]:
    since = reach.kept_touches()
    key = reach.visible("Task", KEY_FIELD)
    yield Source(
        name="Task",
        sobject="Task",
        fields=reach.fields("Task", without=_OWN_TASKS_ONLY),
        convert=partial(touches.task_rows, context=_touch_context(reach)),
        first=(_recent(since, "ActivityDate"),),
        always=tuple(soql.compare(name, "=", None) for name in key),
        mapping=f"{reach.probe.sees('EmailMessage')}{reach.request.touches_since_days} to-dos",
    )
    if key:
        yield Source(
            name="Task:own",
            sobject="Task",
            fields=own_task_fields(reach.probe),
            convert=partial(tasks.own_task_rows, user_id=reach.probe.user_id),
            always=(soql.starts_with(KEY_FIELD, KEY_PREFIX),),
        )
    yield _relation(reach, "TaskRelation", "TaskId")


def own_task_fields(probe: Probe) -> tuple[str, ...]:
    """Return the fields that are selected of our own tasks."""
    task = probe.objects["Task"]
    own_fields = (name for name in (KEY_FIELD, REASON_FIELD, ANSWER_FIELD) if task.has(name))
    return tuple(dict.fromkeys((*task.wanted(), *own_fields)))


def _meetings(reach: Reach) -> Iterator[Source]:
    yield Source(
        name="Event",
        sobject="Event",
        fields=reach.fields("Event"),
        convert=partial(touches.event_rows, context=_touch_context(reach)),
        first=(_recent(reach.kept_touches(), "ActivityDate"),),
        # Each invitee has a copy of an event; the parent alone is the meeting.
        always=tuple(soql.compare(name, "=", value=False) for name in reach.visible("Event", "IsChild")),
        mapping=str(reach.request.touches_since_days),
    )
    yield _relation(reach, "EventRelation", "EventId")


def _mails(reach: Reach) -> Iterator[Source]:
    yield Source(
        name="EmailMessage",
        sobject="EmailMessage",
        fields=reach.fields("EmailMessage"),
        convert=touches.mail_rows,
        first=(soql.compare("MessageDate", ">=", reach.kept_touches()),),
        mapping=str(reach.request.touches_since_days),
    )
    yield _relation(reach, "EmailMessageRelation", "EmailMessageId")


def _relation(reach: Reach, sobject: str, touch_field: str) -> Source:
    return Source(
        name=sobject,
        sobject=sobject,
        fields=reach.fields(sobject),
        convert=partial(touches.relation_rows, touch_field=touch_field),
        first=(soql.compare("SystemModstamp", ">=", reach.kept_touches()),),
        mapping=str(reach.request.touches_since_days),
    )


def _recent(since: datetime, day_field: str) -> str:
    return soql.either(soql.compare("SystemModstamp", ">=", since), soql.compare(day_field, ">=", since.date()))


def _touch_context(reach: Reach) -> touches.TouchContext:
    return touches.TouchContext(ZoneInfo(reach.probe.org.time_zone), reach.probe.sees("EmailMessage"))
