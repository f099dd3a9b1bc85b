"""Answers to queries: how many rows, and pages of wire records on demand."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.salesforce.data.refusals import QueryError
from sandbox.salesforce.data.schema import Field, SObject
from sandbox.salesforce.data.storage import Storage
from sandbox.salesforce.soql.parse import Call, Column, Path, Query, parse
from sandbox.salesforce.soql.scope import Scope, Setting, place
from sandbox.salesforce.soql.sql import (
    Columns,
    Shape,
    aggregate_sql,
    is_aggregate,
    is_count,
    limit_sql,
    order_sql,
    rows_sql,
)
from sandbox.salesforce.soql.where import where_sql

Record = dict[str, Any]
_Children = Callable[[list[str]], dict[str, list[Record]]]


class Selection(Protocol):
    """The answer to one query. Which rows it holds is fixed when it is asked; their values are read page by page."""

    @property
    def total(self) -> int:
        """How many rows the whole answer has."""

    def page(self, offset: int, size: int) -> list[Record]:
        """Records from `offset` on, at most `size`; fewer where rows have since gone for good."""


def select(storage: Storage, setting: Setting, soql: str, base: str) -> Selection:
    """Answer a query; `base` is the path that record urls begin with."""
    query = parse(soql)
    scope = Scope(setting, setting.sobject(query.source), alias="t", name=query.alias)
    if is_count(query):
        sql, parameters = rows_sql(scope, query)
        return Listed(storage.scalar(f"SELECT COUNT(*) FROM ({sql})", parameters), [])  # noqa: S608
    if is_aggregate(query):
        sql, parameters, keys = aggregate_sql(scope, query)
        mark = {"attributes": {"type": "AggregateResult"}}
        records = [mark | dict(zip(keys, row, strict=True)) for row in storage.all(sql, parameters)]
        return Listed(len(records), records)
    sql, parameters = rows_sql(scope, query)
    columns, shape, children = _selected(storage, scope, query, base)
    # Rows are fixed now and read later, as with a locator: what is written in between shows on later pages.
    rows = array("q", (row[0] for row in storage.connection.execute(sql, parameters)))
    joins = " ".join(scope.joins)
    page_sql = (
        f'SELECT {", ".join(columns.sql)}, t.rowid FROM "{scope.sobject.name}" t {joins}'  # noqa: S608
        " WHERE t.rowid IN (SELECT value FROM json_each(?))"
    )
    return Stored(storage, rows, page_sql, shape, base, children)


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer that is held as a whole: a count, or aggregates."""

    total: int
    records: list[Record]

    def page(self, offset: int, size: int) -> list[Record]:
        """Records from `offset` on, at most `size`."""
        return self.records[offset : offset + size]


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that remembers row numbers only, so that a million rows cost eight bytes each."""

    storage: Storage
    rows: array[int]
    page_sql: str
    shape: Shape
    base: str
    children: dict[str, _Children] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many rows the whole answer has."""
        return len(self.rows)

    def page(self, offset: int, size: int) -> list[Record]:
        """Records from `offset` on, at most `size`."""
        wanted = self.rows[offset : offset + size]
        rows_by_number = {row[-1]: row for row in self.storage.all(self.page_sql, (json.dumps(wanted.tolist()),))}
        rows = [rows_by_number[number] for number in wanted if number in rows_by_number]
        records = [record for row in rows if (record := self.shape.record(row, self.base)) is not None]
        parent_ids = [row[self.shape.id_at] for row in rows] if self.children else []
        for name, read in self.children.items():
            lists = read(parent_ids)
            for record, parent_id in zip(records, parent_ids, strict=True):
                listed = lists.get(parent_id)
                # A list of children that is empty is null on the wire, not an empty list.
                record[name] = {"totalSize": len(listed), "done": True, "records": listed} if listed else None
        return records


def _selected(storage: Storage, scope: Scope, query: Query, base: str) -> tuple[Columns, Shape, dict[str, _Children]]:
    columns = Columns(scope)
    shape = columns.start()
    children: dict[str, _Children] = {}
    for item in query.items:
        if isinstance(item, Query):
            name, read = _child(storage, scope, item, base)
            children[name], shape.members[name] = read, None
        elif isinstance(item, Call):
            for path in _all_fields(scope, query, item):
                columns.add(shape, path)
        elif isinstance(item, Column):
            if item.alias:
                raise QueryError("MALFORMED_QUERY", f"an alias needs GROUP BY, at {place(item.path)}")
            columns.add(shape, item.path)
    return columns, shape, children


def _all_fields(scope: Scope, query: Query, call: Call) -> list[Path]:
    """The fields that FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM) stands for."""
    wanted = str(call.path).upper()
    if call.function != "FIELDS" or wanted not in {"ALL", "STANDARD", "CUSTOM"}:
        raise QueryError("MALFORMED_QUERY", f"{call.function}({call.path or ''}) is not understood in this query")
    # Without a bound the platform refuses FIELDS(ALL), so that a wide object is not read by accident.
    if wanted != "STANDARD" and (query.limit is None or query.limit > 200):
        raise QueryError("MALFORMED_QUERY", f"FIELDS({wanted}) needs a LIMIT of at most 200")
    setting, line, column = scope.setting, query.source.line, query.source.column
    visible = (
        item for item in scope.sobject.fields.values() if setting.schema.sees(setting.quirks, scope.sobject, item)
    )
    kinds = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}[wanted]
    return [Path((item.name,), line, column) for item in visible if item.custom in kinds]


def _child(storage: Storage, parent: Scope, query: Query, base: str) -> tuple[str, _Children]:
    """A child subquery, as the function that reads the children of one page's parents."""
    sobject, lookup = _child_list(parent, query.source)
    scope = Scope(parent.setting, sobject, alias="c", name=query.alias)
    condition, parameters = where_sql(scope, query.where)
    order = order_sql(scope, query.order)
    columns, shape, deeper = _selected(storage, scope, query, base)
    if deeper or (query.limit is None and limit_sql(query)):
        raise QueryError("MALFORMED_QUERY", f"no such query is allowed in a child query, at {place(query.source)}")
    sql = (
        f'SELECT {", ".join(columns.sql)}, c."{lookup.name}" FROM "{sobject.name}" c {" ".join(scope.joins)}'  # noqa: S608
        f' WHERE c."{lookup.name}" IN (SELECT value FROM json_each(?)) AND {condition}{order}'
    )
    first = query.offset or 0
    last = None if query.limit is None else first + query.limit

    def read(parent_ids: list[str]) -> dict[str, list[Record]]:
        lists: dict[str, list[Record]] = {}
        for row in storage.all(sql, (json.dumps(parent_ids), *parameters)):
            record = shape.record(row, base)
            if record is not None:
                lists.setdefault(row[-1], []).append(record)
        return {parent_id: records[first:last] for parent_id, records in lists.items()}

    return str(lookup.child_list), read


def _child_list(parent: Scope, source: Path) -> tuple[SObject, Field]:
    setting, wanted = parent.setting, str(source).lower()
    for sobject, lookup in setting.schema.children(parent.sobject.name):
        named = lookup.child_list is not None and lookup.child_list.lower() == wanted
        if named and setting.schema.sees(setting.quirks, sobject, lookup):
            return sobject, lookup
    message = f"{parent.sobject.name} has no child relationship {source} that this user can see, at {place(source)}"
    raise QueryError("INVALID_TYPE", message)
