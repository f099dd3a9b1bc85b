"""Business days by calendar: of the connection, and of the country of a deal's owner."""

from __future__ import annotations

from datetime import date

import pytest

from rules.days.business_days import Calendar, Calendars
from rules.days.calendar import business_day_after
from tests.rules.judgement.world import World

FRIDAY_BEFORE = date(2026, 6, 12)
HOME = Calendar(days_off=frozenset({FRIDAY_BEFORE}))
GULF = Calendar(weekend=frozenset({4, 5}))  # the fifteenth, a Monday, follows on a working Sunday
BOTH = Calendars(HOME, {"Gulf": GULF, "The Gulf": GULF})
COUNTED = ("business_days_in_phase", "age_business_days", "silent_business_days")


def counted(world: World, country: str | None) -> tuple[object, ...]:
    """The signals on Monday, 15 June of a deal that began on Wednesday, five days before."""
    world.add("owners", owner_id="o1", name="Rep", active=True, country=country)
    world.deal(owner_id="o1", entered=5, created_at=world.facts.now.replace(day=10))
    return tuple(world.signal(name) for name in COUNTED)


@pytest.mark.parametrize(
    ("country", "days"),
    [
        (None, 2),  # Wednesday and Thursday: Friday is a holiday
        ("Elsewhere", 2),
        ("Gulf", 3),  # Wednesday, Thursday and Sunday
        ("The Gulf", 3),
    ],
)
def test_business_days_are_those_of_the_owner_s_country_where_it_is_known(
    world: World, country: str | None, days: int
) -> None:
    assert counted(world.knows(calendars=BOTH), country) == (days,) * 3


def test_a_deal_without_an_owner_goes_by_the_connection_s_calendar(world: World) -> None:
    assert world.knows(calendars=BOTH).deal(entered=5).signal("business_days_in_phase") == 2


@pytest.mark.parametrize(
    ("calendar", "start", "count", "due"),
    [
        (HOME, date(2026, 6, 11), 1, date(2026, 6, 15)),
        (HOME, FRIDAY_BEFORE, 0, date(2026, 6, 15)),
        (GULF, date(2026, 6, 11), 1, date(2026, 6, 14)),
    ],
)
def test_a_due_day_is_a_business_day_of_its_calendar(calendar: Calendar, start: date, count: int, due: date) -> None:
    assert business_day_after(start, count, calendar) == due
