from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from rules.days.business_days import Calendar
from rules.days.span import Span
from rules.judgement.streaks import FIRED, STREAKS, Past
from tests.rules.features.days import CLEAR, ELSEWHERE, HOLDS, MONDAY, UNKNOWN, WORSE, Days

TWO_DAYS = Span(2, business=False)
TWO_BUSINESS_DAYS = Span(2, business=True)
FRIDAY = date(2026, 6, 19)


def test_a_rule_without_time_fires_at_once() -> None:
    assert Days.of().run(HOLDS, CLEAR, UNKNOWN) == [HOLDS, CLEAR, UNKNOWN]


def test_a_rule_fires_once_it_has_held_for_that_long() -> None:
    assert Days.of(for_=TWO_DAYS).run(HOLDS, HOLDS, HOLDS, HOLDS) == [CLEAR, CLEAR, HOLDS, HOLDS]


def test_a_weekend_counts_for_days_and_not_for_business_days() -> None:
    weekend = [HOLDS] * 5
    assert replace(Days.of(for_=TWO_DAYS), today=FRIDAY).run(*weekend) == [CLEAR, CLEAR, HOLDS, HOLDS, HOLDS]
    assert replace(Days.of(for_=TWO_BUSINESS_DAYS), today=FRIDAY).run(*weekend) == [CLEAR, CLEAR, CLEAR, CLEAR, HOLDS]


def test_a_day_off_counts_for_days_and_not_for_business_days() -> None:
    monday_off = Calendar(days_off=frozenset({date(2026, 6, 22)}))
    days = replace(Days.of(for_=TWO_BUSINESS_DAYS), today=FRIDAY, calendar=monday_off)
    assert days.run(*[HOLDS] * 6) == [CLEAR, CLEAR, CLEAR, CLEAR, CLEAR, HOLDS]


@pytest.mark.parametrize("otherwise", [CLEAR, ELSEWHERE])
def test_a_judgement_that_says_otherwise_begins_the_streak_anew(otherwise: int) -> None:
    assert Days.of(for_=TWO_DAYS).run(HOLDS, HOLDS, otherwise, HOLDS, HOLDS, HOLDS)[2:] == [
        *(otherwise, CLEAR, CLEAR, HOLDS),
    ]


def test_unknown_neither_ends_a_streak_nor_counts_for_it() -> None:
    assert Days.of(for_=TWO_DAYS).run(HOLDS, HOLDS, UNKNOWN, HOLDS) == [CLEAR, CLEAR, UNKNOWN, HOLDS]
    assert Days.of(for_=TWO_DAYS).run(HOLDS, UNKNOWN, UNKNOWN, HOLDS, HOLDS) == [
        *(CLEAR, UNKNOWN, UNKNOWN, CLEAR, HOLDS),
    ]


def test_unknown_starts_no_streak() -> None:
    assert Days.of(for_=TWO_DAYS).run(UNKNOWN, UNKNOWN, UNKNOWN, HOLDS) == [UNKNOWN, UNKNOWN, UNKNOWN, CLEAR]


def test_three_days_without_a_judgement_are_no_gap_and_four_are() -> None:
    days = Days.of(for_=TWO_DAYS)
    days.judge(HOLDS)
    assert days.wait(2).judge(HOLDS) == HOLDS
    days = Days.of(for_=TWO_DAYS)
    days.judge(HOLDS)
    assert days.wait(3).judge(HOLDS) == CLEAR


def test_several_judgements_of_one_day_count_once() -> None:
    days = Days.of(for_=Span(1, business=False))
    assert days.judge(HOLDS) == CLEAR
    assert days.wait(-1).judge(HOLDS) == CLEAR
    assert days.judge(HOLDS) == HOLDS


def test_a_clock_that_went_back_begins_the_streak_anew() -> None:
    days = Days.of(for_=TWO_DAYS)
    days.run(HOLDS, HOLDS)
    assert days.wait(-9).judge(HOLDS) == CLEAR


def test_on_the_first_judgement_of_a_connection_for_counts_as_fulfilled() -> None:
    assert replace(Days.of(for_=TWO_DAYS), past=Past(first=True)).run(HOLDS, HOLDS) == [HOLDS, HOLDS]


def test_what_an_open_managed_task_names_has_fired() -> None:
    reported = pl.DataFrame([("d1", "late", 3)], schema=FIRED, orient="row")
    assert replace(Days.of(for_=TWO_DAYS), past=Past(reported=reported)).judge(HOLDS) == HOLDS


def test_a_task_does_not_make_a_clear_rule_hold_on() -> None:
    reported = pl.DataFrame([("d1", "late", 3)], schema=FIRED, orient="row")
    assert replace(Days.of(keep_for=TWO_DAYS), past=Past(reported=reported)).judge(CLEAR) == CLEAR


def test_a_worse_severity_needs_no_new_streak() -> None:
    assert Days.of(for_=TWO_DAYS).run(HOLDS, HOLDS, HOLDS, WORSE)[-1] == WORSE


def test_a_finding_is_kept_until_it_was_clear_for_that_long() -> None:
    assert Days.of(keep_for=TWO_DAYS).run(WORSE, CLEAR, CLEAR, CLEAR, CLEAR) == [WORSE, WORSE, WORSE, CLEAR, CLEAR]


def test_a_finding_that_holds_again_is_kept_for_as_long_once_more() -> None:
    assert Days.of(keep_for=TWO_DAYS).run(HOLDS, CLEAR, HOLDS, CLEAR, CLEAR, CLEAR)[1:] == [
        *(HOLDS, HOLDS, HOLDS, HOLDS, CLEAR),
    ]


def test_unknown_does_not_count_for_the_days_that_a_finding_is_kept() -> None:
    assert Days.of(keep_for=TWO_DAYS).run(HOLDS, CLEAR, UNKNOWN, UNKNOWN, CLEAR, CLEAR)[1:] == [
        *(HOLDS, UNKNOWN, UNKNOWN, HOLDS, CLEAR),
    ]


def test_a_deal_that_the_rule_no_longer_applies_to_counts_as_clear() -> None:
    assert Days.of(keep_for=TWO_DAYS).run(HOLDS, ELSEWHERE, ELSEWHERE, ELSEWHERE)[1:] == [HOLDS, HOLDS, ELSEWHERE]


def test_a_finding_that_became_unknown_goes_on_without_a_new_streak() -> None:
    assert Days.of(for_=TWO_DAYS).run(HOLDS, HOLDS, HOLDS, UNKNOWN, UNKNOWN, HOLDS)[-1] == HOLDS


def test_a_finding_ends_by_being_clear_and_never_by_a_gap() -> None:
    days = Days.of(for_=TWO_DAYS)
    days.run(HOLDS, HOLDS, HOLDS)
    assert days.wait(30).judge(HOLDS) == HOLDS
    assert days.judge(CLEAR) == CLEAR


def test_for_and_keep_for_go_together() -> None:
    both = Days.of(for_=Span(1, business=False), keep_for=Span(1, business=False))
    assert both.run(HOLDS, HOLDS, CLEAR, CLEAR, HOLDS, HOLDS) == [CLEAR, HOLDS, HOLDS, CLEAR, CLEAR, HOLDS]


def test_nothing_is_remembered_of_what_has_fired_or_is_clear() -> None:
    days = Days.of(for_=TWO_DAYS, keep_for=TWO_DAYS)
    days.judge(CLEAR)
    assert days.past.streaks.is_empty()
    days.run(HOLDS, HOLDS, HOLDS)
    assert days.past.streaks.is_empty()


def test_a_streak_says_how_far_it_is() -> None:
    days = Days.of(for_=Span(9, business=False))
    days.run(HOLDS, HOLDS)
    assert days.past.streaks.rows() == [("d1", "late", 0, True, 1, 1, date(2026, 6, 16))]
    assert days.past.streaks.schema == STREAKS
    assert MONDAY.weekday() == 0
