"""What became of a rule's tasks, as the tasks themselves show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sync.model.noise import ENOUGH, Noise, TaskOutcome, noise_of, result_of, warnings

TODAY = date(2026, 6, 15)
BODY = "Why\n- quiet\n\nRules: deal-quiet (high)\nWritten 2026-06-01, dw:0-1"
OPEN = TaskOutcome(BODY, "", None, date(2026, 6, 20), is_open=True, is_deleted=False, ended=None)
IN_TIME, LATE = datetime(2026, 6, 19, tzinfo=UTC), datetime(2026, 6, 21, tzinfo=UTC)


def closed(reason: str = "", ended: datetime = IN_TIME, **changes: Any) -> TaskOutcome:
    return replace(OPEN, is_open=False, reason=reason, ended=ended, **changes)


def counts(*tasks: TaskOutcome) -> dict[str, int]:
    noise = noise_of(tasks, TODAY)["deal-quiet"].as_dict()
    return {word: count for word, count in noise.items() if isinstance(count, int) and count and word != "too_noisy"}


@pytest.mark.parametrize(
    ("task", "fate"),
    [
        (OPEN, "open"),
        (replace(OPEN, due=date(2026, 6, 14)), "expired"),
        (closed(), "acted"),
        (closed("Resolved: the reason is gone.", LATE), "acted"),
        (closed("The deal was won."), "moot"),
        (closed("The deal was won.", LATE), "expired"),
        (replace(OPEN, is_deleted=True), "dismissed"),
        (closed("Not a risk, as answered.", answer="#notrisk they are on leave"), "dismissed"),
        (closed("The data is wrong, as answered.", answer="#wrongdata"), "dismissed"),
        (closed("Snoozed until 2026-07-01, as answered.", answer="#snooze 30d"), "put_off"),
        (replace(OPEN, answer="#snooze", is_deleted=True), "dismissed"),
    ],
)
def test_every_task_has_one_fate(task: TaskOutcome, fate: str) -> None:
    assert counts(task) == {fate: 1}


def test_a_task_counts_for_every_rule_that_it_names() -> None:
    both = replace(OPEN, body="Rules: deal-quiet (high), champion-left (warn)")
    assert {rule: noise.open for rule, noise in noise_of([both], TODAY).items()} == {
        "champion-left": 1,
        "deal-quiet": 1,
    }


def test_a_task_whose_text_no_longer_names_rules_counts_for_none() -> None:
    assert noise_of([replace(OPEN, body="mine now"), replace(OPEN, body=None)], TODAY) == {}


def test_the_words_of_those_who_dismissed_are_kept_newest_last() -> None:
    tasks = [closed(answer=f"#notrisk reason {number}") for number in range(7)]
    assert noise_of(tasks, TODAY)["deal-quiet"].reasons[-2:] == ["notrisk: reason 5", "notrisk: reason 6"]


def test_the_noisiest_rule_comes_first() -> None:
    loud = replace(OPEN, body="Rules: loud (high)", is_deleted=True)
    assert list(noise_of([closed(), loud], TODAY)) == ["loud", "deal-quiet"]


def test_a_rule_is_too_noisy_only_on_enough_tasks() -> None:
    assert not Noise(dismissed=ENOUGH - 1).too_noisy
    assert Noise(dismissed=ENOUGH).too_noisy


def test_three_in_ten_is_not_too_noisy_yet() -> None:
    assert not Noise(acted=7, dismissed=2, expired=1).too_noisy
    assert Noise(acted=6, dismissed=3, expired=1).too_noisy


def test_a_warning_says_what_to_do() -> None:
    [line] = warnings({"deal-quiet": Noise(acted=2, dismissed=7, expired=1), "calm": Noise(acted=10)})
    assert line == (
        "deal-quiet is noise: of 10 ended tasks 7 were dismissed and 1 ran out. "
        "Tune it: dealwarden rules override deal-quiet"
    )


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"is_open": True}, "open"),
        ({"is_open": True, "ended": None, "due": TODAY - timedelta(days=1)}, "expired"),
        ({"reason": "Resolved: the reason is gone."}, "resolved"),
        ({}, "completed"),
        ({"is_deleted": True}, "dismissed"),
        ({"answer": "#notrisk they signed"}, "not_a_risk"),
        ({"answer": "#wrongdata"}, "wrong_data"),
        ({"answer": "#snooze 30d"}, "snoozed"),
        ({"reason": "The deal was won."}, "moot"),
    ],
)
def test_every_end_of_a_task_has_a_name(changes: dict[str, Any], result: str) -> None:
    values: dict[str, Any] = {
        "body": "Rules: late (high)", "reason": None, "answer": None, "due": TODAY, "is_open": False,
        "is_deleted": False, "ended": datetime(2026, 6, 14, tzinfo=UTC),
    }  # fmt: skip
    assert result_of(TaskOutcome(**(values | changes)), TODAY) == result
