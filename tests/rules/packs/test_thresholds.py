"""Every threshold of every shipped rule is held by a case: move it, loosen it or leave it out, and a case fails."""

from __future__ import annotations

import pytest

from rules.judgement.evaluate import verdict_expr
from rules.model import Rule, RuleSet, Severity
from rules.testing.cases import run
from tests.rules.packs.mutants import mutants
from tests.rules.packs.shipped import SHIPPED

SEVERITIES = {severity.word for severity in Severity}

each_rule = pytest.mark.parametrize("rule", SHIPPED.rules, ids=lambda rule: rule.id)


def holds(rule: Rule) -> bool:
    """Whether all cases of *rule* pass."""
    ruleset = RuleSet((rule,), SHIPPED.families, SHIPPED.segments, None, SHIPPED.gates, "")
    return all(result.passed for result in run(ruleset, verdict_expr))


@each_rule
def test_a_rule_keeps_to_its_cases(rule: Rule) -> None:
    assert holds(rule)


@each_rule
def test_a_rule_has_cases_that_fire_at_every_severity_are_clear_and_are_unknown(rule: Rule) -> None:
    expected = {case.expect for case in rule.cases}
    possible = {case.severity.word for case in rule.severity}
    possible |= {severity.word for level in rule.levels for severity in level.thresholds}
    assert possible <= expected
    assert {"clear", "unknown"} <= expected
    assert expected - SEVERITIES >= ({"not applicable"} if rule.applies else set())


@each_rule
def test_no_threshold_can_move_and_no_part_be_left_out_unseen(rule: Rule) -> None:
    unseen = [what for what, wrong in mutants(rule) if holds(wrong)]
    assert unseen == []


def test_a_rule_that_never_fires_would_be_seen() -> None:
    never_fire = [rule.id for rule in SHIPPED.rules if not SEVERITIES & {case.expect for case in rule.cases}]
    assert never_fire == []
