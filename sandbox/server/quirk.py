"""What a switch of a simulated CRM is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Quirk:
    """One switch: the value that it has unless set, and what it means; *server* ones are read by the wire."""

    default: Any
    meaning: str
    server: bool = False


def fresh(quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    """A set of live values, each at its default."""
    return {
        name: list(quirk.default) if isinstance(quirk.default, tuple) else quirk.default
        for name, quirk in quirks.items()
    }


def fits(quirk: Quirk, value: Any) -> bool:
    """Whether *value* is of the kind of the quirk's default; one of the wire without a default, a number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match quirk.default:
        case bool():
            return True
        case int() | float():
            return number
        case tuple():
            return isinstance(value, list)
        case None if quirk.server:
            return number or value is None
    return True
