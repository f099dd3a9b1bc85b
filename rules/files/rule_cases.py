"""Reads a rule's own cases: signals given, verdict expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from connectors.model import PHASES
from rules.files.fields import Table, table
from rules.files.keys import CASE_KEYS, EXPECTATIONS, RULE_KEYS
from rules.files.problems import described
from rules.language.errors import nearest, shown
from rules.language.signal import SignalType
from rules.model import Case


def read_cases(fields: Table) -> Iterator[Case]:
    """Yield every case that can be read; the problems of the others are noted."""
    entry = fields.get("cases")
    if entry is None:
        return
    if not isinstance(entry.value, list):
        fields.problems.wrong(entry, "an array of cases, each with given and expect")
        return
    for node in entry.value:
        case = table(node, fields.problems)
        if case is None:
            continue
        case.allow(CASE_KEYS, "case key", above=RULE_KEYS)
        case.require(CASE_KEYS, "a case")
        given, expect = case.table("given"), case.word("expect", EXPECTATIONS)
        signals = dict(_given(given)) if given else {}
        if expect is not None:
            yield Case(signals, expect, node.key)


def _given(given: Table) -> Iterator[tuple[str, object]]:
    for name, entry in given.entries():
        signal = given.problems.catalogue.get(name)
        if signal is None:
            message = f"unknown signal {shown(name)}"
            given.problems.add(entry.key, message, "a known signal", nearest(name, given.problems.catalogue))
            continue
        value = [item.value for item in entry.value] if isinstance(entry.value, list) else entry.value
        if _fits(value, signal.type):
            yield name, value
        elif signal.type is SignalType.PHASE and isinstance(value, str):
            expected = f"one of {', '.join(PHASES)}"
            given.problems.add(entry.location, f"unknown phase {shown(value)}", expected, nearest(value, PHASES))
        else:
            given.problems.add(entry.location, f"{described(value)} for {name}", f"a {signal.type.value}")


def _fits(value: object, kind: SignalType) -> bool:
    match kind:
        case SignalType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case SignalType.BOOLEAN:
            return isinstance(value, bool)
        case SignalType.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case SignalType.TEXT:
            return isinstance(value, str)
        case SignalType.PHASE:
            return isinstance(value, str) and value in PHASES
        case SignalType.LIST:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
