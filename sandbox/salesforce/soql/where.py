"""Conditions of a query to parameterised SQL, by SOQL's rules.

Text compares without regard to case, `!=` and NOT IN hold for nulls, a negation holds where its condition is unknown.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.refusals import QueryError
from sandbox.salesforce.data.schema import NUMBER_TYPES, Field
from sandbox.salesforce.data.values import is_text, moment_of, wire_datetime
from sandbox.salesforce.soql.dates import days
from sandbox.salesforce.soql.parse import Comparison, Condition, Junction, Literal, Member, Query, unescaped
from sandbox.salesforce.soql.scope import Scope, Target, place

Sql = tuple[str, list[Any]]

_NOT_IN_SEMI_JOIN = frozenset({"Task", "Event"})
_WILDCARDS = {"%": "*", "_": "?"}
_ORDERING = frozenset({"<", "<=", ">", ">="})


def where_sql(scope: Scope, condition: Condition | None) -> Sql:
    """The whole WHERE of a query, visibility included; `1` where everything passes."""
    parts = scope.hidden()
    parameters: list[Any] = []
    if condition is not None:
        sql, parameters = condition_sql(scope, condition)
        parts = [*parts, f"({sql})"]
    return " AND ".join(parts) or "1", parameters


def condition_sql(scope: Scope, condition: Condition) -> Sql:
    """One condition, of any kind."""
    if isinstance(condition, Junction):
        return _junction(scope, condition)
    target = scope.resolve(condition.path)
    if not target.field.filterable:
        message = f"field {condition.path} can not be filtered in a query, at {place(condition.path)}"
        raise QueryError("INVALID_FIELD", message)
    return _member(scope, target, condition) if isinstance(condition, Member) else _comparison(scope, target, condition)


def _junction(scope: Scope, junction: Junction) -> Sql:
    parts = [condition_sql(scope, part) for part in junction.parts]
    if junction.word == "not":
        # SQL leaves a negated unknown unknown and drops the row; SOQL keeps it.
        return f"NOT COALESCE(({parts[0][0]}), 0)", parts[0][1]
    joined = f" {junction.word.upper()} ".join(f"({sql})" for sql, _ in parts)
    return joined, [value for _, values in parts for value in values]


def _comparison(scope: Scope, target: Target, condition: Comparison) -> Sql:
    operator, literal = condition.operator, condition.value
    if operator == "like":
        if not is_text(target.field):
            raise _bad_operator(target.field, "LIKE", literal)
        pattern = unescaped(literal, pattern=True)
        # SQLite's LIKE ignores case whatever the column's collation is.
        if target.field.case_sensitive:
            return f"{target.sql} GLOB ?", [_glob(pattern)]
        return f"{target.sql} LIKE ? ESCAPE '\\'", [pattern]
    if literal.kind == "relative":
        return _relative(scope, target, operator, literal)
    value = _value(target.field, literal)
    if operator in _ORDERING:
        if value is None or target.field.type == "boolean":
            raise _bad_operator(target.field, operator, literal)
        return f"{target.sql} {operator} ?", [value]
    if value is None:
        if operator == "!=" and target.field.external_id and is_text(target.field):
            return f"{target.sql} >= ''", []  # the same rows, and this form is looked up in the index
        return f"{target.sql} IS {'NOT ' if operator == '!=' else ''}NULL", []
    # IS NOT and not <>: in SOQL, `!=` holds for rows without a value.
    return f"{target.sql} {'=' if operator == '=' else 'IS NOT'} ?", [value]


def _relative(scope: Scope, target: Target, operator: str, literal: Literal) -> Sql:
    """A comparison with a range of days: equal is inside, less is before it, greater is after it."""
    span = days(literal.text, literal.count, scope.setting.today)
    if span is None or target.field.type not in {"date", "datetime"}:
        raise _wrong_kind(target.field, literal)
    # Relative dates go by the zone of the running user, which is why clients had better bind absolute ones.
    start, end = (
        day.isoformat()
        if target.field.type == "date"
        else wire_datetime(datetime.combine(day, time(), scope.setting.zone))
        for day in span
    )
    sql = target.sql
    forms: dict[str, Sql] = {
        "=": (f"{sql} >= ? AND {sql} < ?", [start, end]),
        "!=": (f"{sql} < ? OR {sql} >= ? OR {sql} IS NULL", [start, end]),
        "<": (f"{sql} < ?", [start]),
        "<=": (f"{sql} < ?", [end]),
        ">": (f"{sql} >= ?", [end]),
        ">=": (f"{sql} >= ?", [start]),
    }
    return forms[operator]


def _member(scope: Scope, target: Target, condition: Member) -> Sql:
    if isinstance(condition.values, Query):
        inner, parameters = _semi_join(scope, condition.values)
        has_null = False
    else:
        if any(literal.kind == "relative" for literal in condition.values):
            raise _wrong_kind(target.field, condition.values[0])
        values = [_value(target.field, literal) for literal in condition.values]
        parameters = [value for value in values if value is not None]
        has_null = len(parameters) < len(values)
        inner = ", ".join("?" * len(parameters))
    if condition.negated:
        nulls = "IS NOT NULL AND" if has_null else "IS NULL OR"
        return f"{target.sql} {nulls} {target.sql} NOT IN ({inner})", parameters
    return f"{target.sql} IN ({inner})" + (f" OR {target.sql} IS NULL" if has_null else ""), parameters


def _glob(pattern: str) -> str:
    """A LIKE pattern as the one that minds the case."""

    def part(match: re.Match[str]) -> str:
        char = match[1] or match[0]
        if match[1] is None and char in _WILDCARDS:
            return _WILDCARDS[char]
        return f"[{char}]" if char in "*?[" else char

    return re.sub(r"\\(.)|[%_*?\[]", part, pattern, flags=re.DOTALL)


def _semi_join(scope: Scope, query: Query) -> Sql:
    if scope.alias != "t":
        raise QueryError("MALFORMED_QUERY", f"a semi-join cannot hold another one, at {place(query.source)}")
    sobject = scope.setting.sobject(query.source)
    plain = len(query.items) == 1 and not (query.group or query.order or query.limit or query.offset)
    # Activities cannot be the inside of a semi-join (SOQL reference).
    if not plain or sobject.name in _NOT_IN_SEMI_JOIN:
        raise QueryError("MALFORMED_QUERY", f"no such query is allowed inside a semi-join, at {place(query.source)}")
    inner = Scope(scope.setting, sobject, alias="s", name=query.alias)
    item = query.items[0]
    target = inner.resolve(item.path) if hasattr(item, "path") and item.path else None
    if target is None or target.field.type not in {"id", "reference"}:
        raise QueryError("MALFORMED_QUERY", f"a semi-join selects one id or lookup, at {place(query.source)}")
    condition, parameters = where_sql(inner, query.where)
    joins = " ".join(inner.joins)
    from_sql = f'FROM "{sobject.name}" s {joins} WHERE {condition} AND {target.sql} IS NOT NULL'
    return f"SELECT {target.sql} {from_sql}", parameters


def _value(field: Field, literal: Literal) -> Any:
    """The stored form of a literal compared with the field."""
    if literal.kind == "null":
        return None
    if field.type == "boolean" and literal.kind == "boolean":
        return int(literal.text == "true")
    if field.type in NUMBER_TYPES and literal.kind == "number":
        return float(literal.text)
    if field.type == "date" and literal.kind == "date":
        return _checked_day(literal)
    if field.type == "datetime" and literal.kind == "datetime":
        moment = moment_of(literal.text.upper())
        if moment is None:
            raise QueryError("MALFORMED_QUERY", f"{literal.text} is no moment, at {_at(literal)}")
        return wire_datetime(moment) if not moment.microsecond else _with_millis(moment)
    if literal.kind == "string" and field.type in {"id", "reference"}:
        record_id = full_id(unescaped(literal))
        if record_id is None and literal.text != "''":
            message = f"{field.name}: {literal.text} is no id, at {_at(literal)}"
            raise QueryError("INVALID_QUERY_FILTER_OPERATOR", message)
        return record_id
    if literal.kind == "string" and is_text(field):
        return unescaped(literal)
    raise _wrong_kind(field, literal)


def _checked_day(literal: Literal) -> str:
    if moment_of(literal.text) is None:
        raise QueryError("MALFORMED_QUERY", f"{literal.text} is no day, at {_at(literal)}")
    return literal.text


def _with_millis(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _at(literal: Literal) -> str:
    return f"row {literal.line}, column {literal.column}"


def _wrong_kind(field: Field, literal: Literal) -> QueryError:
    message = f"{field.name} is of type {field.type} and cannot be compared with {literal.text}, at {_at(literal)}"
    return QueryError("INVALID_FIELD", message)


def _bad_operator(field: Field, operator: str, literal: Literal) -> QueryError:
    message = f"{operator} {literal.text} does not apply to {field.name} of type {field.type}, at {_at(literal)}"
    return QueryError("INVALID_QUERY_FILTER_OPERATOR", message)
