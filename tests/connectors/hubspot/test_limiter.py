from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field

import pytest

from connectors.hubspot.api import VERSIONS, Window, window_of
from connectors.hubspot.limiter import Limiter


@dataclass
class Time:
    now: float = 0.0
    begun: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("kind", "most", "window"), [("search", 2, 1.0), ("other", 50, 10.0), ("associations", 50, 10.0)]
)
def test_no_window_ever_holds_more_than_half_of_what_it_may(kind: Window, most: int, window: float) -> None:
    time = Time()
    limiter = Limiter(time.sleep, lambda: time.now)
    for _ in range(300):
        with limiter.turn(kind):
            time.begun.append(time.now)
            time.now += 0.003

    assert max(sum(begin <= other < begin + window for other in time.begun) for begin in time.begun) == most


@pytest.mark.parametrize(("kind", "most", "window"), [("search", 2, 1.0), ("other", 50, 10.0)])
def test_no_window_is_overfull_wherever_on_its_way_a_call_is_counted(kind: Window, most: int, window: float) -> None:
    time, dice = Time(), random.Random(3)
    limiter = Limiter(time.sleep, lambda: time.now)
    counted: list[float] = []
    for _ in range(300):
        with limiter.turn(kind):
            length = dice.choice([0.001, 0.05, 0.4])
            counted.append(time.now + dice.uniform(0, length))
            time.now += length

    assert max(sum(first <= other < first + window for other in counted) for first in counted) == most


def test_a_call_that_failed_was_counted_too() -> None:
    time = Time()
    limiter = Limiter(time.sleep, lambda: time.now)
    for _ in range(2):
        with contextlib.suppress(OSError), limiter.turn("search"):
            raise OSError

    with limiter.turn("search"):
        assert time.now == 1.0


def test_a_portal_that_allows_more_is_asked_faster() -> None:
    time = Time()
    limiter = Limiter(time.sleep, lambda: time.now)
    limiter.observe(190)

    for _ in range(95):
        with limiter.turn("other"):
            pass

    assert time.now == 0.0


def test_who_comes_slowly_waits_for_nothing() -> None:
    time = Time()
    limiter = Limiter(time.sleep, lambda: time.now)
    for _ in range(10):
        before = time.now
        with limiter.turn("search"):
            assert time.now == before
        time.now += 0.6


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_every_path_is_counted_in_its_window(version: object) -> None:
    api = VERSIONS[version.name]  # type: ignore[attr-defined]

    assert window_of(api.search("deals")) == "search"
    assert window_of(api.associated("deals", "contacts")) == "associations"
    assert window_of(api.batch("tasks", "create")) == "other"


def test_the_older_version_keeps_associations_apart_from_objects() -> None:
    api = VERSIONS["v3"]

    assert api.associated("deals", "contacts") == "/crm/v4/associations/deals/contacts/batch/read"
    assert api.batch("tasks", "create") == "/crm/v3/objects/tasks/batch/create"
