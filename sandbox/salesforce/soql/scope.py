"""Names of a query to SQL: what a dotted path refers to, and the joins that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce.data.computed import expression
from sandbox.salesforce.data.refusals import QueryError
from sandbox.salesforce.data.schema import Field, Schema, SObject
from sandbox.salesforce.data.transaction import filled
from sandbox.salesforce.soql.parse import Path

MAX_LEVELS = 5
_NAME_FIELDS = {
    "id": Field("Id", "id", "Record ID", length=18, filterable=True, sortable=True, groupable=True),
    "name": Field("Name", "string", "Name", length=255, filterable=True, sortable=True, groupable=True),
    "type": Field("Type", "string", "Type", length=40, filterable=True, sortable=True, groupable=True),
}
"""What a polymorphic parent shows of itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a query is read against: the schema as the running user sees it, and that user's day."""

    schema: Schema
    quirks: Mapping[str, Any]
    today: date
    zone: ZoneInfo
    all_rows: bool

    def sobject(self, path: Path) -> SObject:
        """The object that FROM names, if the user sees it."""
        name = str(path)
        sobject = self.schema.find(name)
        if sobject is None or not self.schema.sees(self.quirks, sobject) or "queryable" not in sobject.can:
            raise QueryError("INVALID_TYPE", f"no object {name} that this user can query, at {place(path)}")
        return sobject

    def sql_of(self, sobject: SObject, name: str, alias: str) -> str:
        """A field's SQL for a table alias."""
        template = expression(sobject, name)
        if template is None:
            return f'{alias}."{name}"'
        return filled(template, alias=alias, today=self.today, archive_after=self.quirks["archive_after_days"])


@dataclass(frozen=True, slots=True)
class Target:
    """What a path ends at: its SQL, its field, and the row it belongs to (`hops` are the wire names on the way)."""

    sql: str
    field: Field
    hops: tuple[str, ...]
    row: Row


@dataclass(frozen=True, slots=True)
class Row:
    """A row that a query reaches: its table alias and object, or for a polymorphic parent the SQL of its id."""

    alias: str
    sobject: SObject | None
    id_sql: str
    possible: tuple[SObject, ...] = ()


@dataclass(slots=True)
class Scope:
    """The tables of one query. Resolving a path adds the joins that it needs."""

    setting: Setting
    sobject: SObject
    alias: str
    name: str | None = None
    joins: list[str] = field(default_factory=list)
    _rows: dict[tuple[str, ...], Row] = field(default_factory=dict)

    @property
    def root(self) -> Row:
        """The row that the query is about."""
        return Row(self.alias, self.sobject, f"{self.alias}.Id")

    def resolve(self, path: Path) -> Target:
        """What the path refers to; a QueryError where the user sees no such field."""
        names = path.names
        if len(names) > 1 and self._names_source(names[0]):
            names = names[1:]
        # SOQL goes five levels up from the object that is queried.
        if len(names) - 1 > MAX_LEVELS:
            raise QueryError("MALFORMED_QUERY", f"{path} goes more than {MAX_LEVELS} levels up, at {place(path)}")
        row = self.root
        hops: tuple[str, ...] = ()
        for segment in names[:-1]:
            row, hop = self._parent(row, hops, segment, path)
            hops = (*hops, hop)
        return self._end(row, hops, names[-1], path)

    def row_at(self, hops: tuple[str, ...]) -> Row:
        """The row at the end of a way that a path has gone."""
        return self._rows[hops]

    def hidden(self) -> list[str]:
        """The conditions that keep out of a query what the user may not see, and of an ordinary one the deleted too."""
        unseen = map(_plain_id, self.setting.quirks["hide_rows"])
        conditions = [f"""{self.alias}."Id" <> '{row_id}'""" for row_id in unseen]
        if self.setting.all_rows:
            return conditions
        if "IsDeleted" in self.sobject.fields:
            conditions.append(f"{self.alias}.IsDeleted = 0")
        if "IsArchived" in self.sobject.fields:
            conditions.append(f"NOT {self.setting.sql_of(self.sobject, 'IsArchived', self.alias)}")
        return conditions

    def _names_source(self, name: str) -> bool:
        known = {self.name.lower()} if self.name else {self.sobject.name.lower()}
        return name.lower() in known and self.sobject.parent(name) is None

    def _parent(self, row: Row, hops: tuple[str, ...], segment: str, path: Path) -> tuple[Row, str]:
        lookup = row.sobject.parent(segment) if row.sobject else None
        schema, quirks = self.setting.schema, self.setting.quirks
        if row.sobject is None or lookup is None or not schema.sees(quirks, row.sobject, lookup):
            raise unknown(path, segment, row)
        targets = (schema.objects[name] for name in lookup.reference_to if name in schema.objects)
        possible = tuple(target for target in targets if schema.sees(quirks, target))
        if not possible:
            raise unknown(path, segment, row)
        key = (*hops, str(lookup.relationship))
        if key not in self._rows:
            id_sql = self.setting.sql_of(row.sobject, lookup.name, row.alias)
            self._rows[key] = Row("", None, id_sql, possible) if lookup.polymorphic else self._join(id_sql, possible[0])
        return self._rows[key], key[-1]

    def _join(self, id_sql: str, target: SObject) -> Row:
        alias = f"{self.alias}_{len(self.joins) + 1}"
        living = f" AND {alias}.IsDeleted = 0" if "IsDeleted" in target.fields and not self.setting.all_rows else ""
        self.joins.append(f'LEFT JOIN "{target.name}" {alias} ON {alias}.Id = {id_sql}{living}')
        return Row(alias, target, f"{alias}.Id")

    def _end(self, row: Row, hops: tuple[str, ...], name: str, path: Path) -> Target:
        if row.sobject is None:
            name_field = _NAME_FIELDS.get(name.lower())
            if name_field is None:
                raise unknown(path, name, row)
            return Target(_name_sql(row, name_field.name), name_field, hops, row)
        wanted = row.sobject.field(name)
        if wanted is None or not self.setting.schema.sees(self.setting.quirks, row.sobject, wanted):
            raise unknown(path, name, row)
        return Target(self.setting.sql_of(row.sobject, wanted.name, row.alias), wanted, hops, row)


def place(path: Path) -> str:
    """Where the text names it, for messages."""
    return f"row {path.line}, column {path.column}"


def unknown(path: Path, name: str, row: Row) -> QueryError:
    """The refusal of a field that is not there or not visible: the two look the same."""
    owner = row.sobject.name if row.sobject else "Name"
    return QueryError("INVALID_FIELD", f"no column {name} on {owner} that this user can see ({path}), at {place(path)}")


def type_sql(row: Row) -> str:
    """The SQL of the object name of a polymorphic parent."""
    cases = " ".join(f"WHEN '{target.prefix}' THEN '{target.name}'" for target in row.possible)
    return f"(CASE substr({row.id_sql}, 1, 3) {cases} END COLLATE NOCASE)"


def _name_sql(row: Row, name: str) -> str:
    if name == "Id":
        return row.id_sql
    if name == "Type":
        return type_sql(row)
    cases = " ".join(
        f"WHEN '{target.prefix}' THEN (SELECT p.Name FROM \"{target.name}\" p WHERE p.Id = {row.id_sql})"  # noqa: S608
        for target in row.possible
        if "Name" in target.fields
    )
    return f"(CASE substr({row.id_sql}, 1, 3) {cases} END COLLATE NOCASE)"


def _plain_id(row_id: str) -> str:
    """Return an id that is safe inside SQL."""
    return "".join(letter for letter in str(row_id) if letter.isalnum())
