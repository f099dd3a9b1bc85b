"""Streaks against the whole history: what is remembered from day to day says the same as looking back over all days."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from rules.days.span import Span
from tests.rules.features.days import CLEAR, ELSEWHERE, HOLDS, MONDAY, UNKNOWN, Days

FOR, KEEP = 2, 3


@dataclass(frozen=True)
class Day:
    on: date
    said: int | None


def elapsed(history: list[Day], kind: bool) -> int:
    """Count, looking back, the days for which the rule held (or was clear) without a break."""
    total = 0
    for day, before in zip(reversed(history), reversed(history[:-1]), strict=False):
        holding = None if before.said is None else before.said > CLEAR
        if (day.on - before.on).days > 3 or holding is (not kind):
            return total
        if day.said is not None and _seen_before(history, before, kind):
            total += (day.on - before.on).days
    return total


def _seen_before(history: list[Day], until: Day, kind: bool) -> bool:
    """Whether the streak had begun by then: unknown days before its first known one are no part of it."""
    following = None
    for day in reversed(history[: history.index(until) + 1]):
        if following is not None and (following.on - day.on).days > 3:
            return False
        if day.said is not None:
            return (day.said > CLEAR) is kind
        following = day
    return False


def expected(history: list[Day]) -> list[int | None]:
    verdicts: list[int | None] = []
    fired = False
    for end in range(1, len(history) + 1):
        said = history[end - 1].said
        if said is None:
            verdicts.append(None)
        elif said > CLEAR:
            fired = fired or elapsed(history[:end], kind=True) >= FOR
            verdicts.append(said if fired else CLEAR)
        else:
            fired = fired and elapsed(history[:end], kind=False) < KEEP
            verdicts.append(HOLDS if fired else said)
    return verdicts


SEEDS = (*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 40)))


@pytest.mark.parametrize("seed", SEEDS)
def test_memory_says_what_looking_back_says(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(15):
        today, history = MONDAY, []
        for _ in range(14):
            history.append(Day(today, chance.choice([HOLDS, HOLDS, HOLDS, CLEAR, CLEAR, ELSEWHERE, UNKNOWN])))
            today += timedelta(days=chance.choice([1, 1, 1, 2, 3, 4]))
        days = Days.of(for_=Span(FOR, business=False), keep_for=Span(KEEP, business=False))
        got = []
        for day in history:
            days.today = day.on
            got.append(days.judge(day.said))
        assert got == expected(history), history
