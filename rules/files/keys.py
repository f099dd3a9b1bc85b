"""Every key and word of rule files, once: the readers accept them, and the JSON Schema offers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.model import Severity

TABLES: Final = ("pack", "rules", "families", "segments", "scope", "gates")
"""The tables of a rule file."""
SEVERITIES: Final[Mapping[str, Severity]] = {severity.word: severity for severity in Severity}
"""Severities by the words that rule files use."""
WORDING: Final = ("evidence", "advice", "done")
"""What every rule says."""
RULE_KEYS: Final = (
    *("title", "family", "mode", "scope", "about", "applies", "applies_also", "when", "severity"),
    *("measure", "worse", "levels", "target", "for", "keep_for"),
    *("points", "explains", "covers", "count", "coverage_floor", "silence"),
    *(*WORDING, "ask", "subject", "also", "steward", "reviewed", "source", "cases"),
)
"""Every key that a rule may have."""
PACK_KEYS: Final = ("name", "version")
FAMILY_KEYS: Final = ("points", "each", "most", "subject", "due", "to", "escalate")
ESCALATE_KEYS: Final = ("after", "to")
LEVEL_KEYS: Final = ("where", *SEVERITIES)
SEVERITY_KEYS: Final = ("where", "is")
EFFECT_KEYS: Final = ("rule", "where")
CASE_KEYS: Final = ("given", "expect")
GATES_KEYS: Final = ("minimum", "segments", "fresh_days", "grace")
SCOPE_LISTS: Final = ("pipelines", "record_types", "deal_types", "include", "exclude")
"""The keys of a scope that hold lists."""
SCOPE_KEYS: Final = ("where", *SCOPE_LISTS)

MODES: Final = ("on", "digest", "shadow", "off")
SCOPES: Final = ("open", "closed")
ABOUTS: Final = ("absence", "recency", "event")
WORSE: Final = ("lower", "higher")
ESCALATE_TO: Final = ("manager",)
EXPECTATIONS: Final = ("clear", "unknown", "not applicable", *SEVERITIES)
"""What a case may expect."""

_HOMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(RULE_KEYS, "[rules.ID]"),
    **dict.fromkeys(PACK_KEYS, "[pack]"),
    **dict.fromkeys(("points", "each", "most", "subject", "due", "to"), "[families.NAME]"),
    **dict.fromkeys(SEVERITIES, "levels, or in the points of a family"),
    **dict.fromkeys(CASE_KEYS, "[[rules.ID.cases]]"),
    **dict.fromkeys(("minimum", "fresh_days", "grace"), "[gates]"),
    **dict.fromkeys(SCOPE_LISTS, "[scope]"),
    **dict.fromkeys(("from_severity", "cooldown", "subject_prefix"), "[tasks] of the config"),
    **dict.fromkeys(("tasks", "score", "quota", "calendar", "connections", "schedule", "store"), "the config"),
    "where": "levels, in severity or in [scope]",
    "is": "severity = [{ where = ..., is = ... }]",
}
# Elsewhere (given, minimum, points) keys are names of signals, phases and severities, which belong nowhere else.
_KINDS: Final = ("table", "rule key", "family key", "level key", "severity key", "case key", "scope key", "gates key")


def home_of(name: str, kind: str, inside: Mapping[str, object] | None) -> str:
    """Return where a key belongs that is in the wrong table, or an empty text where that is not known.

    *kind* is what the key is taken for, and *inside* its entries if it is a table.
    """
    if kind == "table" and inside and not set(RULE_KEYS).isdisjoint(inside):
        return f"[rules.{name}]"
    return _HOMES.get(name, "") if kind in _KINDS else ""
