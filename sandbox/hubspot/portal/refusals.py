"""What the portal refuses: one record of a write, or a whole call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one property of a record; *code* is the CRM's word for the kind."""

    name: str
    code: str
    message: str


class RecordError(Exception):
    """A record, or the call that names it, is refused. The attributes are the parts of the error body."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        sub_category: str | None = None,
        context: Mapping[str, Sequence[str]] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(f"{status} {category}: {message}")
        self.status, self.category, self.message = status, category, message
        self.sub_category = sub_category
        self.context = {name: list(values) for name, values in (context or {}).items()}
        self.errors = [dict(error) for error in errors]


def invalid(message: str, *, sub_category: str | None = None, **context: Sequence[str]) -> RecordError:
    """The refusal of a call whose content cannot be."""
    return RecordError(400, "VALIDATION_ERROR", message, sub_category=sub_category, context=context)


def invalid_values(faults: Sequence[Fault]) -> RecordError:
    """The refusal of property values: what is wrong is JSON inside the message, and once more in `errors`."""
    items = [
        {
            "isValid": False,
            "message": fault.message,
            "error": fault.code,
            "name": fault.name,
            "localizedErrorMessage": fault.message,
        }
        for fault in faults
    ]
    return RecordError(
        400,
        "VALIDATION_ERROR",
        "Property values were not valid: " + json.dumps(items, separators=(",", ":")),
        errors=[
            {"message": fault.message, "code": fault.code, "context": {"propertyName": [fault.name]}}
            for fault in faults
        ],
    )


def not_found(object_type: str, record_id: str) -> RecordError:
    """The refusal of an id that no living record has."""
    return RecordError(404, "OBJECT_NOT_FOUND", f"No {object_type} record has the id {record_id}")


def duplicate(name: str, value: str, other: str, *, conflict: bool) -> RecordError:
    """The refusal of a unique value that another record has; with *conflict* in the form of a 409."""
    message = f"{name} = {value}: record {other} already has that value"
    if conflict:
        return RecordError(409, "OBJECT_ALREADY_EXISTS", message, context={"propertyName": [name]})
    return invalid(message, propertyName=[name])


def contact_exists(other: str) -> RecordError:
    """The refusal of a contact whose mail address another contact has."""
    return RecordError(409, "CONFLICT", f"Contact already exists. Existing ID: {other}")


def locked(name: str) -> RecordError:
    """The refusal of a unique value that another write is about to take."""
    return RecordError(423, "LOCKED", f"{name}: another write holds this unique value; wait two seconds")
