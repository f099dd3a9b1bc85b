"""Promises broken on purpose: each break changes the program so that the tests named for it must fail.

``pytest -p tests.promises.plant`` with DEALWARDEN_BREAK set to a break's name runs any test against the broken program,
also where the test starts the program as a process of its own.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import polars as pl

from connectors.model import Outcome, Receipt, Write, WriteKind
from sync.cycle.apply import Applier
from sync.model.cycle_report import ConnectionReport
from sync.model.effect import Effect
from sync.model.own_task import TaskState


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


def _all_written(self: Applier, effects: Sequence[Effect]) -> list[Receipt]:
    """Take every create without a trustworthy answer for done."""
    receipts = [Receipt(one.effect_id, Outcome.DONE, one.key) for one in effects]
    self.store.ledger.record(self.conn, receipts, self.clock())
    return receipts


def _closed_where_silent(not_answering: Callable[..., tuple[str, ...]]) -> Callable[..., tuple[str, ...]]:
    """Take the tasks that do not answer for ones that we closed long ago."""

    def closed(cycle: Any, task_ids: Iterable[str]) -> tuple[str, ...]:
        silent = not_answering(cycle, task_ids)
        rows = cycle.store.tasks.by_id(cycle.conn, silent)
        ours = rows.with_columns(pl.lit(False).alias("is_open"), pl.lit("It was done.").alias("reason"))
        cycle.store.mirror.save_tasks(cycle.conn, ours)
        return silent

    return closed


def _next_step_too(record: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Write a field of the deal that is not ours along with the score."""

    def written(self: Any, write: Write) -> dict[str, Any]:
        more = {"NextStep": "Look at the score"} if write.kind is WriteKind.WRITE_SCORE else {}
        return record(self, write) | more

    return written


def _one_too_few(report: Callable[..., ConnectionReport]) -> Callable[..., ConnectionReport]:
    """Leave the first change out of what ``plan`` shows."""

    def shown(cycle: Any, *rest: Any) -> ConnectionReport:
        whole = report(cycle, *rest)
        return replace(whole, changes=whole.changes[1:]) if cycle.run.command == "plan" else whole

    return shown


PROOFS, JUDGED, PLANNED = "tests/proofs", "tests/rules/judgement", "tests/sync/plan/test_tasks.py"
ONCE, PEOPLE, PLANS = (
    f"{PROOFS}/test_{name}.py" for name in ("one_task_per_reason", "people_first", "plans_and_modes")
)

BREAKS = {
    "a key that depends on the run": Break(
        1,
        "sync.plan.task_changes:task_key",
        lambda key: lambda deal, family, episode: key(f"{deal}{next(_serial)}", family, episode),
        (
            f"{ONCE}::test_a_lost_database_adopts_what_stands_in_the_org",
            f"{PROOFS}/test_kill.py::test_killed_anywhere_and_run_once_more_the_tasks_are_those_of_an_undisturbed_run",
            f"{PROOFS}/test_disasters.py::test_two_daemons_with_databases_of_their_own_leave_what_one_leaves",
            f"{PROOFS}/test_postgres.py::test_two_daemons_on_one_database_leave_what_one_leaves",
        ),
    ),
    "managed tasks in the CRM are not looked at": Break(
        1,
        "sync.plan.history.read_history:tasks_of",
        lambda _: lambda *_: {},
        (
            f"{ONCE}::test_a_lost_database_adopts_what_stands_in_the_org",
            f"{PROOFS}/test_disasters.py"
            "::test_a_database_from_before_all_effects_makes_no_duplicate_and_keeps_what_people_typed",
        ),
    ),
    "a connection is known by what the configuration calls it": Break(
        1,
        "sync.store.connections:Connections.register",
        lambda number: lambda self, org, *, name, **more: number(self, replace(org, org_id=name), name=name, **more),
        (f"{ONCE}::test_a_renamed_connection_makes_no_second_task",),
    ),
    "a lost answer counts as written": Break(
        1,
        "sync.cycle.apply:Applier.read_back",
        lambda _: _all_written,
        (f"{ONCE}::test_a_cut_off_write_neither_loses_nor_doubles_a_task",),
    ),
    "what was on its way is never asked for": Break(
        1,
        "sync.cycle.recover:settle_in_flight",
        lambda _: lambda applier: [],
        (f"{PROOFS}/test_kill_daemon.py::test_a_daemon_killed_twice_leaves_what_an_undisturbed_run_leaves",),
    ),
    "a lease that everybody gets": Break(
        1,
        "sync.store.database.lease:fcntl.flock",
        lambda _: lambda *_: None,
        (f"{PROOFS}/test_disasters.py::test_a_second_daemon_on_one_database_leaves_the_connection_to_the_first",),
    ),
    "a lost lease stops nobody": Break(
        1,
        "sync.store.database.postgres_lease:RowLease.fence",
        lambda _: lambda *_: None,
        (
            "tests/sync/store/test_lease.py::test_a_holder_that_was_replaced_meanwhile_writes_nothing_more",
            f"{PROOFS}/test_postgres.py"
            "::test_a_daemon_that_slept_through_its_lease_in_the_middle_of_a_write_leaves_it_to_the_next",
        ),
    ),
    "a hidden duplicate is tried for ever": Break(
        1,
        "sync.cycle.apply:Applier._quarantine_hidden",
        lambda _: lambda self, receipts: list(receipts),
        (f"{PROOFS}/test_missing.py::test_a_lost_database_that_cannot_read_its_tasks_makes_none_of_them_twice",),
    ),
    "a create that was not found is sent again at once": Break(
        1,
        "sync.cycle.at_least_once:WAIT",
        lambda _: timedelta(0),
        (
            f"{PROOFS}/test_key_not_unique.py"
            "::test_a_create_that_is_not_found_is_sent_again_only_after_two_looks_fifteen_minutes_apart",
        ),
    ),
    "every key counts as kept unique": Break(
        1,
        "sync.cycle.run_cycle:applier_of",
        lambda applier: lambda cycle, found: applier(cycle, replace(found, key_enforced=True)),
        (f"{PROOFS}/test_key_not_unique.py::test_a_task_that_lands_late_is_adopted_and_not_made_twice",),
    ),
    "what a person deleted counts as closed by dealwarden": Break(
        2,
        "sync.plan.history.own_tasks:_state",
        lambda state: (
            lambda row: (
                state({**row, "is_deleted": False, "is_open": False, "reason": "ours"})
                if row["is_deleted"]
                else state(row)
            )
        ),
        (f"{PEOPLE}::test_a_task_that_a_person_deleted_is_not_made_again",),
    ),
    "every field counts as managed": Break(
        2,
        "sync.plan.history.own_tasks:user_modified",
        lambda _: lambda row, known: frozenset(),
        (
            f"{PEOPLE}::test_a_text_that_a_person_wrote_stays",
            f"{PEOPLE}::test_a_person_s_edit_stays_when_a_late_write_of_ours_lands_after_it",
        ),
    ),
    "a value from before a write still counts as managed": Break(
        2,
        "sync.store.task_fields:_read_back",
        lambda read_back: lambda one, row, value: read_back(one, {**row, "modified_by_us": True}, value),
        ("tests/sync/store/test_task_fields.py::test_what_a_person_turned_back_after_a_write_is_theirs",),
    ),
    "a field of the deal goes out with the score": Break(
        2,
        "connectors.salesforce.write:Writer._record",
        _next_step_too,
        (f"{PEOPLE}::test_only_our_tasks_and_our_score_fields_are_ever_written",),
    ),
    "no open task is ever over": Break(
        3,
        "sync.plan.tasks:_why_over",
        lambda _: lambda view, task, policy: None,
        (
            f"{PEOPLE}::test_a_task_closes_when_its_reason_is_gone",
            f"{PLANS}::test_a_scope_blanks_the_scores_and_closes_the_tasks_of_deals_that_leave_it",
            f"{PLANNED}::test_a_family_without_rules_closes_its_task_as_retired",
        ),
    ),
    "deals that ended are passed over": Break(
        3,
        "sync.plan.cycle_plan:close_ended",
        lambda _: lambda *_: iter(()),
        (f"{PEOPLE}::test_a_task_closes_when_its_deal_is_won_and_says_so",),
    ),
    "unknown counts as clear": Break(
        3,
        "sync.plan.frozen:frozen_rules",
        lambda _: lambda view, task: [],
        (f"{PROOFS}/test_unknown_freezes.py::test_a_hidden_field_closes_and_creates_nothing",),
    ),
    "a task that cannot be read counts as closed by dealwarden": Break(
        3,
        "sync.cycle.missing_tasks:_not_answering",
        _closed_where_silent,
        (f"{PROOFS}/test_missing.py::test_a_few_missing_tasks_are_told_and_neither_made_anew_nor_dismissed",),
    ),
    "missing is never too many": Break(
        3,
        "sync.cycle.missing_tasks:Missing.too_many",
        lambda _: property(lambda self: False),
        (f"{PROOFS}/test_missing.py::test_over_five_percent_missing_stops_the_connection_until_they_are_seen_again",),
    ),
    "a partial sync may close": Break(
        3,
        "sync.cycle.partial:KINDS",
        lambda _: frozenset(WriteKind),
        (f"{PROOFS}/test_partly_read.py::test_half_a_reading_scores_and_neither_creates_nor_closes",),
    ),
    "every source has coverage": Break(
        4,
        "rules.judgement.demands:FLOORS",
        lambda floors: dict.fromkeys(floors, -1.0),
        (
            f"{JUDGED}/test_coverage.py::test_the_floors_are_thirty_and_five_percent",
            f"{PROOFS}/test_real_pipeline.py::test_rules_without_evidence_find_nothing_and_say_so_once",
        ),
    ),
    "no cap suppresses": Break(
        4,
        "sync.plan.deal_plans:suppress",
        lambda _: lambda *_: [],
        (
            f"{PROOFS}/test_caps.py::test_nobody_gets_more_new_tasks_in_a_day_than_the_cap_allows",
            f"{PROOFS}/test_caps.py::test_a_deal_has_one_open_task_that_tells_of_the_others",
        ),
    ),
    "the reasons of a score tell twice the points": Break(
        5,
        "rules.judgement.score:worded",
        lambda worded: lambda ruleset, sums: worded(ruleset, sums.with_columns(pl.col("points") * 2)),
        (
            f"{JUDGED}/test_score.py::test_the_points_of_the_reasons_sum_to_the_score",
            f"{PLANS}::test_every_written_score_is_the_sum_of_its_reasons",
        ),
    ),
    "a task does not say what its rules saw": Break(
        5,
        "sync.model.task_text:_line",
        lambda line: lambda template, one, *rest: None if template == one.rule.evidence else line(template, one, *rest),
        (f"{PLANS}::test_every_task_names_its_rules_and_shows_the_values_that_they_saw",),
    ),
    "an explanation leaves out a rule": Break(
        5,
        "sync.inspect.explain:explain",
        lambda told: lambda *rest, **more: replace(told(*rest, **more), rules=told(*rest, **more).rules[1:]),
        (f"{PLANS}::test_an_explanation_adds_up_and_names_every_rule",),
    ),
    "a plan sends what it shows": Break(
        6,
        "sync.cycle.commit:_released",
        lambda _: lambda kept, run: kept.released,
        (f"{PLANS}::test_a_plan_writes_nothing_to_the_crm",),
    ),
    "a plan shows one change too few": Break(
        6,
        "sync.cycle.run_cycle:whole_report",
        _one_too_few,
        (f"{PLANS}::test_a_cycle_does_what_the_plan_before_it_showed",),
    ),
    "apply does whatever is wanted": Break(
        6,
        "sync.plan.approval:_is_asked",
        lambda _: lambda planned, cycle: True,
        (f"{PLANS}::test_apply_leaves_out_what_was_not_in_the_plan",),
    ),
    "every mode lets everything through": Break(
        6,
        "sync.plan.approval:may_write",
        lambda _: lambda planned, one, plan: True,
        (f"{PLANS}::test_a_mode_below_enforce_makes_no_task",),
    ),
    "no guard holds": Break(
        6,
        "sync.plan.guards:_breaches",
        lambda _: lambda asked, guards, measured: iter(()),
        (f"{PROOFS}/test_guards.py::test_too_many_new_tasks_are_held_and_the_scores_go_out",),
    ),
    "what was withdrawn counts as closed by dealwarden": Break(
        6,
        "sync.plan.history.own_tasks:_state",
        lambda state: lambda row: TaskState.CLOSED_BY_US if state(row) is TaskState.WITHDRAWN else state(row),
        (f"{PROOFS}/test_undo.py::test_an_undone_run_leaves_what_people_touched_and_does_not_come_back",),
    ),
    "the share has no end": Break(
        7,
        "connectors.budget:Budget.observe",
        lambda _: lambda self, used, maximum: None,
        ("tests/connectors/test_budget.py::test_calls_stop_at_our_share",),
    ),
    "nothing is kept for others": Break(
        7,
        "connectors.budget:KEPT_FOR_OTHERS",
        lambda _: 0.0,
        (
            "tests/connectors/test_budget.py::test_calls_stop_when_little_is_left_whoever_used_them",
            f"{PROOFS}/test_quota.py::test_with_a_thousand_calls_left_of_a_hundred_thousand_nothing_is_written",
        ),
    ),
    "a batch does not ask for remaining quota": Break(
        7,
        "connectors.salesforce.connector:SalesforceConnector.ensure_room",
        lambda _: lambda self, calls: None,
        (f"{PROOFS}/test_quota.py::test_wherever_the_quota_ends_no_write_is_parted_from_its_read_back",),
    ),
    "a family is known by the configuration alone": Break(
        1,
        "sync.plan.history.attribution:Attribution._strays",
        lambda _: lambda self, rows, origins: iter(()),
        (f"{PROOFS}/test_own_families.py::test_the_open_tasks_of_a_renamed_family_go_on_under_its_new_name",),
    ),
    "the ids that a merged deal had are forgotten": Break(
        1,
        "sync.store.origins:TaskOrigins.merged_into",
        lambda _: lambda self, conn, deal_ids: {},
        (f"{PROOFS}/test_merged_deals.py::test_after_a_merge_and_a_lost_database_one_task_stays_on_the_deal",),
    ),
    "a task that was opened again may stay beside a later one": Break(
        1,
        "sync.plan.tasks:_close_duplicates",
        lambda _: lambda name, task, policy: iter(()),
        (
            f"{PROOFS}/test_reopened.py"
            "::test_the_episode_that_a_person_opened_again_stays_alone_and_closes_with_its_deal",
        ),
    ),
    "any body counts as one that dealwarden wrote": Break(
        2,
        "sync.store.task_fields:is_signed",
        lambda _: lambda text, key: True,
        (f"{PEOPLE}::test_a_text_that_a_person_wrote_stays_though_we_gave_the_task_away_and_lost_the_database",),
    ),
    "a task without a deal is nobody's": Break(
        3,
        "sync.plan.history.attribution:_place",
        lambda place: lambda row, origin: None if row["deal_id"] is None else place(row, origin),
        (f"{PROOFS}/test_merged_deals.py::test_an_adopted_task_closes_when_its_deal_is_archived",),
    ),
    "a family that no rule has is not looked at": Break(
        3,
        "sync.plan.tasks:_families",
        lambda _: lambda deal_id, history, policy: policy.families,
        (
            f"{PROOFS}/test_own_families.py"
            "::test_the_open_tasks_of_a_rule_and_a_family_that_were_deleted_close_as_retired",
        ),
    ),
    "what was refused is never tried again": Break(
        3,
        "sync.cycle.run_cycle:tries_again",
        lambda _: lambda cycle, pulled: False,
        (f"{PROOFS}/test_refused.py::test_a_refused_closing_is_told_and_goes_through_with_the_sweep",),
    ),
    "what was deleted once stays deleted": Break(
        3,
        "sync.store.tasks:Tasks.believed_deleted",
        lambda _: lambda self, conn: [],
        (
            f"{PROOFS}/test_restored_tasks.py"
            "::test_a_task_that_was_deleted_and_restored_is_managed_again_after_the_next_sweep",
        ),
    ),
    "no row explains a date of last activity": Break(
        4,
        "rules.signals.explained:_days_of_own_tasks",
        lambda days: lambda tables: days({**tables, "own_tasks": tables["own_tasks"].clear()}),
        (f"{JUDGED}/test_touches.py::test_the_due_day_of_a_closed_managed_task_explains_a_summary_date",),
    ),
}
