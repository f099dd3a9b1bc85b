"""Why a rule does not hold on a deal: the condition that decided it and what it saw, or what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from rules.language.compile import to_polars
from rules.language.condition import Condition
from rules.model import Level, Rule


def why_not_applicable(rule: Rule, signals: pl.DataFrame) -> str:
    """Return which conditions of *rule* for applying are false on a deal; *signals* has the row of that deal only."""
    conditions = (condition for condition in (rule.applies, rule.applies_also) if condition is not None)
    return "; ".join(_negated(condition, signals) for condition in conditions if _value(condition, signals) is False)


def why_unknown(rule: Rule, signals: pl.DataFrame) -> str:
    """Return which signals of *rule* are unknown on the deal; if none is, too few deals have the evidence."""
    row = signals.row(0, named=True)
    missing = sorted(name for name in rule.signals if row.get(name) is None)
    if missing:
        return f"not known: {', '.join(missing)}"
    return "its evidence is kept on too few deals to judge by"


def why_clear(rule: Rule, signals: pl.DataFrame) -> str:
    """Return why *rule*, which applies to the deal, does not hold there: its condition, or measure and thresholds."""
    if rule.when is not None:
        return _negated(rule.when, signals)
    row = signals.row(0, named=True)
    measured = f"{rule.measure} {_shown(row.get(rule.measure or ''))}"
    levels = (level for level in rule.levels if level.where is None or _value(level.where, signals) is True)
    level = next(levels, None)
    if level is None:
        wheres = [level.where for level in rule.levels if level.where is not None]
        asked = sorted({name for where in wheres for name in where.names})
        return f"{measured}; no level is for {_values(asked, row)}"
    return f"{measured}; {', '.join(_thresholds(rule, level))}"


def _negated(condition: Condition, signals: pl.DataFrame) -> str:
    values = _values(sorted(condition.names), signals.row(0, named=True))
    return f"not {' '.join(condition.text.split())}: {values}"


def _value(condition: Condition, signals: pl.DataFrame) -> bool | None:
    value: bool | None = signals.select(to_polars(condition)).item()
    return value


def _thresholds(rule: Rule, level: Level) -> Iterator[str]:
    side = "below" if rule.worse == "lower" else "above"
    return (f"{severity.word} {side} {number:,g}" for severity, number in sorted(level.thresholds.items()))


def _values(names: Iterable[str], row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(row.get(name))}" for name in names)


def _shown(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:,g}" if abs(value) < 1_000_000 else f"{value:,.0f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)
