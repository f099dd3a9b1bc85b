"""A JSON Schema of rule files, for editors: keys, words and the names of all signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.model import ELEMENTS, PHASES
from rules.files.fields import RULE_KEYS, SEVERITIES
from rules.files.rule_cases import EXPECTATIONS
from rules.files.shared_tables import SCOPE_LISTS
from rules.language.signal import Signal, SignalType

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_CONDITION: Final[Schema] = {**_TEXT, "description": "A condition over signals."}
_TEMPLATE: Final[Schema] = {**_TEXT, "description": "A template over signals; a line with an unknown value is dropped."}
_NUMBER: Final[Schema] = {"type": "number"}
_DAYS: Final[Schema] = {"type": "string", "pattern": r"^\s*\d{1,3} +(business +)?days?\s*$"}
_BUSINESS_DAYS: Final[Schema] = {"type": "string", "pattern": r"^\s*\d{1,3} +business +days?\s*$"}
_DAY: Final[Schema] = {"type": "string", "description": "A day without quotes, such as 2026-01-31."}
_ID: Final = "^[a-z0-9]+(-[a-z0-9]+)*$"
_TYPES: Final[Mapping[SignalType, Schema]] = {
    SignalType.NUMBER: _NUMBER,
    SignalType.TEXT: {"type": "string"},
    SignalType.DATE: _DAY,
    SignalType.BOOLEAN: {"type": "boolean"},
    SignalType.PHASE: {"enum": list(PHASES)},
    SignalType.LIST: {"type": "array", "items": {"type": "string"}},
}


def json_schema(catalogue: Mapping[str, Signal]) -> Schema:
    """Give the schema of rule files and overlays over the signals of *catalogue*.

    It knows no layers: a key that an overlay may leave out, since the pack below has it, is nowhere required.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dealwarden rule file",
        **_table(
            {
                "pack": _table({"name": _TEXT, "version": _TEXT}),
                "segments": {"type": "object", "additionalProperties": _CONDITION},
                "scope": _table({"where": _CONDITION, **{name: _texts() for name in SCOPE_LISTS}}),
                "families": _named(_family()),
                "gates": _gates(),
                "rules": _named(_rule(catalogue)),
            }
        ),
    }


def _rule(catalogue: Mapping[str, Signal]) -> Schema:
    numbers = sorted(signal.name for signal in catalogue.values() if signal.type is SignalType.NUMBER)
    special: dict[str, Schema] = {
        "mode": {"enum": ["on", "shadow", "off"]},
        "scope": {"enum": ["open", "closed"]},
        "about": {"enum": ["absence", "recency"]},
        "worse": {"enum": ["lower", "higher"]},
        "measure": {"enum": numbers},
        "target": _NUMBER,
        "reviewed": _DAY,
        "severity": {"anyOf": [_severity(), _list(_table({"where": _CONDITION, "is": _severity()}, ("is",)))]},
        "levels": {"anyOf": [_shorthand_levels(), _list(_table({"where": _CONDITION, **_thresholds()}))]},
        "cases": _list(
            _table({"given": _given(catalogue), "expect": {"enum": list(EXPECTATIONS)}}, ("given", "expect"))
        ),
        **dict.fromkeys(("for", "keep_for"), _DAYS),
        **dict.fromkeys(("applies", "applies_also", "when"), _CONDITION),
        **dict.fromkeys(("evidence", "advice", "done", "ask"), _TEMPLATE),
    }
    return _table({key: special.get(key, _TEXT) for key in RULE_KEYS})


def _family() -> Schema:
    return _table({"points": _table(_thresholds()), "subject": _TEMPLATE, "due": _BUSINESS_DAYS, **_sent()})


def _sent() -> dict[str, Schema]:
    receiver: Schema = {"type": "string", "pattern": r"^(deal_owner|manager|fallback|user_field:x_\w+)$"}
    return {"to": receiver, "escalate": _table({"after": _DAYS, "to": {"enum": ["manager"]}})}


def _gates() -> Schema:
    levels = _table({element: {"type": "integer", "minimum": 0, "maximum": 3} for element in ELEMENTS})
    phases = _table(dict.fromkeys(PHASES, levels))
    days = _table({element: {"type": "integer", "minimum": 1} for element in ELEMENTS})
    by_segment = {"type": "object", "additionalProperties": phases}
    return _table({"minimum": phases, "segments": by_segment, "fresh_days": days, "grace": _BUSINESS_DAYS})


def _given(catalogue: Mapping[str, Signal]) -> Schema:
    described = {one.name: {**_TYPES[one.type], "description": one.meaning} for one in catalogue.values()}
    return _table(dict(sorted(described.items())))


def _shorthand_levels() -> Schema:
    own = _thresholds()
    return {"type": "object", "properties": own, "additionalProperties": _table(own)}


def _thresholds() -> dict[str, Schema]:
    return dict.fromkeys(SEVERITIES, _NUMBER)


def _severity() -> Schema:
    return {"enum": list(SEVERITIES)}


def _named(item: Schema) -> Schema:
    return {"type": "object", "patternProperties": {_ID: item}, "additionalProperties": False}


def _table(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **needed}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _texts() -> Schema:
    return {"type": "array", "items": _TEXT, "minItems": 1}
