"""Reading rows without a query: one by its id, whole tables, what changed and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import Field, Schema, SObject
from sandbox.salesforce.data.storage import Storage
from sandbox.salesforce.data.values import accept, wire
from sandbox.salesforce.soql.scope import Setting


class Reader:
    """Reads rows as wire values."""

    def __init__(self, storage: Storage, schema: Schema, quirks: Mapping[str, Any]) -> None:
        self._storage, self._schema, self._quirks = storage, schema, quirks

    def find(self, sobject: SObject, name: str, value: Any) -> list[str]:
        """Ids of the living rows that have this value in the field."""
        field = sobject.field(name)
        if field is None:
            raise RowError("INVALID_FIELD", f"{sobject.name} has no field {name}", (name,))
        if isinstance(value, (int, float)) and field.type == "string":
            value = str(value)
        stored = accept(field, value, trim=self._quirks["trim_text"])
        living = " AND IsDeleted = 0" if "IsDeleted" in sobject.fields else ""
        sql = f'SELECT Id FROM "{sobject.name}" WHERE "{field.name}" = ?{living} ORDER BY Id'  # noqa: S608
        return [row[0] for row in self._storage.all(sql, (stored,))]

    def get(self, sobject: SObject, record_id: str, setting: Setting) -> dict[str, Any] | None:
        """One row's visible fields, or None."""
        visible = [field for field in sobject.fields.values() if self._schema.sees(self._quirks, sobject, field)]
        rows = self._records(sobject, visible, setting, " WHERE r.Id = ?", (record_id,))
        return rows[0] if rows else None

    def table(self, sobject: SObject, setting: Setting) -> list[dict[str, Any]]:
        """Every row with every field, by Id."""
        return self._records(sobject, list(sobject.fields.values()), setting, " ORDER BY r.Id", ())

    def updated(self, sobject: SObject, start: str, end: str) -> list[str]:
        """Ids of the living rows stamped in the window."""
        living = " AND IsDeleted = 0" if "IsDeleted" in sobject.fields else ""
        sql = (
            f'SELECT Id FROM "{sobject.name}" WHERE SystemModstamp >= ? AND SystemModstamp < ?{living}'  # noqa: S608
            " ORDER BY SystemModstamp, Id"
        )
        return [row[0] for row in self._storage.all(sql, (start, end))]

    def deleted(self, sobject: SObject, start: str, end: str) -> list[tuple[str, str]]:
        """Ids and times of the rows deleted in the window."""
        sql = "SELECT id, at FROM _deleted WHERE sobject = ? AND at >= ? AND at < ? ORDER BY at, id"
        return self._storage.all(sql, (sobject.name, start, end))

    def _records(
        self, sobject: SObject, fields: list[Field], setting: Setting, rest: str, parameters: tuple[Any, ...]
    ) -> list[dict[str, Any]]:
        columns = ", ".join(setting.sql_of(sobject, field.name, "r") for field in fields)
        names = [field.name for field in fields]
        whole = self._quirks["amounts_as_integers"]
        converters = [(field.name, convert) for field in fields if (convert := wire(field, whole_amounts=whole))]
        records = []
        for row in self._storage.all(f'SELECT {columns} FROM "{sobject.name}" r{rest}', parameters):  # noqa: S608
            record = dict(zip(names, row, strict=True))
            for name, convert in converters:
                if record[name] is not None:
                    record[name] = convert(record[name])
            records.append(record)
        return records


def picklists(storage: Storage) -> dict[tuple[str, str], list[str]]:
    """The picklists that setup rows decide: stages and task statuses, where there are any."""
    stages = storage.all("SELECT ApiName, MasterLabel FROM OpportunityStage WHERE IsActive = 1 ORDER BY SortOrder")
    statuses = storage.all("SELECT COALESCE(ApiName, MasterLabel), MasterLabel FROM TaskStatus ORDER BY SortOrder")
    entries = {("Opportunity", "StageName"): stages, ("Task", "Status"): statuses}
    return {
        key: [value if label in {None, value} else f"{value}|{label}" for value, label in rows]
        for key, rows in entries.items()
        if rows
    }
