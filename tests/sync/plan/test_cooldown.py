"""When a family has a task again after its last one ended, row by row of the truth table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from connectors.model import OWN_TASKS
from rules.days.business_days import Calendar
from rules.model import Severity
from sync.model.answers import Answer
from sync.model.finding import rules_line
from sync.model.own_task import OwnTask, TaskState
from sync.model.task_key import task_key
from sync.plan.capacity import disputes_of
from sync.plan.history.history import History
from sync.plan.history.own_tasks import latest_by_reason
from sync.plan.policy import Policy
from sync.plan.tasks import plan_deal, releases
from tests.sync.builders import DEAL, SLIP, TODAY, finding, rule, view

AFTER_COOLDOWN = date(2026, 6, 29)  # ten business days after TODAY, a Monday
CLOSED_FOR_A_WEEK = Calendar(days_off=frozenset(date(2026, 6, day) for day in range(15, 20)))
SNOOZE = Answer("snooze", "", 30)
NOT_A_RISK = Answer("notrisk", "they buy through a partner")


def ended(state: TaskState, **changes: Any) -> OwnTask:
    body = f"Rules: {rules_line(view().findings['slip'])}"
    values: dict[str, Any] = {
        "task_id": "00T1",
        "key": task_key(DEAL, "slip", 1),
        "deal_id": DEAL,
        "family": "slip",
        "episode": 1,
        "state": state,
        "user_modified": frozenset(),
        "owner_id": "005",
        "subject": "Look",
        "body": body,
        "priority": "high",
        "due": None,
        "modified_at": None,
        "ended_on": TODAY,
        "completions": int(state is TaskState.COMPLETED),
    }
    return OwnTask(**(values | changes))


def starts(policy: Policy, task: OwnTask, day: date, released: Any = (), **deal: Any) -> bool:
    past = History({(DEAL, "slip"): task}, {(DEAL, "slip"): task.episode}, frozenset(released))
    return bool(list(plan_deal(view(**deal), past, replace(policy, today=day))))


def test_a_completed_task_starts_no_other_during_the_cooldown(policy: Policy) -> None:
    assert not starts(policy, ended(TaskState.COMPLETED), AFTER_COOLDOWN - timedelta(days=1))


def test_after_the_cooldown_the_same_finding_makes_the_next_task(policy: Policy) -> None:
    assert starts(policy, ended(TaskState.COMPLETED), AFTER_COOLDOWN)


def test_the_cooldown_is_the_configured_one(policy: Policy) -> None:
    assert starts(replace(policy, cooldown=2), ended(TaskState.COMPLETED), date(2026, 6, 17))


def test_days_off_lengthen_the_cooldown(policy: Policy) -> None:
    away = replace(policy, calendar=CLOSED_FOR_A_WEEK)
    assert not starts(away, ended(TaskState.COMPLETED), AFTER_COOLDOWN)
    assert starts(away, ended(TaskState.COMPLETED), date(2026, 7, 6))


def test_a_higher_severity_starts_a_task_at_once(policy: Policy) -> None:
    worse = {"slip": (finding(SLIP, Severity.CRITICAL),)}
    assert starts(policy, ended(TaskState.COMPLETED), TODAY, findings=worse)


def test_a_rule_that_the_completed_task_did_not_name_starts_a_task_at_once(policy: Policy) -> None:
    other = {"slip": (finding(rule("another-slip-rule", "slip"), Severity.HIGH),)}
    assert starts(policy, ended(TaskState.COMPLETED), TODAY, findings=other)


def test_a_new_rule_below_the_severity_for_tasks_does_not_break_the_cooldown(policy: Policy) -> None:
    mild = finding(rule("another-slip-rule", "slip"), Severity.WARN)
    assert not starts(policy, ended(TaskState.COMPLETED), TODAY, findings={"slip": (*view().findings["slip"], mild)})


def test_a_text_that_names_no_rules_any_more_counts_as_naming_all(policy: Policy) -> None:
    worse = {"slip": (finding(SLIP, Severity.CRITICAL),)}
    assert not starts(policy, ended(TaskState.COMPLETED, body="done, called them"), TODAY, findings=worse)


def test_after_two_completions_there_is_no_third_task(policy: Policy) -> None:
    twice = ended(TaskState.COMPLETED, episode=2, completions=2)
    assert not starts(policy, twice, AFTER_COOLDOWN)


def test_two_completions_with_a_clear_day_between_are_no_dispute(policy: Policy) -> None:
    twice = ended(TaskState.COMPLETED, episode=2, completions=2)
    assert starts(policy, twice, AFTER_COOLDOWN, released=[(DEAL, "slip", 1)])


def test_a_deleted_task_starts_no_other_however_long_it_holds(policy: Policy) -> None:
    assert not starts(policy, ended(TaskState.DELETED), AFTER_COOLDOWN + timedelta(days=365))


@pytest.mark.parametrize("state", [TaskState.CLOSED_BY_US, TaskState.COMPLETED])
def test_a_snooze_starts_nothing_until_its_day(policy: Policy, state: TaskState) -> None:
    snoozed = ended(state, answer=SNOOZE)
    assert [starts(policy, snoozed, date(2026, 7, day)) for day in (14, 15)] == [False, True]


def test_a_higher_severity_does_not_break_a_snooze(policy: Policy) -> None:
    worse = {"slip": (finding(SLIP, Severity.CRITICAL),)}
    assert not starts(policy, ended(TaskState.CLOSED_BY_US, answer=SNOOZE), TODAY, findings=worse)


def test_not_a_risk_starts_nothing_until_the_reason_was_clear(policy: Policy) -> None:
    answered = ended(TaskState.CLOSED_BY_US, answer=NOT_A_RISK)
    assert not starts(policy, answered, AFTER_COOLDOWN)
    assert starts(policy, answered, AFTER_COOLDOWN, released=[(DEAL, "slip", 1)])


def test_an_answered_reason_that_is_clear_is_released(policy: Policy) -> None:
    past = History({(DEAL, "slip"): ended(TaskState.CLOSED_BY_US, answer=NOT_A_RISK)}, {}, frozenset())
    assert list(releases(view(findings={}), past, policy)) == [(DEAL, "slip", 1)]


def test_an_open_task_closes_with_its_answer_as_the_reason(policy: Policy) -> None:
    answered = ended(TaskState.OPEN, answer=NOT_A_RISK)
    past = History({(DEAL, "slip"): answered}, {}, frozenset())
    [close] = plan_deal(view(), past, policy)
    assert close.values == {"reason": "Not a risk, as answered: they buy through a partner"}


def test_completions_are_counted_back_from_the_last_task() -> None:
    rows = [
        {"task_id": str(n), "key": task_key(DEAL, "slip", n), "deal_id": DEAL, "is_open": False, "reason": reason}
        for n, reason in ((1, ""), (2, "Resolved"), (3, ""), (4, ""))
    ]
    tasks = latest_by_reason(pl.DataFrame(rows, schema_overrides=OWN_TASKS, schema=OWN_TASKS), ["slip"])
    assert tasks[DEAL, "slip"].completions == 2


def disputes(task: OwnTask, policy: Policy) -> list[tuple[str, str]]:
    known = History({(DEAL, "slip"): task}, {}, frozenset())
    return [(entry.want.family, entry.cause) for entry in disputes_of(view(), known, policy)]


def test_a_family_whose_task_was_completed_twice_while_its_reason_held_is_reported_as_disputed(policy: Policy) -> None:
    assert disputes(ended(TaskState.COMPLETED, episode=2, completions=2), policy) == [("slip", "disputed")]


def test_a_family_whose_task_was_completed_once_is_not_disputed(policy: Policy) -> None:
    assert disputes(ended(TaskState.COMPLETED, completions=1), policy) == []
