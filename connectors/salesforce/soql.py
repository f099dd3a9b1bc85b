"""SOQL text from values: every name is checked, every value is bound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final, TypeVar

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_ESCAPED: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)

T = TypeVar("T")
Value = str | bool | int | float | datetime | date | None


def name(text: str) -> str:
    """Return the name of an object or field path as it is.

    Raises:
        ValueError: it is no such name, so it must not stand in a query.
    """
    if _NAME.fullmatch(text) is None:
        raise ValueError(f"{text!r}: found no API name, expected letters, digits, underscores, dots between parents")
    return text


def literal(value: Value) -> str:
    """Return *value* as a SOQL literal: text quoted and escaped, times in UTC to the second."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        # Relative literals such as TODAY follow the running user's zone, so only absolute times are bound.
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + value.translate(_ESCAPED) + "'"


def compare(field: str, operator: str, value: Value) -> str:
    """Return one comparison, as in ``compare("SystemModstamp", ">=", moment)``."""
    return f"{name(field)} {operator} {literal(value)}"


def starts_with(field: str, prefix: str) -> str:
    """Return the condition that a text field begins with *prefix*."""
    # LIKE has two wildcards, and an underscore is common in keys.
    pattern = prefix.translate(_ESCAPED).replace("%", r"\%").replace("_", r"\_")
    return f"{name(field)} LIKE '{pattern}%'"


def one_of(field: str, values: Iterable[Value]) -> str:
    """Return the condition that a field holds one of *values*."""
    return f"{name(field)} IN ({','.join(literal(value) for value in values)})"


def either(*conditions: str) -> str:
    """Join conditions of which one is enough."""
    return f"({' OR '.join(conditions)})" if len(conditions) > 1 else conditions[0]


def select(fields: Sequence[str], sobject: str, where: Sequence[str] = (), order_by: Sequence[str] = ()) -> str:
    """Return a query; all conditions of *where* must hold."""
    columns = ", ".join(name(field) for field in fields)
    text = f"SELECT {columns} FROM {name(sobject)}"  # noqa: S608  # every name in it is checked, every value bound
    if where:
        text += f" WHERE {' AND '.join(where)}"
    if order_by:
        text += f" ORDER BY {', '.join(name(field) for field in order_by)}"
    return text


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut *values* into pieces of at most *size*."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
