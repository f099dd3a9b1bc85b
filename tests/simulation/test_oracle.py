"""The oracle judges rightly where a task and its rules do not stand in one family any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.simulation.oracle import Oracle, ViolationError, stem
from tests.simulation.records import Deal, Task
from tests.simulation.rulebook import EDITIONS

NOW = datetime(2026, 6, 18, 13, tzinfo=UTC)
DEAL = Deal(
    id="D1",
    name="Deal 1",
    state="open",
    close_date=date(2026, 9, 1),
    kind=None,
    muted_until=None,
    owner="U1",
    marks={"heat": "calm", "gap": "narrow", "crew": "none"},
    others={},
    scores={},
)
TASK = Task(
    id="T1",
    key=stem("D1", "threading") + "-1",
    is_open=True,
    is_deleted=False,
    by_us=True,
    reason="",
    fields={"body": "Rules: sim-crew (critical)"},
)


def _moved(crew: str | None) -> Oracle:
    """Give an oracle that saw the rule of the only task move to a family that has no task, with *crew* on the deal."""
    crm: Any = None  # at rest nobody asks it
    oracle = Oracle(crm, lambda: NOW, EDITIONS["another family"])
    oracle.editions = [(NOW, EDITIONS["first"]), (NOW, EDITIONS["another family"])]
    oracle.deals = {"D1": replace(DEAL, marks={**DEAL.marks, "crew": crew})}
    oracle.tasks = {"T1": TASK}
    return oracle


@pytest.mark.parametrize("crew", ["none", None], ids=["holds", "is unknown"])
def test_a_task_stays_for_a_rule_that_moved_while_it(crew: str | None) -> None:
    _moved(crew).settled(frozenset())


def test_a_task_whose_rule_moved_and_is_clear_may_not_stay() -> None:
    with pytest.raises(ViolationError, match="still stands"):
        _moved("full").settled(frozenset())
