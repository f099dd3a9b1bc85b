"""A JSON Schema of rule files, for editors: keys, words and the names of all signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.model import ELEMENTS, PHASES
from rules.files.keys import (
    ABOUTS,
    CASE_KEYS,
    EFFECT_KEYS,
    ESCALATE_TO,
    EXPECTATIONS,
    FAMILY_KEYS,
    GATES_KEYS,
    MODES,
    RULE_KEYS,
    SCOPE_LISTS,
    SCOPES,
    SEVERITIES,
    WORSE,
)
from rules.language.signal import Signal, SignalType

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_CONDITION: Final[Schema] = {**_TEXT, "description": "A condition over signals."}
_TEMPLATE: Final[Schema] = {**_TEXT, "description": "A template over signals; a line with an unknown value is dropped."}
_NUMBER: Final[Schema] = {"type": "number"}
_DAYS: Final[Schema] = {"type": "string", "pattern": r"^\s*\d{1,3} +(business +)?days?\s*$"}
_BUSINESS_DAYS: Final[Schema] = {"type": "string", "pattern": r"^\s*\d{1,3} +business +days?\s*$"}
# JSON has no days: checkers of TOML hand them to the schema as text.
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
    """Return the schema of rule files and overlays over the signals of *catalogue*.

    It knows no layers: a key that an overlay may leave out, since the pack below has it, is nowhere required.
    """
    return {
        # The draft that taplo reads, which checks TOML in editors.
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
    kinds: dict[str, Schema] = {
        "mode": {"enum": list(MODES)},
        "scope": {"enum": list(SCOPES)},
        "about": {"enum": list(ABOUTS)},
        "worse": {"enum": list(WORSE)},
        "measure": {"enum": numbers},
        "target": _NUMBER,
        "points": _table(_thresholds()),
        "explains": _list(
            {"anyOf": [_TEXT, _table(dict(zip(EFFECT_KEYS, (_TEXT, _CONDITION), strict=True)), EFFECT_KEYS[:1])]}
        ),
        "covers": _list({"enum": list(ELEMENTS)}),
        "count": {"enum": numbers},
        "coverage_floor": {"type": "number", "minimum": 0, "maximum": 1},
        "silence": {"type": "boolean"},
        "reviewed": _DAY,
        "severity": {"anyOf": [_severity(), _list(_table({"where": _CONDITION, "is": _severity()}, ("is",)))]},
        "levels": {"anyOf": [_shorthand_levels(), _list(_table({"where": _CONDITION, **_thresholds()}))]},
        "cases": _list(_table({"given": _given(catalogue), "expect": {"enum": list(EXPECTATIONS)}}, CASE_KEYS)),
        **dict.fromkeys(("for", "keep_for"), _DAYS),
        **dict.fromkeys(("applies", "applies_also", "when"), _CONDITION),
        **dict.fromkeys(("evidence", "advice", "done", "ask", "subject", "also"), _TEMPLATE),
        **dict.fromkeys(("title", "family", "steward", "source"), _TEXT),
    }
    # A key that the reader gains without a kind here fails at once.
    return _table({key: kinds[key] for key in RULE_KEYS})


def _family() -> Schema:
    kinds: dict[str, Schema] = {
        "points": _table(_thresholds()),
        "each": _NUMBER,
        "most": _NUMBER,
        "subject": _TEMPLATE,
        "due": _BUSINESS_DAYS,
        "to": {"type": "string", "pattern": r"^(deal_owner|manager|fallback|user_field:x_\w+)$"},
        "escalate": _table({"after": _DAYS, "to": {"enum": list(ESCALATE_TO)}}),
    }
    return _table({key: kinds[key] for key in FAMILY_KEYS})


def _gates() -> Schema:
    levels = _table({element: {"type": "integer", "minimum": 0, "maximum": 3} for element in ELEMENTS})
    phases = _table(dict.fromkeys(PHASES, levels))
    days = _table({element: {"type": "integer", "minimum": 1} for element in ELEMENTS})
    by_segment = {"type": "object", "additionalProperties": phases}
    kinds = {"minimum": phases, "segments": by_segment, "fresh_days": days, "grace": _BUSINESS_DAYS}
    return _table({key: kinds[key] for key in GATES_KEYS})


def _given(catalogue: Mapping[str, Signal]) -> Schema:
    signals = {signal.name: {**_TYPES[signal.type], "description": signal.meaning} for signal in catalogue.values()}
    return _table(dict(sorted(signals.items())))


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
