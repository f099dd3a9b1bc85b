"""Property values on the way in: what is accepted, in what form it is kept, and what is wrong with the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.moments import read_day, read_moment
from sandbox.hubspot.portal.refusals import Fault
from sandbox.hubspot.portal.schema import Schema

LONGEST = 65_536


class ValueFault(Exception):  # noqa: N818 - the fault is what is thrown; the call is refused by what is made of it
    """One value is refused."""

    def __init__(self, known: Property, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(known.name, code, message)


def text_of(given: Any) -> str | None:
    """Write a JSON value as the text that it is kept as; None for an empty one."""
    match given:
        case None | "":
            return None
        case bool():
            return "true" if given else "false"
        case float() if given.is_integer():
            return str(int(given))
        case _:
            return str(given)


def read(schema: Schema, quirks: Mapping[str, Any], known: Property, given: Any, before: str | None) -> str | None:
    """Return the form in which a value is kept; *before* is what it is appended to if it begins with a semicolon."""
    text = text_of(given)
    if text is None:
        return None
    if len(text) > LONGEST:
        raise ValueFault(known, "MAX_LENGTH", f"{known.name} was too long: {len(text)} characters, at most {LONGEST}")
    if known.referenced == "OWNER":
        return _owner(schema, quirks, known, text)
    match known.type:
        case "number":
            return _number(known, text)
        case "datetime" | "date":
            return _moment(known, text)
        case "bool":
            return _option(known, text.lower())
        case "enumeration" if known.field_type == "checkbox":
            return _options(known, text, before)
        case "enumeration" if known.options:
            return _option(known, text)
    return text.lower() if known.name == "email" and _is_mail(known, text) else text


def _owner(schema: Schema, quirks: Mapping[str, Any], known: Property, text: str) -> str:
    owner = schema.owners.get(text)
    if owner is None or (owner.archived and quirks["archived_owner_refused"]):
        raise ValueFault(known, "INVALID_OWNER_ID", f"{text} is no id of an owner that records can be given to")
    return text


def number(text: str) -> str:
    """Read a number; ValueError where it is none, or not a finite one."""
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is not finite")
    return text.strip()


def _number(known: Property, text: str) -> str:
    try:
        return number(text)
    except ValueError:
        raise ValueFault(known, "INVALID_INTEGER", f"{text} was not a valid number.") from None


def _moment(known: Property, text: str) -> str:
    try:
        return read_moment(text) if known.type == "datetime" else read_day(text)
    except ValueError:
        code, what = ("INVALID_LONG", "long") if known.type == "datetime" else ("INVALID_DATE", "date")
        raise ValueFault(known, code, f"{text} was not a valid {what}.") from None


def _option(known: Property, text: str) -> str:
    if text not in {option.value for option in known.options}:
        allowed = ", ".join(option.value for option in known.options)
        raise ValueFault(known, "INVALID_OPTION", f"{text} was not one of the allowed options: [{allowed}]")
    return text


def _options(known: Property, text: str, before: str | None) -> str:
    chosen = [_option(known, value) for value in text.split(";") if value]
    # A leading semicolon appends to a multiple selection instead of replacing it.
    kept = (before or "").split(";") if text.startswith(";") else []
    return ";".join(dict.fromkeys(value for value in [*kept, *chosen] if value))


def _is_mail(known: Property, text: str) -> bool:
    name, at, domain = text.partition("@")
    if not (name and at and "." in domain) or " " in text:
        raise ValueFault(known, "INVALID_EMAIL", f"Email address {text} is invalid")
    return True
