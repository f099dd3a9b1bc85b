"""The product's own engine: rule text from a file, parsed, checked, compiled and judged as a cycle does it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import polars as pl

from benchmarks.rules.deals import SIGNALS, TODAY
from rules.files.load import RuleFile, assemble
from rules.judgement import evaluate
from rules.judgement.streaks import FIRED
from rules.language.compile import to_polars
from rules.language.signal import Signal, SignalType
from rules.model import EVERY_RULE, CoverageVerdict, Facts, RuleSet

Counts = dict[str, int]
"""On how many deals each rule fires."""

_TYPES: Final[Mapping[pl.DataType, SignalType]] = {
    pl.String(): SignalType.TEXT,
    pl.Date(): SignalType.DATE,
    pl.Boolean(): SignalType.BOOLEAN,
    pl.Int64(): SignalType.NUMBER,
    pl.Float64(): SignalType.NUMBER,
}
_WORDING: Final = {
    "title": "A rule",
    "family": "benchmark",
    "severity": "warn",
    "evidence": "{{ amount }}",
    "advice": "Look.",
    "done": "Looked at.",
}


def _source_of(name: str) -> tuple[str, ...]:
    if "contact" in name or name.startswith("has_"):
        return ("roles",)
    return (f"field:{name}",) if SIGNALS[name] == pl.String() else ()


CATALOGUE: Final = {
    name: Signal(name, _TYPES[kind], "Made up.", sources=_source_of(name)) for name, kind in SIGNALS.items()
}
FACTS: Final = Facts(
    now=datetime(2026, 3, 1, 12, tzinfo=UTC),
    today=TODAY,
    coverage=tuple(
        CoverageVerdict(EVERY_RULE, source, "Sales", share=0.8, judged=True)
        for source in sorted({source for signal in CATALOGUE.values() for source in signal.sources})
    ),
)


def rule_set() -> RuleSet:
    """Read the fifteen rules, as any rule file is read."""
    text = files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    wording = "".join(f'{key} = "{value}"\n' for key, value in _WORDING.items())
    for rule in tomllib.loads(text)["rules"]:
        text = text.replace(f"[rules.{rule}]\n", f"[rules.{rule}]\n{wording}")
    return assemble([RuleFile("rules.toml", text)], catalogue=CATALOGUE)


def conditions(deals: pl.DataFrame) -> Callable[[], Counts]:
    """Work out the compiled conditions alone: fifteen columns of true, false and unknown, counted."""
    compiled = [to_polars(rule.when).alias(rule.id) for rule in rule_set().rules if rule.when is not None]
    return lambda: counted(deals, compiled)


def counted(deals: pl.DataFrame, conditions: list[pl.Expr]) -> Counts:
    """Count the deals on which each of *conditions* is true."""
    return deals.lazy().select(condition.sum() for condition in conditions).collect().row(0, named=True)


def judgement(deals: pl.DataFrame) -> Callable[[], Counts]:
    """Judge as a cycle does: coverage, three-valued verdicts with severity, and the sorted list of findings."""
    rules, held = rule_set(), FIRED.to_frame()

    def run() -> Counts:
        found = evaluate.judge(rules, deals, FACTS, CATALOGUE, held).findings
        by_rule = dict(found.group_by("rule_id").len().iter_rows())
        return {rule.id: by_rule.get(rule.id, 0) for rule in rules.rules}

    return run
