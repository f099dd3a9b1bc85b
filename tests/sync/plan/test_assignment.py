"""Who gets a task, and by whose days it falls due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from connectors.model import TABLES
from rules.days.business_days import Calendar, Calendars
from rules.model import Facts
from sync.plan.assignment import Assignment, Assignments
from sync.plan.history.history import History
from sync.plan.tasks import plan_deal
from tests.sync.builders import small_policy, view

MONDAY = date(2026, 6, 15)
HOME, GULF = Calendar(days_off=frozenset({date(2026, 6, 16)})), Calendar(weekend=frozenset({4, 5}))
LATE_ON_SUNDAY = Facts(
    now=datetime(2026, 6, 14, 23, tzinfo=UTC),
    today=MONDAY,
    time_zone="Europe/Berlin",
    calendars=Calendars(HOME, {"Gulf": GULF}),
)
PEOPLE = [
    {"owner_id": "here", "active": True},
    {"owner_id": "gulf", "active": True, "country": "Gulf", "time_zone": "UTC"},
    {"owner_id": "left", "active": False, "manager_id": "gulf"},
    {"owner_id": "alone", "active": False},
]


@pytest.mark.parametrize(
    ("owner", "assignment"),
    [
        ("here", Assignment("here", MONDAY, HOME)),
        ("gulf", Assignment("gulf", date(2026, 6, 14), GULF)),
        ("left", Assignment("gulf", date(2026, 6, 14), GULF)),
        ("alone", Assignment("fallback", MONDAY, HOME)),
        ("unseen", Assignment("unseen", MONDAY, HOME)),
        (None, Assignment("fallback", MONDAY, HOME)),
    ],
)
def test_a_task_goes_by_the_day_and_the_calendar_of_who_gets_it(owner: str | None, assignment: Assignment) -> None:
    people = pl.DataFrame(PEOPLE, schema=TABLES["owners"])
    assert Assignments(people, LATE_ON_SUNDAY, "fallback").of(owner) == assignment


def test_a_task_falls_due_on_a_business_day_of_who_gets_it() -> None:
    to_whom = replace(view().assignment, today=MONDAY, calendar=HOME)
    (task,) = plan_deal(view(assignment=to_whom), History({}, {}, frozenset()), small_policy())
    assert task.change.due == date(2026, 6, 19)


@pytest.mark.parametrize(
    ("to", "fallback", "receiver"),
    [
        ("manager", "fallback", "gulf"),
        ("fallback", "fallback", "fallback"),
        ("fallback", None, "led"),
        ("user_field:x_se", "fallback", "here"),
        ("user_field:x_blank", "fallback", "led"),
    ],
)
def test_a_family_s_task_goes_to_whom_it_names_or_else_to_the_deal_s_owner(
    to: str, fallback: str | None, receiver: str
) -> None:
    people = pl.DataFrame([*PEOPLE, {"owner_id": "led", "active": True, "manager_id": "gulf"}], schema=TABLES["owners"])
    deal = {"owner_id": "led", "x_se": "here", "x_blank": None}
    assert Assignments(people, LATE_ON_SUNDAY, fallback).to(to, deal).owner_id == receiver
