from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.server.clock import Clock

START = datetime(2026, 6, 15, 9, tzinfo=UTC)


class Ticks:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_it_starts_where_it_is_told() -> None:
    assert Clock(START, monotonic=Ticks()).now() == START


def test_it_ticks_with_the_host() -> None:
    ticks = Ticks()
    clock = Clock(START, monotonic=ticks)
    ticks.at += 2.5
    assert clock.now() == START + timedelta(seconds=2.5)


def test_it_ticks_on_from_the_time_that_was_set() -> None:
    ticks = Ticks()
    clock = Clock(START, monotonic=ticks)
    ticks.at += 50
    clock.set(datetime(2018, 1, 1, 9, tzinfo=UTC))
    ticks.at += 3
    assert clock.now() == datetime(2018, 1, 1, 9, 0, 3, tzinfo=UTC)


def test_an_advance_adds_to_what_has_ticked() -> None:
    ticks = Ticks()
    clock = Clock(START, monotonic=ticks)
    ticks.at += 1
    clock.advance(86_400)
    assert clock.now() == START + timedelta(days=1, seconds=1)


def test_held_it_moves_only_when_it_is_moved() -> None:
    ticks = Ticks()
    clock = Clock(START + timedelta(seconds=0.7), monotonic=ticks)
    clock.hold()
    ticks.at += 30
    assert clock.now() == START
    clock.advance(5)
    assert clock.now() == START + timedelta(seconds=5)
