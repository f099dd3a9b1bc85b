"""Property definitions: as the portal keeps them, as the wire shows them, and as a caller asks for a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.hubspot.portal.refusals import RecordError, invalid

FIELD_TYPES = {
    "bool": ("booleancheckbox",),
    "enumeration": ("select", "radio", "checkbox"),
    "number": ("number",),
    "string": ("text", "textarea", "html"),
    "date": ("date",),
    "datetime": ("date",),
}
"""The field types that go with a type; the first is the usual one."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Option:
    """One value that an enumeration may have."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object.

    *read_only* values are set by the portal alone, *calculated* ones from other properties; *referenced* names the
    object whose ids an enumeration's options are, where the options are kept elsewhere.
    """

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    unique: bool = False
    read_only: bool = False
    calculated: bool = False
    hidden: bool = False
    standard: bool = True
    referenced: str = ""
    created: str = "2019-08-06T02:41:08.204Z"

    def wire(self, *, unique: bool | None = None) -> dict[str, Any]:
        """Show the definition; *unique* overrides what it says of itself."""
        shown: dict[str, Any] = {
            "updatedAt": self.created,
            "createdAt": self.created,
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [
                {"label": option.label, "value": option.value, "displayOrder": place, "hidden": False}
                for place, option in enumerate(self.options)
            ],
            "displayOrder": -1,
            "calculated": self.calculated,
            "externalOptions": bool(self.referenced),
            "hasUniqueValue": self.unique if unique is None else unique,
            "hidden": self.hidden,
            "hubspotDefined": self.standard,
            "archived": False,
            "modificationMetadata": {
                "archivable": not self.standard,
                "readOnlyDefinition": self.standard,
                "readOnlyOptions": self.standard and not self.options,
                "readOnlyValue": self.read_only,
            },
            "formField": False,
        }
        if self.referenced:
            shown["referencedObjectType"] = self.referenced
        return shown

    def facts(self) -> dict[str, Any]:
        """Return the definition in a form that JSON can keep."""
        return asdict(self)


def from_facts(facts: Mapping[str, Any]) -> Property:
    """Read what `Property.facts` gave."""
    return Property(**{**facts, "options": tuple(Option(**option) for option in facts["options"])})


def requested(body: Mapping[str, Any], groups: Sequence[str], created: str) -> Property:
    """Read the body of a request for a new property, or refuse it."""
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if missing:
        raise invalid(f"Invalid input JSON: some required fields were not set: {missing}")
    name, kind, field_type = str(body["name"]), str(body["type"]), str(body["fieldType"])
    if not _NAME.fullmatch(name):
        raise _refused(name, f"{name!r} is no property name: lower-case letters, digits and underscores, letter first")
    if field_type not in FIELD_TYPES.get(kind, ()):
        raise _refused(name, f"type {kind} does not go with field type {field_type}")
    if body["groupName"] not in groups:
        raise _refused(name, f"there is no property group {body['groupName']}")
    unique = bool(body.get("hasUniqueValue"))
    if unique and kind not in ("string", "number"):
        raise _refused(name, f"a property of type {kind} cannot have unique values")
    return Property(
        name=name,
        label=str(body["label"]),
        type=kind,
        field_type=field_type,
        group=str(body["groupName"]),
        description=str(body.get("description") or ""),
        options=_options(name, kind, body.get("options") or ()),
        unique=unique,
        hidden=bool(body.get("hidden")),
        standard=False,
        created=created,
    )


def _options(name: str, kind: str, given: Sequence[Mapping[str, Any]]) -> tuple[Option, ...]:
    options = tuple(Option(str(option["value"]), str(option.get("label", option["value"]))) for option in given)
    if kind == "enumeration" and not options:
        raise invalid(
            f"{name}: an enumeration needs options",
            sub_category="PropertyValidationError.MISSING_OPTIONS",
            property=[name],
        )
    if kind == "bool":
        if options and {option.value for option in options} != {"true", "false"}:
            raise invalid(
                f"{name}: the options of a bool are true and false",
                sub_category="PropertyValidationError.INVALID_BOOLEAN_OPTION",
                property=[name],
            )
        return options or BOOLEAN_OPTIONS
    return options


def _refused(name: str, message: str) -> RecordError:
    return invalid(message, sub_category="Properties.PROPERTY_CREATE_FAILED_VALIDATION", property=[name])


BOOLEAN_OPTIONS = (Option("true", "True"), Option("false", "False"))
