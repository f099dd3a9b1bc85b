"""The org's rows on SQLite: one table per object, one column per stored field, and three small tables of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sandbox.salesforce.data import ids
from sandbox.salesforce.data.computed import expression
from sandbox.salesforce.data.schema import (
    NUMBER_TYPES,
    TEXT_TYPES,
    Field,
    Schema,
    SObject,
    field_from_json,
    field_to_json,
)
from sandbox.salesforce.data.values import loader
from sandbox.server.database import Database

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Default:
    """What a loaded column gets where its source has nothing: another column of the row, or a value."""

    value: Any
    like: tuple[str, ...] = ()


_LOAD_CHUNK = 2000
_OWN_TABLES = """
CREATE TABLE IF NOT EXISTS _field (sobject TEXT, name TEXT, facts TEXT NOT NULL, PRIMARY KEY (sobject, name));
CREATE TABLE IF NOT EXISTS _deleted (
    sobject TEXT, id TEXT, at TEXT NOT NULL, root TEXT NOT NULL, PRIMARY KEY (sobject, id)
);
CREATE INDEX IF NOT EXISTS _deleted_id ON _deleted (id);
CREATE INDEX IF NOT EXISTS _deleted_root ON _deleted (root);
"""


def stored_fields(sobject: SObject) -> list[Field]:
    """The fields that have a column."""
    return [field for field in sobject.fields.values() if expression(sobject, field.name) is None]


class Storage(Database):
    """Rows by object and id. Knows columns and types, and nothing of what rows mean."""

    def __init__(self, schema: Schema, path: Path | None, like: Storage | None = None) -> None:
        super().__init__(path, like)
        self._schema = schema
        self._next: dict[str, int] = {}
        self._columns: dict[str, set[str]] = {}
        if like is None:
            self.connection.executescript(_OWN_TABLES)
            for sobject, facts in self.all("SELECT sobject, facts FROM _field"):
                schema.objects[sobject].add(field_from_json(facts))
            for known in schema.objects.values():
                self._create(known)
        else:
            self._columns = {sobject: set(names) for sobject, names in like._columns.items()}
        schema.listeners.append(self._field_added)

    def row(self, sobject: str, record_id: str) -> Row | None:
        """One row by its columns, deleted or not."""
        cursor = self.connection.execute(f'SELECT * FROM "{sobject}" WHERE Id = ?', (record_id,))  # noqa: S608
        row = cursor.fetchone()
        return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

    def insert(self, sobject: str, row: Mapping[str, Any]) -> None:
        """Add a row that carries its Id."""
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        self.connection.execute(f'INSERT INTO "{sobject}" ({columns}) VALUES ({marks})', tuple(row.values()))  # noqa: S608

    def update(self, sobject: str, record_id: str, changes: Mapping[str, Any]) -> None:
        """Set columns of one row."""
        if changes:
            pairs = ", ".join(f'"{name}" = ?' for name in changes)
            self.connection.execute(f'UPDATE "{sobject}" SET {pairs} WHERE Id = ?', (*changes.values(), record_id))  # noqa: S608

    def remove(self, sobject: str, record_id: str) -> None:
        """Take a row away for good."""
        self.connection.execute(f'DELETE FROM "{sobject}" WHERE Id = ?', (record_id,))  # noqa: S608

    def new_id(self, sobject: str) -> str:
        """An id that no row of the object has had."""
        # An id is never given twice, not even that of a row that is gone for good: clients remember ids.
        number = self._next.get(sobject) or self._highest(sobject) + 1
        self._next[sobject] = number + 1
        return ids.make_id(self._schema.objects[sobject].prefix, number)

    def load(self, sobject: SObject, rows: Iterable[Mapping[str, Any]], defaults: Mapping[str, Default]) -> None:
        """Write many rows as they are, replacing those of the same id; a name that no field has is a KeyError."""
        source = iter(rows)
        with self.atomic():
            while chunk := list(islice(source, _LOAD_CHUNK)):
                self._load_chunk(sobject, chunk, defaults)
        self._next.pop(sobject.name, None)

    def log_delete(self, sobject: str, record_id: str, at: str, root: str) -> None:
        """Remember a deletion; `root` is the record whose deletion took this one along."""
        self.connection.execute("INSERT OR REPLACE INTO _deleted VALUES (?, ?, ?, ?)", (sobject, record_id, at, root))

    def was_deleted(self, record_id: str) -> bool:
        """Whether a record of this id was there and is deleted, be it for good."""
        return self.scalar("SELECT 1 FROM _deleted WHERE id = ?", (record_id,)) is not None

    def _highest(self, sobject: str) -> int:
        prefix = self._schema.objects[sobject].prefix + ids.POD
        living = f'SELECT MAX(Id) AS id FROM "{sobject}" WHERE Id GLOB ?1'  # noqa: S608
        gone = "SELECT MAX(id) FROM _deleted WHERE id GLOB ?1"
        highest = self.scalar(f"SELECT MAX(id) FROM ({living} UNION ALL {gone})", (prefix + "*",))  # noqa: S608
        return ids.number_of(highest) if highest else 0

    def _load_chunk(self, sobject: SObject, chunk: list[Mapping[str, Any]], defaults: Mapping[str, Default]) -> None:
        names = list(dict.fromkeys(name for row in chunk for name in row))
        columns: dict[str, list[Any]] = {}
        for name in names:
            if expression(sobject, name) is None:
                convert = loader(sobject.fields[name])
                columns[name] = [convert(row.get(name)) for row in chunk]
        if "Id" not in columns:
            columns["Id"] = [self.new_id(sobject.name) for _ in chunk]
        for name, default in defaults.items():
            if name in sobject.fields:
                columns[name] = _filled(columns, name, default, len(chunk))
        quoted = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        sql = f'INSERT OR REPLACE INTO "{sobject.name}" ({quoted}) VALUES ({marks})'  # noqa: S608
        self.connection.executemany(sql, zip(*columns.values(), strict=True))

    def _create(self, sobject: SObject) -> None:
        fields = stored_fields(sobject)
        columns = ", ".join(map(_column, fields))
        self.connection.execute(f'CREATE TABLE IF NOT EXISTS "{sobject.name}" ({columns})')
        self._columns[sobject.name] = {row[1] for row in self.all(f'PRAGMA table_info("{sobject.name}")')}
        for field in fields:
            self._make_room(sobject.name, field)

    def _make_room(self, sobject: str, field: Field) -> None:
        if field.name not in self._columns[sobject]:
            self.connection.execute(f'ALTER TABLE "{sobject}" ADD COLUMN {_column(field)}')
            self._columns[sobject].add(field.name)
        self._index(sobject, field)

    def _field_added(self, sobject: str, field: Field) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO _field VALUES (?, ?, ?)", (sobject, field.name, field_to_json(field))
        )
        if expression(self._schema.objects[sobject], field.name) is None:
            self._make_room(sobject, field)

    def _index(self, sobject: str, field: Field) -> None:
        # Whatever a save looks up by needs an index: a scan for each write makes many writes quadratic.
        if (
            field.name in {"SystemModstamp", "AccountId"}
            or field.external_id
            or field.unique
            or (field.reference_to and field.child_list)
        ):
            self.connection.execute(
                f'CREATE INDEX IF NOT EXISTS "{sobject}_{field.name}" ON "{sobject}" ("{field.name}")'
            )


def _filled(columns: Mapping[str, list[Any]], name: str, default: Default, length: int) -> list[Any]:
    """A loaded column with its gaps filled from the first other column that is there, or else with the value."""
    source = next((columns[other] for other in default.like if other in columns), None)
    filler = source or [default.value] * length
    if name not in columns:
        return filler
    return [other if value is None else value for value, other in zip(columns[name], filler, strict=True)]


def _column(field: Field) -> str:
    name = f'"{field.name}"'
    if field.type == "id":
        return f"{name} TEXT PRIMARY KEY"
    if field.type == "boolean":
        return f"{name} INTEGER NOT NULL DEFAULT 0"
    if field.type in NUMBER_TYPES:
        return f"{name} {'INTEGER' if field.type == 'int' else 'REAL'}"
    if field.type == "anyType":
        return name
    return f"{name} TEXT COLLATE NOCASE" if field.type in TEXT_TYPES and not field.case_sensitive else f"{name} TEXT"
