"""Rules prove themselves on the cases that they carry."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules.files.load import RuleFile, assemble, load
from rules.files.shipped import pack_names
from rules.judgement.evaluate import verdict_expr
from rules.language.compile import to_polars
from rules.language.signal import Signal
from rules.model import Rule
from rules.signals.catalogue import CATALOGUE
from rules.testing.cases import run

TEXT = """
[families.slip]
points = { high = 8 }
subject = "s"
due = "1 business day"

[rules.big]
title = "Big"
family = "slip"
when = "amount > 5 AND phase >= 'evaluation'"
severity = "high"
evidence = "e"
advice = "a"
done = "d"

[[rules.big.cases]]
given = { amount = 6, phase = "close", missing_roles = ["legal"] }
expect = "high"
[[rules.big.cases]]
given = { amount = 5 }
expect = "high"
[[rules.big.cases]]
given = { phase = "close" }
expect = "unknown"
"""


def _verdict(rule: Rule) -> pl.Expr:
    assert rule.when is not None
    return to_polars(rule.when).cast(pl.Int8) * 3


def test_cases_say_what_they_expected_and_what_they_got(catalogue: Mapping[str, Signal]) -> None:
    rules = assemble([], [RuleFile("rules.d/o.toml", TEXT)], catalogue=catalogue)

    results = run(rules, _verdict)

    assert [(result.got, result.passed) for result in results] == [("high", True), ("clear", False), ("unknown", True)]
    assert str(results[1]) == "rules.d/o.toml:19:13: big: expected high, got clear"


def test_every_shipped_rule_has_cases_and_passes_them() -> None:
    rules = load(pack_names(), catalogue=CATALOGUE)

    results = run(rules, verdict_expr)

    assert [str(result) for result in results if not result.passed] == []
    assert {result.rule.id for result in results} == {rule.id for rule in rules.rules}
