from __future__ import annotations

import polars as pl
import pytest

from rules.files.load import RuleFile, assemble
from rules.model import RuleSet
from rules.signals.asked import ALWAYS, asked
from rules.signals.catalogue import CATALOGUE
from rules.signals.compute import IDENTITY, compute
from tests.rules.judgement.world import World

RULE = """
[families.slip]
points = { warn = 1, high = 2 }
subject = "{{ deal_type }}"
due = "3 business days"

[rules.late]
title = "Late"
family = "slip"
when = "close_in_days < 0"
severity = [{ where = "amount > 5", is = "high" }, { is = "warn" }]
applies = "probability > 10"
evidence = "{{ next_step }}"
advice = "{{ age_days }} of {{ deal.name }}"
done = "Done."
"""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return assemble([RuleFile("one.toml", RULE)], catalogue=CATALOGUE)


@pytest.mark.parametrize("name", ["deal_type", "close_in_days", "amount", "probability", "next_step", "age_days"])
def test_what_conditions_and_wording_name_is_asked(rules: RuleSet, name: str) -> None:
    assert name in asked(rules)


def test_what_nothing_names_is_not_asked(rules: RuleSet) -> None:
    assert "champion_name" not in asked(rules)


def test_what_is_always_shown_is_in_the_catalogue() -> None:
    assert set(CATALOGUE) >= ALWAYS


def test_only_what_is_asked_is_computed(rules: RuleSet) -> None:
    world = World().deal()
    frame = compute(world.tables, world.facts, rules, asked(rules))
    assert set(frame.columns) == {*IDENTITY, "in_scope", "muted", "in_pilot", *(asked(rules) & set(CATALOGUE))}


def test_what_is_asked_is_the_same_as_when_everything_is(rules: RuleSet) -> None:
    world = World().deal()
    some = compute(world.tables, world.facts, rules, asked(rules))
    assert some.equals(compute(world.tables, world.facts, rules).select(some.columns))


@pytest.fixture(scope="module")
def lively() -> World:
    return World().deal().role("c1").role("c2", "economic_buyer").touch(3, "c1").deal("d2", phase="discovery")


@pytest.fixture(scope="module")
def everything(lively: World, rules: RuleSet) -> pl.DataFrame:
    return compute(lively.tables, lively.facts, rules)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_signal_that_is_asked_for_alone_is_the_same_as_among_all(
    lively: World, rules: RuleSet, everything: pl.DataFrame, name: str
) -> None:
    assert compute(lively.tables, lively.facts, rules, [name])[name].equals(everything[name])
