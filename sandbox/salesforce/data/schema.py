"""The org's objects and fields: standard ones read from `objects/*.toml`, custom ones added while it runs.

Whether the integration user sees an object or field depends on the quirks as well; `Schema.sees` is the one place that
decides.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

TEXT_TYPES = frozenset({"string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url"})
NUMBER_TYPES = frozenset({"double", "currency", "percent", "int"})
ACTIVITY = ("Task", "Event")
"""Objects whose custom fields are one shared set."""

_SPEC = re.compile(r"(?P<type>\w+)(?:\((?P<args>[^)]*)\))? (?P<flags>[a-zA-Z]+) (?P<label>.+)")
_FLAGS = {
    "c": "createable",
    "u": "updateable",
    "n": "nillable",
    "f": "filterable",
    "s": "sortable",
    "g": "groupable",
    "i": "id_lookup",
    "p": "permissionable",
    "a": "aggregatable",
    "d": "defaulted_on_create",
    "r": "restricted_picklist",
    "q": "search_prefilterable",
    "N": "name_field",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field as describe shows it.

    `values` are picklist values, each `value` or `value|label`. `relationship` is the name of the parent path, None
    where there is none. `requires` names the quirk without which the field does not exist.
    """

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    createable: bool = False
    updateable: bool = False
    nillable: bool = False
    filterable: bool = False
    sortable: bool = False
    groupable: bool = False
    aggregatable: bool = False
    permissionable: bool = False
    defaulted_on_create: bool = False
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted_picklist: bool = False
    search_prefilterable: bool = False
    name_field: bool = False
    calculated: bool = False
    custom: bool = False
    values: tuple[str, ...] = ()
    default: Any = None
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_list: str | None = None
    cascade: bool = False
    compound: str | None = None
    requires: str | None = None

    @property
    def polymorphic(self) -> bool:
        """Whether the lookup may point at more than one kind of record."""
        return len(self.reference_to) > 1

    @property
    def picklist(self) -> tuple[str, ...]:
        """The picklist's values without their labels."""
        return tuple(entry.partition("|")[0] for entry in self.values)


def custom_field(name: str, kind: str, label: str, **facts: Any) -> Field:
    """A custom field with the flags that the platform gives to its type; `facts` are further attributes of `Field`.

    A textarea longer than 255 is a long text area: it can be read and written, not filtered, sorted or grouped.
    """
    # Long text areas can be read, and not filtered: a query that tries is refused with INVALID_FIELD.
    long_text = kind == "textarea" and facts.get("length", 0) > 255
    relationship = name.removesuffix("__c") + "__r" if kind == "reference" else None
    flags: dict[str, Any] = {
        "createable": True,
        "updateable": True,
        "permissionable": True,
        "custom": True,
        "nillable": kind != "boolean",
        "defaulted_on_create": kind == "boolean",
        "filterable": not long_text,
        "sortable": not long_text,
        "groupable": not long_text and kind not in {"double", "currency", "percent", "datetime"},
        "aggregatable": not long_text and kind != "boolean",
        "relationship": relationship,
        "id_lookup": bool(facts.get("external_id")),
        "search_prefilterable": kind == "reference",
    }
    return Field(name, kind, label, **(flags | facts))


@dataclass(slots=True)
class SObject:
    """One kind of record: its fields by API name, and what may be done with it (describe's flags, by their names)."""

    name: str
    label: str
    plural: str
    prefix: str
    can: frozenset[str]
    scopes: tuple[str, ...]
    requires: str | None
    fields: dict[str, Field] = field(default_factory=dict)
    _folded: dict[str, str] = field(default_factory=dict)

    def add(self, new: Field) -> None:
        """Add a field, or replace the one of the same name."""
        self.fields[new.name] = new
        self._folded[new.name.lower()] = new.name

    def copy(self) -> SObject:
        """Return a copy that fields can be added to while the original stays as it is."""
        return replace(self, fields=dict(self.fields), _folded=dict(self._folded))

    def field(self, name: str) -> Field | None:
        """The field of this API name, in any case."""
        spelling = self._folded.get(name.lower())
        return self.fields[spelling] if spelling else None

    def parent(self, relationship: str) -> Field | None:
        """The lookup behind a parent path's segment such as `Owner`."""
        wanted = relationship.lower()
        return next((f for f in self.fields.values() if f.relationship and f.relationship.lower() == wanted), None)


class Schema:
    """All objects of the org. `listeners` are called for every field added later, for storage to add its column."""

    def __init__(self, objects: Mapping[str, SObject] | None = None) -> None:
        self.objects: dict[str, SObject] = dict(standard_objects() if objects is None else objects)
        self.listeners: list[Callable[[str, Field], None]] = []

    def copy(self) -> Schema:
        """Return an independent copy without listeners."""
        return Schema({name: sobject.copy() for name, sobject in self.objects.items()})

    def add_field(self, sobject: str, new: Field) -> None:
        """Add a custom field; one of Task, Event or `Activity` goes on both."""
        for name in ACTIVITY if sobject in (*ACTIVITY, "Activity") else (sobject,):
            self.objects[name].add(new)
            for notify in self.listeners:
                notify(name, new)

    def find(self, name: str) -> SObject | None:
        """The object of this API name, in any case."""
        return self.objects.get(name) or self.objects.get(self._folded.get(name.lower(), ""))

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {name.lower(): name for name in self.objects}

    @cached_property
    def by_prefix(self) -> dict[str, str]:
        """Object names by key prefix."""
        return {sobject.prefix: name for name, sobject in self.objects.items()}

    def sees(self, quirks: Mapping[str, Any], sobject: SObject, wanted: Field | None = None) -> bool:
        """Whether the integration user sees the object, or the field of it, under these quirks."""
        if sobject.name in quirks["hide_objects"] or (sobject.requires and not quirks[sobject.requires]):
            return False
        if wanted is None:
            return True
        if wanted.requires and not quirks[wanted.requires]:
            return False
        # To the API a field hidden by field-level security looks exactly like one that does not exist.
        return f"{sobject.name}.{wanted.name}" not in quirks["hide_fields"]

    def children(self, sobject: str) -> Iterator[tuple[SObject, Field]]:
        """Every lookup that may point at this object, with the object that holds it."""
        for child in self.objects.values():
            for candidate in child.fields.values():
                if sobject in candidate.reference_to:
                    yield child, candidate


def field_to_json(item: Field) -> str:
    """A field as text for the state file."""
    return json.dumps(asdict(item))


def field_from_json(text: str) -> Field:
    """The field that `field_to_json` wrote."""
    facts: dict[str, Any] = json.loads(text)
    return Field(**(facts | {key: tuple(value) for key, value in facts.items() if isinstance(value, list)}))


def standard_objects() -> dict[str, SObject]:
    """The standard objects, made afresh, by name."""
    return {sobject.name: sobject.copy() for sobject in _shipped()}


@cache
def _shipped() -> tuple[SObject, ...]:
    folder = files(__package__) / "objects"
    texts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(_object(tomllib.loads(entry.read_text(encoding="utf-8"))) for entry in texts)


def _object(text: Mapping[str, Any]) -> SObject:
    sobject = SObject(
        name=text["name"],
        label=text["label"],
        plural=text["plural"],
        prefix=text["prefix"],
        can=frozenset(text["can"]),
        scopes=tuple(text["scopes"]),
        requires=text.get("requires"),
    )
    for name, spec in text["fields"].items():
        sobject.add(_field(name, spec, text))
    return sobject


def _field(name: str, spec: str, text: Mapping[str, Any]) -> Field:
    """One line of an object file: `type(size) flags label`, with what the file's other tables say about the field."""
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise ValueError(f"{text['name']}.{name}: expected `type(size) flags label`, got {spec!r}")
    kind, args = match["type"], match["args"] or ""
    facts: dict[str, Any] = {_FLAGS[flag]: True for flag in match["flags"]}
    if kind == "reference":
        facts |= {"length": 18, "reference_to": tuple(args.split("|")), "relationship": name.removesuffix("Id")}
    elif "," in args:
        facts |= dict(zip(("precision", "scale"), map(int, args.split(",")), strict=True))
    elif args:
        facts |= {"digits" if kind == "int" else "length": int(args)}
    elif kind == "id":
        facts |= {"length": 18}
    if name in text.get("relationships", {}):
        facts["relationship"] = text["relationships"][name] or None
    child_list, _, cascade = text.get("child_lists", {}).get(name, "").partition(" ")
    facts |= {"child_list": child_list or None, "cascade": cascade == "cascade"}
    facts["values"] = tuple(text.get("values", {}).get(name, ()))
    facts["default"] = text.get("defaults", {}).get(name)
    facts["requires"] = text.get("requires_of", {}).get(name)
    facts["compound"] = next((whole for whole, parts in text.get("compound", {}).items() if name in parts), None)
    return Field(name, kind, match["label"], **facts)
