"""Queries to SQL: which rows, in which order, and how their columns become wire records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sandbox.salesforce.data.refusals import QueryError
from sandbox.salesforce.data.values import wire
from sandbox.salesforce.soql.parse import Call, Column, Path, Query, Sort
from sandbox.salesforce.soql.scope import Row, Scope, Target, place, type_sql
from sandbox.salesforce.soql.where import Sql, where_sql

MAX_OFFSET = 2000
_AGGREGATES = {
    "COUNT": "COUNT",
    "COUNT_DISTINCT": "COUNT(DISTINCT",
    "SUM": "SUM",
    "AVG": "AVG",
    "MIN": "MIN",
    "MAX": "MAX",
}


Value: TypeAlias = tuple[int, Callable[[Any], Any] | None]
"""The place of a column, and what turns it into the wire's value where the two differ."""


@dataclass(slots=True)
class Shape:
    """How one record is built from a row of columns: the place of its id and type, then its members in order.

    A member is a value, a parent's shape, or None where a list of children will be put.
    """

    id_at: int
    type_name: str
    type_at: int | None = None
    members: dict[str, Value | Shape | None] = field(default_factory=dict)

    def record(self, row: Sequence[Any], base: str) -> dict[str, Any] | None:
        """The wire record, or None where the lookup leads nowhere."""
        record_id = row[self.id_at]
        if record_id is None:
            return None
        kind = self.type_name if self.type_at is None else row[self.type_at]
        shown = self.type_name
        record: dict[str, Any] = {"attributes": {"type": shown, "url": f"{base}/sobjects/{kind}/{record_id}"}}
        for key, member in self.members.items():
            if isinstance(member, tuple):
                at, convert = member
                value = row[at]
                record[key] = value if convert is None or value is None else convert(value)
            else:
                record[key] = member.record(row, base) if member else None
        return record


@dataclass(slots=True)
class Columns:
    """The columns that a page reads, each once, and the shape of its records."""

    scope: Scope
    sql: list[str] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def start(self) -> Shape:
        """The shape of the query's own rows."""
        return self._shape(self.scope.root)

    def add(self, shape: Shape, path: Path) -> None:
        """Select one field."""
        target = self.scope.resolve(path)
        key = (*target.hops, target.field.name)
        if key in self.seen:
            raise QueryError("INVALID_FIELD", f"field {path} is selected twice, at {place(path)}")
        self.seen.add(key)
        for depth, hop in enumerate(target.hops):
            parent = shape.members.get(hop)
            if not isinstance(parent, Shape):
                parent = self._shape(self.scope.row_at(target.hops[: depth + 1]))
                shape.members[hop] = parent
            shape = parent
        convert = wire(target.field, whole_amounts=self.scope.setting.quirks["amounts_as_integers"])
        shape.members[target.field.name] = (self._place(target.sql), convert)

    def _shape(self, row: Row) -> Shape:
        if row.sobject is not None:
            return Shape(self._place(row.id_sql), row.sobject.name)
        return Shape(self._place(row.id_sql), "Name", self._place(type_sql(row)))

    def _place(self, sql: str) -> int:
        self.sql.append(sql)
        return len(self.sql) - 1


def rows_sql(scope: Scope, query: Query) -> Sql:
    """The SQL for the row numbers of a query's rows, in their order."""
    condition, parameters = where_sql(scope, query.where)
    order = order_sql(scope, query.order)
    table, joins = scope.sobject.name, " ".join(scope.joins)
    sql = f'SELECT {scope.alias}.rowid FROM "{table}" {scope.alias} {joins} WHERE {condition}{order}'  # noqa: S608
    return sql + limit_sql(query), parameters


def order_sql(scope: Scope, keys: tuple[Sort, ...]) -> str:
    """ORDER BY with SOQL's own place for nulls: first, unless said otherwise."""
    parts = []
    for key in keys:
        target = scope.resolve(key.path)
        if not target.field.sortable:
            raise QueryError("INVALID_FIELD", f"field {key.path} can not be sorted by, at {place(key.path)}")
        # SOQL puts nulls first unless the query says otherwise.
        direction, nulls = "DESC" if key.descending else "ASC", "LAST" if key.nulls_last else "FIRST"
        parts.append(f"{target.sql} {direction} NULLS {nulls}")
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def limit_sql(query: Query) -> str:
    """LIMIT and OFFSET, the latter within its bound."""
    # The bound is the platform's: deeper pages are read by locator.
    if query.offset is not None and query.offset > MAX_OFFSET:
        raise QueryError("NUMBER_OUTSIDE_VALID_RANGE", f"OFFSET {query.offset}: at most {MAX_OFFSET} is allowed")
    if query.limit is None and query.offset is None:
        return ""
    return f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset or 0}"


def is_count(query: Query) -> bool:
    """Whether the query is a bare SELECT COUNT()."""
    only = query.items[0] if len(query.items) == 1 else None
    return isinstance(only, Call) and only.function == "COUNT" and only.path is None


def is_aggregate(query: Query) -> bool:
    """Whether the query's records are aggregates."""
    return bool(query.group) or any(isinstance(item, Call) and item.function in _AGGREGATES for item in query.items)


def aggregate_sql(scope: Scope, query: Query) -> tuple[str, list[Any], list[str]]:
    """The SQL of an aggregate query, with the keys of its records."""
    condition, parameters = where_sql(scope, query.where)
    grouped = [_groupable(scope, path) for path in query.group]
    columns: list[str] = []
    keys: list[str] = []
    for item in query.items:
        if isinstance(item, Call):
            columns.append(_aggregate(scope, item))
            keys.append(item.alias or f"expr{sum(key.startswith('expr') for key in keys)}")
        elif isinstance(item, Column) and (target := scope.resolve(item.path)).sql in {group.sql for group in grouped}:
            columns.append(target.sql)
            keys.append(item.alias or target.field.name)
        else:
            where = place(item.source if isinstance(item, Query) else item.path)
            raise QueryError("MALFORMED_QUERY", f"only grouped fields and aggregates can be selected here, at {where}")
    order = order_sql(scope, query.order)
    group = f" GROUP BY {', '.join(target.sql for target in grouped)}" if grouped else ""
    source = f'FROM "{scope.sobject.name}" {scope.alias} {" ".join(scope.joins)}'
    sql = f"SELECT {', '.join(columns)} {source} WHERE {condition}{group}{order}{limit_sql(query)}"
    return sql, parameters, keys


def _groupable(scope: Scope, path: Path) -> Target:
    target = scope.resolve(path)
    if not target.field.groupable:
        raise QueryError("INVALID_FIELD", f"field {path} can not be grouped in a query, at {place(path)}")
    return target


def _aggregate(scope: Scope, call: Call) -> str:
    opening = _AGGREGATES.get(call.function)
    if opening is None or (call.path is None and call.function != "COUNT"):
        raise QueryError("MALFORMED_QUERY", f"{call.function}({call.path or ''}) is not understood in this query")
    if call.path is None:
        return "COUNT(*)"
    sql = scope.resolve(call.path).sql
    return f"{opening} {sql})" if "(" in opening else f"{opening}({sql})"
