"""Making the next value while the last is worked on: a database and Polars can keep different cores busy."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(values: Iterator[T]) -> Generator[T, None, None]:
    """Return *values* in their order, each made in a thread while the caller is busy with the one before.

    What fails in the thread fails here. A caller that leaves early waits for the value that is being made.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as thread:
        coming = thread.submit(_next, values)
        while value := coming.result():
            coming = thread.submit(_next, values)
            yield value[0]


def _next(values: Iterator[T]) -> tuple[T] | None:
    """Return the next value in a tuple of its own, which no end can be mistaken for."""
    for value in values:
        return (value,)
    return None
