"""Records as the wire shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.hubspot.portal.objects import ObjectType
from sandbox.hubspot.portal.schema import Schema
from sandbox.hubspot.portal.storage import Storage, Stored

Record = dict[str, Any]
"""A record as JSON has it: id, properties, createdAt, updatedAt, archived, and archivedAt where it is."""


class Reader:
    """Shows stored records."""

    def __init__(self, storage: Storage, schema: Schema, quirks: dict[str, Any]) -> None:
        self._storage, self._schema, self._quirks = storage, schema, quirks

    def names(self, kind: ObjectType, asked: Iterable[str] | None) -> list[str]:
        """The properties to show: those asked for, as far as there are any of the name, and those always shown."""
        visible = self._schema.visible(kind.name)
        # Unknown names are ignored on reads, and refused on writes.
        wanted = dict.fromkeys([*(kind.defaults if asked is None else asked), *kind.always])
        return [name for name in wanted if name in visible]

    def show(
        self, kind: ObjectType, rows: Iterable[Stored], names: Sequence[str], history: Sequence[str] = ()
    ) -> list[Record]:
        """Show rows that were read with the columns of *names* and the two stamps."""
        omit = self._quirks["omit_empty"]
        shown = []
        for row in rows:
            record = {"id": str(row.id), "properties": _values(row, names, omit=omit), **_facts(kind, row)}
            if history:
                record["propertiesWithHistory"] = self._history(kind, row, history)
            shown.append(record)
        return shown

    def filled(self, kind: ObjectType, row: Stored) -> Record:
        """Show a row with every visible property that has a value, as the answer to a write does."""
        names = [name for name in self._schema.visible(kind.name) if name == "hs_object_id" or row.values.get(name)]
        return {"id": str(row.id), "properties": _values(row, names, omit=True), **_facts(kind, row)}

    def table(self, kind: ObjectType) -> list[Record]:
        """Every record with every property, archived and hidden ones included, by id."""
        names = list(self._schema.all(kind.name))
        rows = self._storage.select(kind.name, None, "1 ORDER BY _id")
        return [{"id": str(row.id), "properties": _values(row, names, omit=False), **_facts(kind, row)} for row in rows]

    def _history(self, kind: ObjectType, row: Stored, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Each property's values, the newest first; one that never changed has its first value alone."""
        visible = self._schema.visible(kind.name)
        wanted = [name for name in names if name in visible]
        sql = (
            "SELECT name, at, value, source, user_id FROM _history WHERE object_type = ? AND id = ?"
            " ORDER BY at DESC, rowid DESC"
        )
        entries: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
        for name, at, value, source, user_id in self._storage.all(sql, (kind.name, row.id)):
            if name in entries:
                entries[name].append(_entry(at, value, source, user_id))
        for name in wanted:
            if not entries[name] and (value := self._current(kind, row, name)) is not None:
                entries[name] = [_entry(self._current(kind, row, kind.created), value, "CRM_UI", None)]
            if self._quirks["history_oldest_first"]:
                entries[name].reverse()
        return entries

    def _current(self, kind: ObjectType, row: Stored, name: str) -> str | None:
        if name not in row.values:
            read = self._storage.row(kind.name, row.id, [name])
            return read.values.get(name) if read else None
        return row.values[name]


def _values(row: Stored, names: Iterable[str], *, omit: bool) -> dict[str, str | None]:
    values = {name: str(row.id) if name == "hs_object_id" else row.values.get(name) for name in names}
    return {name: value for name, value in values.items() if value is not None} if omit else values


def _facts(kind: ObjectType, row: Stored) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "createdAt": row.values.get(kind.created),
        "updatedAt": row.values.get(kind.modified),
        "archived": row.is_archived,
    }
    if row.is_archived:
        facts["archivedAt"] = row.archived_at
    return facts


def _entry(at: str | None, value: str | None, source: str, user_id: str | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"value": value or "", "timestamp": at, "sourceType": source}
    if user_id is not None:
        entry |= {"sourceId": f"userId:{user_id}", "updatedByUserId": int(user_id)}
    return entry
