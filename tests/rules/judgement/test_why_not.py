"""A rule that does not hold says which condition decided it, and by which values."""

from __future__ import annotations

from typing import Any

import pytest

from rules.judgement.evaluate import verdict_expr
from rules.judgement.why_not import why_clear, why_not_applicable, why_unknown
from rules.model import CLEAR, NOT_APPLICABLE
from tests.rules.judgement.world import World, rule

LEVELS = [("segment = 'mid' AND phase >= 'procurement'", {"warn": 5, "high": 8}), ("segment = 'mid'", {"warn": 7})]


def reason(world: World, **keys: Any) -> str:
    """Why the rule does not hold on the one deal; it must not."""
    judged, signals = rule("r", **keys), world.signals()
    verdict = signals.select(verdict_expr(judged)).item()
    assert verdict in (CLEAR, NOT_APPLICABLE)
    return (why_clear if verdict == CLEAR else why_not_applicable)(judged, signals)


def test_a_condition_is_shown_on_one_line_with_the_values_that_it_saw(world: World) -> None:
    text = reason(world.deal(), when="amount > 50_000\n  OR stage = 'x'", severity=[(None, "high")])
    assert text == ("not amount > 50_000 OR stage = 'x': amount 50,000, stage evaluation")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"applies": "phase >= 'close'"}, "not phase >= 'close': phase evaluation"),
        ({"applies_also": "amount < 10"}, "not amount < 10: amount 50,000"),
        (
            {"applies": "phase >= 'close'", "applies_also": "amount < 10"},
            "not phase >= 'close': phase evaluation; not amount < 10: amount 50,000",
        ),
    ],
)
def test_what_does_not_apply_names_the_condition_that_is_false(world: World, keys: Any, expected: str) -> None:
    assert reason(world.deal(), when="amount > 1", severity=[(None, "high")], **keys) == expected


def test_a_measure_is_shown_with_the_thresholds_of_the_deal_s_level(world: World) -> None:
    text = reason(world.deal(entered=3), measure="days_in_phase", worse="higher", levels=LEVELS)
    assert text == "days_in_phase 3; warn above 7"


def test_thresholds_are_shown_from_the_mildest_on(world: World) -> None:
    text = reason(world.deal(phase="procurement", entered=3), measure="days_in_phase", worse="higher", levels=LEVELS)
    assert text == "days_in_phase 3; warn above 5, high above 8"


def test_where_no_level_is_for_the_deal_the_reason_says_so(world: World) -> None:
    text = reason(world.deal(amount=1.0, entered=30), measure="days_in_phase", worse="higher", levels=LEVELS)
    assert text == "days_in_phase 30; no level is for phase evaluation, segment smb"


def test_an_unknown_value_is_shown_as_unknown(world: World) -> None:
    text = reason(world.deal(next_step=None), when="amount > 60_000 AND next_step = 'x'", severity=[(None, "high")])
    assert text.endswith("amount 50,000, next_step unknown")


def test_what_is_not_known_is_named(world: World) -> None:
    missed = rule("r", when="next_step = 'x' AND amount > 1", severity=[(None, "high")])
    assert why_unknown(missed, world.deal(next_step=None).signals()) == "not known: next_step"


def test_where_nothing_is_missing_too_few_deals_have_the_evidence(world: World) -> None:
    missed = rule("r", when="amount > 1", severity=[(None, "high")])
    assert why_unknown(missed, world.deal().signals()) == "its evidence is kept on too few deals to judge by"
