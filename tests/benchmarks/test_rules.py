"""The comparison of rule engines runs, and compares like with like."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from benchmarks.rules import compare as module
from benchmarks.rules.__main__ import main, targets
from benchmarks.rules.compare import Comparison, compare
from benchmarks.rules.deals import deals
from benchmarks.rules.ours import conditions, judgement, rule_set
from benchmarks.rules.typed import typed


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return compare(300, 1)


def test_every_engine_that_is_installed_fires_on_the_same_deals(compared: Comparison) -> None:
    assert compared.disagree == ()


def test_our_engine_and_plain_python_are_always_measured(compared: Comparison) -> None:
    names = {one.name for one in compared.entries}
    assert names >= {"rules only", "judgement", "hand-typed Polars", "generated Python"}


def test_what_is_missing_is_named_and_has_no_verdict(compared: Comparison) -> None:
    without = replace(compared, entries=tuple(one for one in compared.entries if one.name != "zen"), missing=("zen",))
    assert [line.met for line in targets(without) if "zen" in line.what] == [None]


def test_all_fifteen_rules_fire_and_all_stay_silent_somewhere() -> None:
    made_up = deals(300)
    counts = conditions(made_up)()
    assert (len(counts), min(counts.values()) > 0, max(counts.values()) < 300) == (15, True, True)


def test_the_judgement_that_is_timed_finds_what_the_conditions_say() -> None:
    made_up = deals(300)
    assert judgement(made_up)() == conditions(made_up)() == typed(made_up)()


def test_the_same_seed_makes_the_same_deals() -> None:
    assert deals(50).equals(deals(50))


def test_the_rules_are_read_with_everything_that_a_rule_needs() -> None:
    assert {rule.mode for rule in rule_set().rules} == {"on"}


def test_engines_that_disagree_fail_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(frame: pl.DataFrame) -> object:
        return lambda: dict.fromkeys(conditions(frame)(), 0)

    monkeypatch.setattr(module, "typed", wrong)
    assert main(["--deals", "100", "--rounds", "1"]) == 1
