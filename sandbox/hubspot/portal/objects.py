"""The objects that the portal keeps, by all the names that a path may give them."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.hubspot.portal.refusals import invalid


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object. *name* is the plural that paths use, *created* and *modified* its properties with the stamps."""

    name: str
    singular: str
    type_id: str
    first_id: int  # ids are given out from here on, apart for each object so that a mix-up shows
    defaults: tuple[str, ...]  # what a read gives that asks for no property
    searched: tuple[str, ...] = ()  # where a search's free text is looked for
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()  # a new record needs at least one of these
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"

    @property
    def always(self) -> tuple[str, str, str]:
        """What every read gives, whatever it asks for."""
        return (self.created, self.modified, "hs_object_id")


_ENGAGEMENT = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")

OBJECTS: dict[str, ObjectType] = {
    kind.name: kind
    for kind in (
        ObjectType(
            "deals", "deal", "0-3", 21_400_000_001,
            ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id",
             "pipeline"),
            ("dealname", "description"), required=("dealname", "dealstage"), created="createdate",
        ),
        ObjectType(
            "contacts", "contact", "0-1", 10_100_000_001,
            ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
            ("firstname", "lastname", "email", "phone", "jobtitle"), one_of=("email", "firstname", "lastname"),
            # Contacts alone have lastmodifieddate; a search of them by hs_lastmodifieddate matches nothing and is no
            # error.
            created="createdate", modified="lastmodifieddate",
        ),
        ObjectType(
            "companies", "company", "0-2", 15_200_000_001,
            ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
            ("name", "domain", "phone"), one_of=("name", "domain"), created="createdate",
        ),
        ObjectType("tasks", "task", "0-27", 51_000_000_001, _ENGAGEMENT, ("hs_task_subject", "hs_task_body"),
                   required=("hs_timestamp",)),
        ObjectType("notes", "note", "0-46", 52_000_000_001, _ENGAGEMENT, ("hs_note_body",), required=("hs_timestamp",)),
        ObjectType("meetings", "meeting", "0-47", 53_000_000_001, _ENGAGEMENT, ("hs_meeting_title",),
                   required=("hs_timestamp",)),
        ObjectType("calls", "call", "0-48", 54_000_000_001, _ENGAGEMENT, ("hs_call_title", "hs_call_body"),
                   required=("hs_timestamp",)),
        ObjectType("emails", "email", "0-49", 55_000_000_001, _ENGAGEMENT, ("hs_email_subject",),
                   required=("hs_timestamp",)),
    )
}  # fmt: skip

ENGAGEMENTS = ("tasks", "notes", "meetings", "calls", "emails")
"""Objects that are activities: they move the summary dates of what they are associated with."""

ACTIVE = ("deals", "contacts", "companies")
"""Objects that have such summary dates."""

_NAMES = {alias: kind for kind in OBJECTS.values() for alias in (kind.name, kind.singular, kind.type_id)}


def find_object(name: str) -> ObjectType | None:
    """Find an object by plural, singular or type id, in any case."""
    return _NAMES.get(name.lower())


def object_named(name: str) -> ObjectType:
    """Find an object, or refuse the call."""
    kind = find_object(name)
    if kind is None:
        raise invalid(f"Unable to infer object type from: {name}")
    return kind
