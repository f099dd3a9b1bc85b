"""Values as the org stores them: what a request or an export gives, brought into one form per field type.

Dates and datetimes are stored as the text that goes over the wire; both sort as text. Booleans are 0 and 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import NUMBER_TYPES, TEXT_TYPES, Field

# Audit stamps of recorded answers are at whole seconds, and the offset has no colon.
_WIRE_END = ".000+0000"
_TRUE = frozenset({True, "true", "True", "TRUE", "1"})


def wire_datetime(moment: datetime) -> str:
    """A moment as text, in UTC, at whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + _WIRE_END


def moment_of(text: str) -> datetime | None:
    """The moment that an ISO text with a zone names; one without is UTC. None where it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(text: str) -> str | None:
    """The date that a text names or begins with, or None."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None


def loader(field: Field) -> Callable[[Any], Any]:
    """What turns an exported or generated value of this field into the stored one; lenient, nothing is checked."""
    if field.type == "boolean":
        return lambda value: 1 if value in _TRUE else 0
    if field.type == "int":
        return lambda value: None if value in (None, "") else int(float(value))
    if field.type in NUMBER_TYPES:
        return lambda value: None if value in (None, "") else float(value)
    if field.type == "date":
        return lambda value: day_of(str(value)) if value else None
    if field.type == "datetime":
        return _loaded_datetime
    if field.type in {"id", "reference"}:
        return lambda value: (value if len(value) == 18 else full_id(value) or value) if value else None
    return lambda value: None if value == "" else value


def _loaded_datetime(value: Any) -> str | None:
    if not value:
        return None
    if isinstance(value, datetime):
        return wire_datetime(value)
    text = str(value)
    if text.endswith(_WIRE_END):
        return text
    moment = moment_of(text)
    return wire_datetime(moment) if moment else None


def accept(field: Field, value: Any, *, trim: bool) -> Any:
    """The stored form of a value from a request, or a RowError that says why the field cannot take it."""
    if value is None or value == "":
        return 0 if field.type == "boolean" and value is not None else None
    if field.type == "boolean":
        return _boolean(field, value)
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if field.type in {"date", "datetime"}:
        return _time(field, value)
    if not isinstance(value, str):
        raise _unreadable(field, value)
    if field.type in {"id", "reference"}:
        record_id = full_id(value)
        if record_id is None:
            raise RowError("MALFORMED_ID", f"{field.name}: {value!r} is not an id", (field.name,))
        return record_id
    return _text(field, value.strip() if trim else value)


def _text(field: Field, value: str) -> str | None:
    if field.length and len(value) > field.length:
        message = f"{field.label}: the value has {len(value)} characters, {field.length} are allowed"
        raise RowError("STRING_TOO_LONG", message, (field.name,))
    if field.restricted_picklist and field.values and value and value not in field.picklist:
        message = f"{field.label}: {value} is not a value of this restricted picklist"
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    return value or None


def _boolean(field: Field, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return int(value.lower() == "true")
    raise _unreadable(field, value)


def _number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _unreadable(field, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _unreadable(field, value) from None
    whole_digits = field.digits if field.type == "int" else field.precision - field.scale
    number = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP) if number.is_finite() else number
    if not number.is_finite() or (whole_digits and abs(number) >= Decimal(10) ** whole_digits):
        message = f"{field.label}: {value} is outside the valid range"
        raise RowError("NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    return int(number) if field.type == "int" else float(number)


def _time(field: Field, value: Any) -> str:
    if isinstance(value, str):
        if field.type == "date" and (day := day_of(value)):
            return day
        if field.type == "datetime" and (moment := moment_of(value)):
            return wire_datetime(moment)
    raise _unreadable(field, value)


def _unreadable(field: Field, value: Any) -> RowError:
    return RowError("JSON_PARSER_ERROR", f"{field.name}: a {field.type} cannot be read from {value!r}", (field.name,))


def wire(field: Field, *, whole_amounts: bool = False) -> Callable[[Any], Any] | None:
    """What turns the stored value into the wire's, or None where the two are the same."""
    if field.type == "boolean":
        return bool
    if field.type in NUMBER_TYPES and field.type != "int" and whole_amounts:
        return lambda value: int(value) if value == int(value) else value
    if field.type == "address":
        return _address
    return None


def _address(value: str) -> dict[str, Any] | None:
    parts: dict[str, Any] = json.loads(value)
    return parts if any(part is not None for part in parts.values()) else None


def is_text(field: Field) -> bool:
    """Whether comparison with the field goes by text rules."""
    return field.type in TEXT_TYPES
