"""A small catalogue of its own, so that these tests do not hang on which signals ship."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from rules.language.condition import Condition, parse
from rules.language.location import Location
from rules.language.signal import Signal, SignalType

_TYPES = {
    SignalType.NUMBER: ("amount", "contacts", "engaged_contacts", "whole", "other_whole"),
    SignalType.TEXT: ("segment", "next_step", "owner_team"),
    SignalType.DATE: ("close_date", "created_on"),
    SignalType.BOOLEAN: ("has_champion", "owner_active"),
    SignalType.PHASE: ("phase", "last_phase"),
    SignalType.LIST: ("missing_roles",),
}


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, Signal]:
    return {name: Signal(name, kind, "") for kind, names in _TYPES.items() for name in names}


@pytest.fixture(scope="session")
def parsed(catalogue: Mapping[str, Signal]) -> Callable[[str], Condition]:
    def parse_it(text: str) -> Condition:
        return parse(text, catalogue, Location("rules.toml", 3, 9))

    return parse_it
