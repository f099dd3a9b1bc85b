"""The JSON Schema offers what the reader accepts: in every table the same keys, and for every key the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rules.files.load import RuleFile, assemble
from rules.files.schema import json_schema
from rules.language.errors import Problem, RuleError
from rules.signals.catalogue import CATALOGUE

SCHEMA = json_schema(CATALOGUE)
UNKNOWN = "no-such-word"
# Reading goes on after a problem, so that each of these needs only the table that is asked about.
TABLES = {
    "": ("", SCHEMA),
    "pack": ("[pack]", SCHEMA["properties"]["pack"]),
    "scope": ("[scope]", SCHEMA["properties"]["scope"]),
    "gates": ("[gates]", SCHEMA["properties"]["gates"]),
}


def named(table: str) -> Any:
    """The schema of one entry of a table whose keys are ids."""
    (entry,) = SCHEMA["properties"][table]["patternProperties"].values()
    return entry


GATES, FAMILY, RULE = SCHEMA["properties"]["gates"]["properties"], named("families"), named("rules")
LISTED_LEVEL, LISTED_SEVERITY = (RULE["properties"][key]["anyOf"][1]["items"] for key in ("levels", "severity"))
CASE = RULE["properties"]["cases"]["items"]
TABLES |= {
    "minimum": ("[gates.minimum]", GATES["minimum"]),
    "a phase": ("[gates.minimum.discovery]", GATES["minimum"]["properties"]["discovery"]),
    "a segment's phases": ("[gates.segments.smb]", GATES["segments"]["additionalProperties"]),
    "fresh_days": ("[gates.fresh_days]", GATES["fresh_days"]),
    "family": ("[families.f]", FAMILY),
    "points": ("[families.f.points]", FAMILY["properties"]["points"]),
    "escalate": ("[families.f.escalate]", FAMILY["properties"]["escalate"]),
    "rule": ("[rules.r]", RULE),
    "level": ("[rules.r]\nmeasure = 'contacts'\n[[rules.r.levels]]", LISTED_LEVEL),
    "severity": ("[rules.r]\nwhen = 'contacts > 1'\n[[rules.r.severity]]", LISTED_SEVERITY),
    "case": ("[[rules.r.cases]]", CASE),
    "a rule's points": ("[rules.r.points]", RULE["properties"]["points"]),
    "explains": ("[[rules.r.explains]]", RULE["properties"]["explains"]["items"]["anyOf"][1]),
}
WORDS = {
    "mode": ("[rules.r]\nmode", RULE["properties"]["mode"]),
    "scope": ("[rules.r]\nscope", RULE["properties"]["scope"]),
    "about": ("[rules.r]\nabout", RULE["properties"]["about"]),
    "worse": ("[rules.r]\nworse", RULE["properties"]["worse"]),
    "severity": ("[rules.r]\nwhen = 'contacts > 1'\nseverity", RULE["properties"]["severity"]["anyOf"][0]),
    "is": ("[rules.r]\nwhen = 'contacts > 1'\n[[rules.r.severity]]\nis", LISTED_SEVERITY["properties"]["is"]),
    "expect": ("[[rules.r.cases]]\nexpect", CASE["properties"]["expect"]),
    "escalate to": ("[families.f.escalate]\nto", FAMILY["properties"]["escalate"]["properties"]["to"]),
}


def problem_of(text: str) -> Problem:
    """The problem that the reader reports of the unknown word in *text*."""
    with pytest.raises(RuleError) as refusal:
        assemble([RuleFile("a.toml", text)], catalogue=CATALOGUE)
    (problem,) = (problem for problem in refusal.value.problems if UNKNOWN in problem.message)
    return problem


def tables_in(schema: Mapping[str, Any]) -> int:
    """How many tables with fixed keys *schema* has, each counted once however often it is used."""
    seen: dict[str, Mapping[str, Any]] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if part.get("additionalProperties") is False and "properties" in part:
                seen[" ".join(part["properties"])] = part
            waiting += part.values()
    return len(seen)


@pytest.mark.parametrize("table", TABLES)
def test_the_schema_of_a_table_has_the_keys_that_the_reader_accepts(table: str) -> None:
    text, schema = TABLES[table]
    accepted = problem_of(f"{text}\n{UNKNOWN} = 1\n").expected.removeprefix("one of ").split(", ")
    assert sorted(accepted) == sorted(schema["properties"])


@pytest.mark.parametrize("key", WORDS)
def test_the_schema_of_a_key_has_the_words_that_the_reader_accepts(key: str) -> None:
    text, schema = WORDS[key]
    assert problem_of(f"{text} = '{UNKNOWN}'\n").expected == f"one of {', '.join(schema['enum'])}"


def test_every_table_of_the_schema_is_compared() -> None:
    # The signals of a case are the catalogue itself; levels without where have the keys of points.
    compared = {" ".join(schema["properties"]) for _, schema in TABLES.values()}
    assert tables_in(SCHEMA) == len(compared | {" ".join(sorted(CATALOGUE))})
