"""Why rules were not judged: one line for each cause, and percentages that do not contradict it."""

from __future__ import annotations

import pytest

from sync.model.not_judged import NotJudged, cause_lines


@pytest.mark.parametrize(
    ("share", "floor", "text"),
    [
        (0.0, 0.3, "phase is kept on 0% of deals, 30% are needed"),
        (0.0467, 0.05, "phase is kept on 4.7% of deals, 5% are needed"),
        (0.049999, 0.05, "phase is kept on 4.9999% of deals, 5% are needed"),
        (0.295, 0.3, "phase is kept on 29.5% of deals, 30% are needed"),
        (0.02, 0.025, "phase is kept on 2% of deals, 2.5% are needed"),
    ],
)
def test_the_share_is_always_less_than_what_is_needed(share: float, floor: float, text: str) -> None:
    assert str(NotJudged("phase", share, floor)) == text


def test_rules_with_one_cause_share_a_line_and_the_cause_of_the_most_comes_first() -> None:
    blocker, phase = NotJudged("roles:blocker", 0.03, 0.05), NotJudged("phase", 0.0, 0.3)
    assert list(cause_lines({"a": phase, "b": blocker, "c": phase})) == [
        "phase is kept on 0% of deals, 30% are needed: a, c",
        "roles:blocker is kept on 3% of deals, 5% are needed: b",
    ]
