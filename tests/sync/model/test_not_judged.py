"""Why rules were not judged: one line for each cause, and percentages that do not contradict it."""

from __future__ import annotations

import pytest

from sync.model.not_judged import NotJudged, cause_lines, causes


@pytest.mark.parametrize(
    ("share", "floor", "text"),
    [
        (0.0, 0.3, "phase off: no deal has it (30 % needed)"),
        (0.0467, 0.05, "phase off: only 4.6 % of deals have it (5 % needed)"),
        (0.049999, 0.05, "phase off: only 4.9 % of deals have it (5 % needed)"),
        (0.295, 0.3, "phase off: only 29.5 % of deals have it (30 % needed)"),
        (0.02, 0.025, "phase off: only 2 % of deals have it (2.5 % needed)"),
    ],
)
def test_the_share_is_always_less_than_what_is_needed(share: float, floor: float, text: str) -> None:
    assert str(NotJudged("phase", share, floor)) == text


@pytest.mark.parametrize(
    ("source", "why", "text"),
    [
        ("field:x_technical_win", "not mapped", "field technical win is not mapped"),
        ("touches:email", "not readable", "touches of kind email cannot be read"),
        ("roles:legal", "too few to tell", "role legal: too few deals need it to tell (3)"),
    ],
)
def test_what_keeps_a_rule_from_being_judged_is_said(source: str, why: str, text: str) -> None:
    assert str(NotJudged(source, 0.0, 0.3, why, 3)) == text


def test_rules_with_one_cause_share_a_line_and_the_cause_of_the_most_comes_first() -> None:
    blocker, phase = NotJudged("roles:blocker", 0.03, 0.05), NotJudged("phase", 0.0, 0.3)
    assert list(cause_lines({"a": phase, "b": blocker, "c": phase})) == [
        "phase off: no deal has it (30 % needed): a, c",
        "role blocker off: only 3 % of deals have it (5 % needed): b",
    ]


def test_one_unmapped_field_is_one_line_whatever_the_floors() -> None:
    lines = {"a": NotJudged("field:x_poc_ends", 0.0, 0.05, "not mapped", 3)}
    assert causes({**lines, "b": NotJudged("field:x_poc_ends", 0.0, 0.3, "not mapped", 90)}) == {
        "field poc ends is not mapped": ("a", "b")
    }


def test_what_differs_from_rule_to_rule_is_one_line_with_both_ends() -> None:
    shares = {"a": NotJudged("roles:legal", 0.02, 0.3), "b": NotJudged("roles:legal", 0.29, 0.3)}
    few = {rule: NotJudged("touches", 0.0, 0.3, "too few to tell", deals) for rule, deals in (("a", 0), ("b", 4))}
    assert list(causes(shares)) == ["role legal off: only 2 to 29 % of deals have it (30 % needed)"]
    assert list(causes(few)) == ["touches: too few deals need it to tell (0 to 4)"]
