"""That a write costs the same in a full org as in an empty one, counted in steps of the database and not in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.salesforce.org.org import Org

_STEP = 100
_SAMPLE = 50
_BALLAST = 3_000


def steps(org: Org, work: Callable[[], object]) -> int:
    """How many instructions the database carried out for *work*."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    connection = org._storage.connection
    connection.set_progress_handler(tick, _STEP)
    try:
        work()
    finally:
        connection.set_progress_handler(None, _STEP)
    return ticks * _STEP


@pytest.fixture
def deals(org: Org, person: str) -> list[str]:
    made = []
    for number in range(100):
        account = org.insert("Account", {"Name": f"Account {number}"}, by=person)
        values = {"Name": str(number), "StageName": "Discovery", "CloseDate": "2026-09-30", "AccountId": account}
        made.append(org.insert("Opportunity", values, by=person))
    return made


def fill(org: Org, deals: list[str]) -> None:
    """Load tasks of other deals than those that are written to."""
    rows = ({"Subject": "Old", "WhatId": deals[50 + number % 50], "Status": "Completed"} for number in range(_BALLAST))
    org.load("Task", rows)
    org.settle()


def life(org: Org, deals: list[str], keys: str) -> None:
    """Create tasks, complete them, delete and restore them."""
    for number in range(_SAMPLE):
        values = {"Subject": "New", "WhatId": deals[number], "Dealwarden_Key__c": f"{keys}{number}"}
        task = org.insert("Task", values, by=org.user_id)
        org.update("Task", task, {"Status": "Completed"}, by=org.user_id)
        org.delete("Task", task, by=org.user_id)
        org.undelete("Task", task, by=org.user_id)


def test_a_write_costs_the_same_in_a_full_org(org: Org, deals: list[str]) -> None:
    life(org, deals, "warm:")
    empty = steps(org, lambda: life(org, deals, "a:"))
    fill(org, deals)
    full = steps(org, lambda: life(org, deals, "b:"))
    assert full < 1.3 * empty, f"{full / empty:.2f} times the steps with {_BALLAST} more tasks in the org"
