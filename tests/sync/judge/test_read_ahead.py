from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sync.judge.read_ahead import ahead


def test_values_come_in_their_order() -> None:
    assert list(ahead(iter(range(5)))) == [0, 1, 2, 3, 4]


def test_the_next_value_is_made_while_the_last_is_worked_on() -> None:
    made = threading.Event()

    def values() -> Iterator[int]:
        yield 1
        made.set()
        yield 2

    first = next(ahead(values()))
    assert (first, made.wait(10)) == (1, True)


def test_what_fails_in_the_thread_fails_at_the_caller() -> None:
    def values() -> Iterator[int]:
        yield 1
        raise LookupError

    coming = ahead(values())
    assert next(coming) == 1
    with pytest.raises(LookupError):
        next(coming)


def test_a_caller_may_leave_early() -> None:
    coming = ahead(iter(range(5)))
    next(coming)
    coming.close()
    assert list(coming) == []
