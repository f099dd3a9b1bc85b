"""Associations inside records: in what is read, and in what is to be created."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.portal.associations import AssociationType, Key
from sandbox.hubspot.portal.objects import OBJECTS, ObjectType, object_named
from sandbox.hubspot.portal.portal import Portal, Record, Target
from sandbox.hubspot.portal.refusals import RecordError, invalid

_LONGEST_ID = 18


def inline_associations(portal: Portal, kind: ObjectType, records: list[Record], wanted: list[str]) -> list[Record]:
    """*records* with their associations to the objects *wanted*; a pair appears once for each of its types."""
    shown = [dict(record) for record in records]
    for end in dict.fromkeys(object_named(name).name for name in wanted):
        links_by_record = portal.associated(kind.name, [str(record["id"]) for record in records], end)
        for record in shown:
            links = links_by_record.get(str(record["id"]), [])
            results = [
                {"id": str(link.to_id), "type": type_name(kind, OBJECTS[end], known)}
                for link in links
                for known in link.types
            ]
            if results:
                record.setdefault("associations", {})[end] = {"results": results}
    return shown


def type_name(start: ObjectType, end: ObjectType, known: AssociationType) -> str:
    """The name of an association type, which older parts of the API use instead of its id."""
    name = f"{start.singular}_to_{end.singular}"
    return name if known.label is None else f"{name}_{known.label.lower().replace(' ', '_')}"


def inline_targets(portal: Portal, kind: ObjectType, given: Any) -> list[Target]:
    """The `associations` of a record to be created; which object is meant, only the types' ids tell."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise invalid("Invalid input JSON: associations must be an array")
    return [_target(portal, kind, item) for item in given]


def keys_of(specs: Any) -> tuple[Key, ...]:
    """The association types that a caller names."""
    try:
        keys = tuple((str(spec["associationCategory"]), int(spec["associationTypeId"])) for spec in specs)
    except (KeyError, TypeError, ValueError):
        keys = ()
    if not keys:
        raise invalid("Invalid input JSON: types need associationCategory and associationTypeId")
    return keys


def number_of(record_id: Any, object_type: str, side: str = "TO") -> int:
    """The id of one end of an association, or the refusal of what is none."""
    if not str(record_id).isdecimal() or len(str(record_id)) > _LONGEST_ID:
        raise invalid(
            f"No {object_type} with id {record_id} exists",
            sub_category=f"crm.associations.{side}_OBJECT_NOT_FOUND",
            id=[str(record_id)],
            objectType=[object_type],
        )
    return int(record_id)


def _target(portal: Portal, kind: ObjectType, item: Any) -> Target:
    if not isinstance(item, dict) or not isinstance(item.get("to"), dict):
        raise invalid("Invalid input JSON: an association needs `to` and `types`")
    keys = keys_of(item.get("types"))
    end = _end_of(portal, kind, keys)
    return Target(end, number_of(item["to"].get("id"), end), keys)


def _end_of(portal: Portal, kind: ObjectType, keys: tuple[Key, ...]) -> str:
    for end in OBJECTS:
        try:
            known = {association_type.key for association_type in portal.labels(kind.name, end)}
        except RecordError:  # the two objects have no associations
            continue
        if keys[0] in known:
            return end
    raise invalid(
        f"{keys[0][0]} {keys[0][1]} is no association type of {kind.name}",
        sub_category="crm.associations.INVALID_ASSOCIATION_TYPE",
        type=[str(keys[0][1])],
        fromObjectType=[kind.name],
    )
