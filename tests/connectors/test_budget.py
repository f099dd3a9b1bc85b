"""Our share of the calls, and the CRM's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.budget import Budget, ServerClock
from connectors.errors import InvalidResponseError, QuotaSpentError

DAY = date(2026, 6, 15)


def test_calls_stop_at_our_share() -> None:
    budget = Budget(share=0.2, spent_today=1)
    budget.observe(0, 15)
    budget.take(DAY)
    budget.take(DAY)
    with pytest.raises(QuotaSpentError, match="our share"):
        budget.take(DAY)
    assert budget.spent == 3


def test_calls_stop_when_little_is_left_whoever_used_them() -> None:
    budget = Budget(share=1.0)
    budget.observe(91, 100)
    with pytest.raises(QuotaSpentError, match="9 of 100"):
        budget.take(DAY)


def test_a_new_day_brings_a_new_share() -> None:
    budget = Budget(share=0.1)
    budget.observe(0, 10)
    budget.take(DAY)
    budget.take(date(2026, 6, 16))
    assert budget.spent == 1


def test_room_for_several_calls_is_refused_before_the_first_of_them() -> None:
    budget = Budget(share=0.5, spent_today=2)
    budget.observe(2, 10)
    budget.ensure_room(3, None)
    with pytest.raises(QuotaSpentError, match="our share"):
        budget.ensure_room(4, None)
    assert budget.spent == 2


def test_there_is_no_room_where_the_calls_would_take_what_is_kept_for_others() -> None:
    budget = Budget(share=1.0)
    budget.observe(85, 100)
    budget.ensure_room(6, DAY)
    with pytest.raises(QuotaSpentError, match="15 of 100"):
        budget.ensure_room(7, DAY)


def test_what_earlier_processes_spent_counts_before_the_day_is_known() -> None:
    budget = Budget(share=0.5, spent_today=5)
    budget.take(None)
    budget.observe(6, 10)
    with pytest.raises(QuotaSpentError):
        budget.take(DAY)


def test_the_clock_is_the_newest_answers() -> None:
    clock = ServerClock()
    clock.observe("Mon, 15 Jun 2026 09:00:00 GMT")
    clock.observe("no date at all")
    clock.observe(None)
    assert clock.now() == datetime(2026, 6, 15, 9, tzinfo=UTC)
    assert clock.day == DAY


def test_a_clock_that_heard_nothing_says_so() -> None:
    with pytest.raises(InvalidResponseError, match="Date"):
        ServerClock().now()


def test_the_crm_s_time_goes_on_between_its_answers() -> None:
    watch = iter((100.0, 100.9, 3700.5))
    clock = ServerClock(lambda: next(watch))
    clock.observe("Mon, 15 Jun 2026 09:00:00 GMT")
    assert clock.now() == datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
    assert clock.now() == datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
