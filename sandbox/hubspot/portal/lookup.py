"""From the ids and keys that a caller gives to the ids of records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.hubspot.portal.objects import ObjectType
from sandbox.hubspot.portal.refusals import invalid, not_found
from sandbox.hubspot.portal.schema import Schema
from sandbox.hubspot.portal.storage import Storage, Stored

RECORD_ID = (None, "hs_object_id")
"""What a caller names as the id property who means the record id."""

_LONGEST_ID = 18


class RecordLookup:
    """Finds records as the integration may see them."""

    def __init__(self, storage: Storage, schema: Schema, quirks: Mapping[str, Any]) -> None:
        self._storage, self._schema, self._quirks = storage, schema, quirks

    def is_hidden(self, record_id: int) -> bool:
        """Whether the integration no longer sees the record."""
        return str(record_id) in map(str, self._quirks["hide_rows"])

    def row(self, kind: ObjectType, record_id: int | None, names: Iterable[str] | None = None) -> Stored | None:
        """A record that the integration sees, archived or not."""
        if record_id is None or self.is_hidden(record_id):
            return None
        return self._storage.row(kind.name, record_id, names)

    def writable(self, kind: ObjectType, record_id: str, id_property: str | None = None) -> int:
        """The id of the record that a write means; of an id that was merged away, the record that remains.

        With *id_property* it is the record that has this value; neither the record id nor a contact's mail address
        is accepted as such.
        """
        if id_property is None:
            return self._storage.resolve(kind.name, record_number(kind, record_id))
        # Portals refuse even a contact's mail address as idProperty of a batch update.
        if id_property == "email":
            raise self._no_key(kind, id_property)
        holder = self.holder(kind, id_property, record_id)
        if holder is None:
            raise not_found(kind.singular, record_id)
        return holder

    def holder(self, kind: ObjectType, name: str, value: str, *, archived: bool = False) -> int | None:
        """The record that has this value of a unique property, or of a contact's mail address."""
        known = self._schema.visible(kind.name).get(name)
        is_mail = kind.name == "contacts" and name == "email"
        if known is None or not (is_mail or self._schema.is_unique(known)):
            raise self._no_key(kind, name)
        return self._storage.holder(kind.name, name, value.lower() if is_mail else value, archived=archived)

    def read_alone(self, kind: ObjectType, given: str, id_property: str | None, *, archived: bool) -> int | None:
        """The record that a read of one means."""
        if id_property not in RECORD_ID:
            return self.holder(kind, str(id_property), given, archived=archived)
        return self._storage.resolve(kind.name, record_number(kind, given))

    def read_in_batch(self, kind: ObjectType, given: str, id_property: str | None, *, archived: bool) -> int | None:
        """The record that one input of a batch means; ids that were merged away lead nowhere here."""
        if id_property not in RECORD_ID:
            return self.holder(kind, str(id_property), given, archived=archived)
        known = as_number(given)
        # Ids that were merged away resolve in single reads and writes only.
        if known is None or not self._quirks["merged_ids_in_batches"]:
            return known
        return self._storage.resolve(kind.name, known)

    def _no_key(self, kind: ObjectType, name: str) -> Exception:
        return invalid(f"{name} is a non-unique {kind.type_id} property", propertyName=[name])


def as_number(record_id: str) -> int | None:
    """The number that an id is; None for a text that is no id."""
    return int(record_id) if record_id.isdecimal() and len(record_id) <= _LONGEST_ID else None


def record_number(kind: ObjectType, record_id: str) -> int:
    """The number that an id is; a text that is none is the id of no record."""
    number = as_number(record_id)
    if number is None:
        raise not_found(kind.singular, record_id)
    return number
