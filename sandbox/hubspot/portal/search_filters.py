"""The filters of a search as SQL conditions over the columns of one object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.moments import read_day, read_moment
from sandbox.hubspot.portal.objects import ObjectType, find_object
from sandbox.hubspot.portal.refusals import invalid
from sandbox.hubspot.portal.values import text_of

MOST_GROUPS, MOST_FILTERS, MOST_IN_ALL = 5, 6, 18
_COMPARISONS = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_OPERATORS = (
    *_COMPARISONS, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)  # fmt: skip
_STAMPS = ("lastmodifieddate", "hs_lastmodifieddate")
"""The wrong one of the two matches nothing on an object, and is no error."""

_EXACT = 2**53  # whole numbers below are compared as such

Condition = tuple[str, list[Any]]
"""SQL and its parameters."""


class Filters:
    """Turns a search's filter groups into one condition; *known* are the properties that the caller sees."""

    def __init__(self, kind: ObjectType, known: Mapping[str, Property], *, neq_keeps_empty: bool) -> None:
        self._kind, self._known, self._neq_keeps_empty = kind, known, neq_keeps_empty

    def condition(self, groups: Sequence[Mapping[str, Any]]) -> Condition:
        """Join the groups by OR and the filters of each by AND."""
        _check_counts(groups)
        arms: list[str] = []
        parameters: list[Any] = []
        for group in groups:
            made = [self._filter(clause) for clause in group.get("filters") or ()]
            arms.append(" AND ".join(sql for sql, _ in made) or "1")
            parameters += [value for _, values in made for value in values]
        return (" OR ".join(f"({arm})" for arm in arms) or "1", parameters)

    def text(self, query: str) -> Condition:
        """Look for every word of a free text at the beginning of a word of the searched properties."""
        columns = " || ' ' || ".join(f"COALESCE(\"{name}\", '')" for name in self._kind.searched) or "''"
        words = query.split()
        return " AND ".join([f"has_token({columns}, ?)"] * len(words)) or "1", [f"{word}*" for word in words]

    def column(self, name: str) -> str:
        """The SQL expression by which a property is compared and sorted."""
        if name == "hs_object_id":
            return "_id"
        known = self._known.get(name)
        if known is None:
            if name in _STAMPS:
                return "NULL"
            raise invalid(f"Property '{name}' does not exist", propertyName=[name])
        return f'CAST("{name}" AS REAL)' if known.type == "number" else f'"{name}"'

    def _filter(self, clause: Mapping[str, Any]) -> Condition:
        name, operator = str(clause.get("propertyName") or ""), clause.get("operator")
        if operator not in _OPERATORS:
            raise invalid(f"{operator!r} is no operator; there are {', '.join(_OPERATORS)}")
        if name.startswith("associations."):
            return self._associated(name.removeprefix("associations."), operator, clause)
        column = self.column(name)
        known = self._known.get(name)
        match operator:
            case "HAS_PROPERTY":
                return f"{column} IS NOT NULL", []
            case "NOT_HAS_PROPERTY":
                return f"{column} IS NULL", []
            case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
                token_match = f"has_token({column}, ?)"
                return (token_match if operator == "CONTAINS_TOKEN" else f"NOT {token_match}"), [
                    str(_value(clause, "value"))
                ]
            case "BETWEEN":
                bounds = [_read(known, name, _value(clause, key)) for key in ("value", "highValue")]
                return f"{column} BETWEEN ? AND ?", bounds
            case "IN" | "NOT_IN":
                return self._among(column, known, name, operator, clause)
        return self._compared(column, known, operator, _read(known, name, _value(clause, "value")))

    def _compared(self, column: str, known: Property | None, operator: str, value: Any) -> Condition:
        if operator in ("EQ", "NEQ"):
            if _is_list(known):
                column = f"';' || {column} || ';'"
                sql = f"{column} {'LIKE' if operator == 'EQ' else 'NOT LIKE'} '%;' || ? || ';%'"
            elif _is_text(known):
                sql, value = f"LOWER({column}) {_COMPARISONS[operator]} ?", str(value).lower()
            else:
                sql = f"{column} {_COMPARISONS[operator]} ?"
            return self._or_empty(sql, column, operator), [value]
        return f"{column} {_COMPARISONS[operator]} ?", [value]

    def _among(
        self, column: str, known: Property | None, name: str, operator: str, clause: Mapping[str, Any]
    ) -> Condition:
        given = clause.get("values")
        if not isinstance(given, list) or not given:
            raise invalid(f"{operator} of {name} needs an array `values`")
        read = [_read(known, name, value) for value in given]
        if _is_list(known):
            arms = " OR ".join([f"';' || {column} || ';' LIKE '%;' || ? || ';%'"] * len(read))
            sql = f"({arms})" if operator == "IN" else f"NOT ({arms})"
        else:
            # Values of text are matched as they are in the index, in lower case: one with capitals finds nothing.
            folded = f"LOWER({column})" if _is_text(known) else column
            sql = f"{folded} {'IN' if operator == 'IN' else 'NOT IN'} ({', '.join('?' * len(read))})"
        return self._or_empty(sql, column, operator), read

    def _or_empty(self, sql: str, column: str, operator: str) -> str:
        # Sources differ on whether NEQ matches records without a value; hence a quirk.
        keeps = self._neq_keeps_empty and operator in ("NEQ", "NOT_IN")
        return f"({sql} OR {column} IS NULL)" if keeps else sql

    def _associated(self, name: str, operator: str, clause: Mapping[str, Any]) -> Condition:
        other = find_object(name)
        if other is None:
            raise invalid(f"associations.{name}: no such object")
        if operator not in ("EQ", "IN"):
            raise invalid(f"associations.{name} is compared by EQ or IN")
        ids = [clause.get("value")] if operator == "EQ" else list(clause.get("values") or ())
        return (
            "EXISTS (SELECT 1 FROM _association a WHERE a.from_type = ? AND a.from_id = _id AND a.to_type = ?"  # noqa: S608
            f" AND a.to_id IN ({', '.join('?' * len(ids))}))",
            [self._kind.name, other.name, *(_number(f"associations.{name}", record_id) for record_id in ids)],
        )


def has_token(text: str | None, wanted: str) -> bool | None:
    """Whether a word of *text* is *wanted*, in which `*` stands for anything; unknown where there is no text."""
    if text is None:
        return None
    pattern = re.escape(wanted.lower()).replace(r"\*", r"\S*")
    return re.search(rf"(?<!\w){pattern}(?!\w)", text.lower()) is not None


def _check_counts(groups: Sequence[Mapping[str, Any]]) -> None:
    counts = [len(group.get("filters") or ()) for group in groups]
    if len(counts) > MOST_GROUPS:
        raise invalid(f"filterGroups: {len(counts)} groups, at most {MOST_GROUPS}")
    if max(counts, default=0) > MOST_FILTERS:
        raise invalid(f"filterGroups: {max(counts)} filters in a group, at most {MOST_FILTERS}")
    if sum(counts) > MOST_IN_ALL:
        raise invalid(f"filterGroups: {sum(counts)} filters in all, at most {MOST_IN_ALL}")


def _is_text(known: Property | None) -> bool:
    return known is not None and known.type == "string"


def _is_list(known: Property | None) -> bool:
    return known is not None and known.field_type == "checkbox"


def _value(clause: Mapping[str, Any], key: str) -> str:
    text = text_of(clause.get(key))
    if text is None:
        raise invalid(f"{clause.get('operator')} of {clause.get('propertyName')} needs a `{key}`")
    return text


def _read(known: Property | None, name: str, given: Any) -> Any:
    text = str(text_of(given))
    try:
        if name == "hs_object_id" or (known is not None and known.type == "number"):
            return _number(name, text)
        if known is not None and known.type == "datetime":
            return read_moment(text)
        if known is not None and known.type == "date":
            return read_day(text) if len(text) == 10 else read_moment(text)[:10]
    except ValueError:
        raise invalid(f"{name}: {text!r} is no value of a {known.type if known else 'property'}") from None
    return text


def _number(name: str, given: Any) -> int | float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        raise invalid(f"{name}: {given!r} is no number") from None
    return int(number) if number.is_integer() and abs(number) < _EXACT else number
