"""One short text that changes whenever a judgement, or the text of a task, could change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rules.language.condition import Condition
from rules.model import Family, Gates, Rule, ScopeLimits


def fingerprint(
    rules: Sequence[Rule],
    families: Mapping[str, Family],
    segments: Sequence[tuple[str, Condition]],
    scope: tuple[Condition | None, ScopeLimits],
    gates: Gates,
) -> str:
    """Return 32 hexadecimal digits that are equal for equal meaning.

    Titles, stewards, sources, cases and the order of rules do not count. The text that is hashed must never change its
    form: stores compare it with what an earlier version wrote, and judge every deal again where it differs.
    """
    meaning = {
        "rules": {rule.id: _rule(rule) for rule in rules},
        "families": {family.id: _family(family) for family in families.values()},
        "segments": [[name, condition.text] for name, condition in segments],
        "scope": [_text(scope[0]), asdict(scope[1])],
        "gates": [gates.minimum, gates.segments, gates.fresh_days, gates.grace],
    }
    # 128 bits are enough to tell rule sets apart, and short enough for a log line.
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:32]


def _family(family: Family) -> list[Any]:
    shared = [family.subject, family.due, family.to, str(family.escalate_after)]
    return [_keyed(family.points), family.each, family.most, *shared]


def _rule(rule: Rule) -> list[Any]:
    return [
        rule.family,
        rule.about,
        _text(rule.applies),
        _text(rule.applies_also),
        _text(rule.when),
        [[_text(case.where), case.severity.word] for case in rule.severity],
        rule.measure,
        rule.worse,
        [[_text(level.where), _keyed(level.thresholds)] for level in rule.levels],
        rule.target,
        [str(rule.for_), str(rule.keep_for)],
        [rule.mode, rule.confirmed, rule.scope],
        [rule.evidence, rule.advice, rule.done, rule.ask, rule.subject, rule.also],
        [[effect.rule_id, _text(effect.where)] for effect in rule.explains],
        [_keyed(rule.points), list(rule.covers), rule.count, rule.coverage_floor, rule.silence],
    ]


def _keyed(numbers: Mapping[Any, float]) -> dict[str, float]:
    return {severity.word: number for severity, number in numbers.items()}


def _text(condition: Condition | None) -> str | None:
    return None if condition is None else condition.text
