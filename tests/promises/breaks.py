"""Promises broken on purpose: each break changes the program so that the tests named for it must fail.

``pytest -p tests.promises.plant`` with DEALWARDEN_BREAK set to a break's name runs any test against the broken program.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from connectors.model import WriteKind


@dataclass(frozen=True)
class Break:
    """One way to break a promise: what it replaces, by what, and the tests that must notice."""

    promise: int
    target: str  # module:name, or module:class.name
    by: Callable[[Any], Any]  # from what stands there
    noticed_by: tuple[str, ...]

    @property
    def holder(self) -> tuple[Any, str]:
        module, _, path = self.target.partition(":")
        *outer, name = path.split(".")
        found: Any = importlib.import_module(module)
        for part in outer:
            found = getattr(found, part)
        return found, name

    def plant(self) -> None:
        holder, name = self.holder
        setattr(holder, name, self.by(getattr(holder, name)))


_serial = itertools.count()
PROOFS, JUDGED = "tests/proofs", "tests/rules/judgement"

BREAKS = {
    "a key that depends on the run": Break(
        1,
        "sync.plan:task_key",
        lambda key: lambda deal, family, episode: key(f"{deal}{next(_serial)}", family, episode),
        (f"{PROOFS}/test_one_task_per_reason.py::test_a_lost_database_adopts_what_stands_in_the_org",),
    ),
    "our tasks in the CRM are not looked at": Break(
        1,
        "sync.planning:latest_by_reason",
        lambda _: lambda tasks, families, **_: {},
        (f"{PROOFS}/test_one_task_per_reason.py::test_a_lost_database_adopts_what_stands_in_the_org",),
    ),
    "a create that was not found is sent again at once": Break(
        1,
        "sync.unenforced:WAIT",
        lambda _: timedelta(0),
        (
            f"{PROOFS}/test_key_not_unique.py::"
            "test_a_create_that_is_not_found_is_sent_again_only_after_two_looks_fifteen_minutes_apart",
        ),
    ),
    "every key counts as kept unique": Break(
        1,
        "sync.cycle:_applier",
        lambda applier: lambda cycle, found: applier(cycle, replace(found, key_enforced=True)),
        (f"{PROOFS}/test_key_not_unique.py::test_a_task_that_lands_late_is_adopted_and_not_made_twice",),
    ),
    "a lease that everybody gets": Break(
        1,
        "sync.store.lease:fcntl.flock",
        lambda _: lambda *_: None,
        (f"{PROOFS}/test_disasters.py::test_a_second_daemon_on_one_database_leaves_the_connection_to_the_first",),
    ),
    "a lost lease stops nobody": Break(
        1,
        "sync.store.postgres_lease:RowLease.fence",
        lambda _: lambda *_: None,
        ("tests/store/test_lease.py::test_a_holder_that_was_replaced_meanwhile_writes_nothing_more",),
    ),
    "a hidden duplicate is tried for ever": Break(
        1,
        "sync.apply:Applier._quarantine_hidden",
        lambda _: lambda self, receipts: list(receipts),
        (f"{PROOFS}/test_missing.py::test_a_lost_database_that_cannot_read_its_tasks_makes_none_of_them_twice",),
    ),
    "missing is never too many": Break(
        3,
        "sync.missing:Missing.too_many",
        lambda _: property(lambda self: False),
        (f"{PROOFS}/test_missing.py::test_over_five_percent_missing_stops_the_connection_until_they_are_seen_again",),
    ),
    "what a person deleted counts as closed by us": Break(
        2,
        "sync.own_tasks:_state",
        lambda state: (
            lambda row: (
                state({**row, "is_deleted": False, "is_open": False, "reason": "ours"})
                if row["is_deleted"]
                else state(row)
            )
        ),
        (f"{PROOFS}/test_people_first.py::test_a_task_that_a_person_deleted_is_not_made_again",),
    ),
    "every field is ours": Break(
        2,
        "sync.own_tasks:theirs",
        lambda _: lambda row, known: frozenset(),
        (
            f"{PROOFS}/test_people_first.py::test_a_text_that_a_person_wrote_stays",
            f"{PROOFS}/test_people_first.py::test_a_person_s_edit_stays_when_a_late_write_of_ours_lands_after_it",
        ),
    ),
    "unknown counts as clear": Break(
        3,
        "sync.plan:_frozen",
        lambda _: lambda view, task: [],
        (f"{PROOFS}/test_unknown_freezes.py::test_a_hidden_field_closes_and_creates_nothing",),
    ),
    "half a reading may close": Break(
        3,
        "sync.partly:KINDS",
        lambda _: frozenset(WriteKind),
        (f"{PROOFS}/test_partly_read.py::test_half_a_reading_scores_and_neither_creates_nor_closes",),
    ),
    "every source has coverage": Break(
        4,
        "rules.coverage:FLOORS",
        lambda floors: dict.fromkeys(floors, -1.0),
        (f"{JUDGED}/test_coverage.py::test_the_floors_are_thirty_and_five_percent",),
    ),
    "the worst finding of a family counts twice": Break(
        5,
        "rules.score:_family_points",
        lambda points: lambda ruleset, family: points(ruleset, family) * 2,
        (f"{JUDGED}/test_score.py::test_the_points_of_the_reasons_sum_to_the_score",),
    ),
    "a plan sends what it shows": Break(
        6,
        "sync.remember:_released",
        lambda _: lambda kept, run: kept.released,
        (f"{PROOFS}/test_plans_and_modes.py::test_a_plan_writes_nothing_to_the_crm",),
    ),
    "no guard holds": Break(
        6,
        "sync.guard:_breaches",
        lambda _: lambda asked, guards, measured: iter(()),
        (f"{PROOFS}/test_guards.py::test_too_many_new_tasks_are_held_and_the_scores_go_out",),
    ),
    "what was withdrawn counts as closed by us": Break(
        6,
        "sync.own_tasks:WITHDRAWN",
        lambda _: "Never:",
        (f"{PROOFS}/test_undo.py::test_an_undone_run_leaves_what_people_touched_and_does_not_come_back",),
    ),
    "our share has no end": Break(
        7,
        "connectors.budget:Budget.learn",
        lambda _: lambda self, used, maximum: None,
        ("tests/connectors/test_budget.py::test_calls_stop_at_our_share",),
    ),
    "a batch asks for no room": Break(
        7,
        "connectors.salesforce.connector:SalesforceConnector.ensure_room",
        lambda _: lambda self, calls: None,
        (f"{PROOFS}/test_quota.py::test_wherever_the_quota_ends_no_write_is_parted_from_its_read_back",),
    ),
}
