from __future__ import annotations

from dataclasses import replace

import polars as pl

from rules.judgement.shadow import Late, became_judgeable, split, still_late
from rules.model import NOT_APPLICABLE, CoverageVerdict, Lack, RuleSet
from rules.signals.catalogue import CATALOGUE
from tests.rules.judgement.world import rule, ruleset

RULES = ruleset(rule("champion-missing", when="NOT has_champion", severity=[(None, "high")]))
LATE: Late = frozenset({("champion-missing", "b")})


def kept(*pipelines: str, lapsed: bool = False, of: str = "ab", lack: Lack = "not kept") -> tuple[CoverageVerdict, ...]:
    """Verdicts about the champion's rows in the pipelines *of*: judged in *pipelines*."""
    return tuple(
        CoverageVerdict("champion-missing", "roles:champion", name, 0.5, name in pipelines, lapsed, lack=lack)
        for name in of
    )


def became(before: tuple[CoverageVerdict, ...], after: tuple[CoverageVerdict, ...]) -> Late:
    return became_judgeable(RULES, CATALOGUE, before, after)


def test_what_the_first_judgement_lets_judge_is_not_late() -> None:
    assert became((), kept("a", "b")) == frozenset()


def test_a_rule_whose_evidence_is_kept_since_is_late_in_that_pipeline() -> None:
    assert became(kept("a"), kept("a", "b")) == LATE


def test_what_lapsed_and_came_back_is_not_late() -> None:
    assert became(kept("a", lapsed=True), kept("a", "b")) == frozenset()


def test_what_was_due_on_too_few_deals_to_tell_is_not_late() -> None:
    assert became(kept("a", lack="too few to tell"), kept("a", "b")) == frozenset()


def test_a_rule_that_nobody_asked_about_before_is_new_and_not_late() -> None:
    before = tuple(replace(verdict, rule="another") for verdict in kept())
    assert became(before, kept("a", "b")) == frozenset()


def test_a_new_pipeline_goes_on_with_the_rules_that_are_judged_elsewhere() -> None:
    assert became(kept("a", of="a"), kept("a", "b")) == frozenset()


def test_in_a_new_pipeline_a_rule_that_was_judged_nowhere_is_late() -> None:
    assert became(kept(of="a"), kept("b")) == LATE


def test_a_rule_without_sources_is_never_late() -> None:
    rules = ruleset(rule("late", when="close_in_days < 0", severity=[(None, "high")]))
    assert became_judgeable(rules, CATALOGUE, kept(), kept("a")) == frozenset()


def test_a_late_rule_is_active_once_the_operator_s_file_sets_it_on() -> None:
    confirmed = replace(RULES, rules=(replace(RULES.rules[0], confirmed=True),))

    assert still_late(RULES, LATE) == LATE
    assert still_late(confirmed, LATE) == frozenset()


def parted(rules: RuleSet, late: Late) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    deals = pl.DataFrame({"deal_id": ["x", "y"], "pipeline": ["a", "b"]})
    verdicts = pl.DataFrame({"deal_id": ["x", "y"], "champion-missing": pl.Series([3, 3], dtype=pl.Int8)})
    active, muted = split(rules, verdicts, deals, late)
    return active.rows(), muted.rows()


def test_a_rule_that_is_on_is_active() -> None:
    assert parted(RULES, frozenset()) == ([("x", 3), ("y", 3)], [("x",), ("y",)])


def test_a_rule_in_shadow_is_not_active() -> None:
    shadow = replace(RULES, rules=(replace(RULES.rules[0], mode="shadow"),))

    assert parted(shadow, frozenset()) == ([("x",), ("y",)], [("x", 3), ("y", 3)])


def test_a_late_rule_is_active_in_the_pipelines_where_it_is_not_late() -> None:
    assert parted(RULES, LATE) == ([("x", 3), ("y", NOT_APPLICABLE)], [("x", NOT_APPLICABLE), ("y", 3)])
