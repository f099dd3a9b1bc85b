"""Texts of an earlier version are written anew once, worst first, and not more of them a day than allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.language.words import ENGLISH
from rules.model import Severity
from sync.model import task_text
from sync.model.answers import Answer, answer_in
from sync.model.own_task import OwnTask, TaskState
from sync.model.task_key import task_key
from sync.plan.policy import Policy
from sync.plan.rewrites import rewrites_of
from tests.sync.builders import DEAL, SLIP, TODAY, finding, view
from tests.sync.plan.test_tasks import history, planned, task

FOOT = (
    "Answer\nThis task closes itself once the reason is gone. Complete or delete it to say that you have dealt "
    'with it, or answer in a line of its own: "#snooze 30d", "#notrisk why", "#wrongdata what".'
)
"""How the version before said to answer."""


def old_body(key: str, rules: str = "slip-rule (high)") -> str:
    """Return a body as the version before wrote it, without a version of its text."""
    why = "Why\n- Slip rule: Globex renewal is worth 5000\n\nDo\n- Do something about it\n\nDone when\n- It is done"
    return f"{why}\n\n{FOOT}\n\nRules: {rules}\nWritten 2026-06-01, {key}"


def old_task(policy: Policy, deal_id: str = DEAL, rules: str = "slip-rule (high)", **changes: Any) -> OwnTask:
    """Return an open task of the version before."""
    key = task_key(deal_id, "slip", 1)
    made = {"made_on": date(2026, 6, 1), "body": old_body(key, rules)} | changes
    return task(policy, deal_id=deal_id, key=key, **made)


def due_now(policy: Policy, *tasks: OwnTask, per_day: int = 200) -> list[str]:
    """Return the deals of the tasks whose turn it is, where everything that they are about still holds."""
    holding = {(own.deal_id, own.family) for own in tasks}
    keys = rewrites_of(tasks, holding, policy, per_day)
    return [own.deal_id for own in tasks if own.key in keys]


def rewritten(policy: Policy, deal_id: str = DEAL, **changes: Any) -> OwnTask:
    """Return the same task after its rewrite."""
    own = old_task(policy, deal_id)
    text = task_text.body(view().findings["slip"], view().values, ENGLISH, key=own.key, written=TODAY)
    return replace(own, body=text, **changes)


def test_a_text_of_an_earlier_version_is_written_anew(policy: Policy) -> None:
    assert due_now(policy, old_task(policy)) == [DEAL]


def test_a_text_of_another_language_is_written_anew(policy: Policy) -> None:
    german = replace(policy, ruleset=replace(policy.ruleset, language=replace(ENGLISH, code="de")))
    assert due_now(german, rewritten(policy)) == [DEAL]


def test_a_text_of_this_version_is_not(policy: Policy) -> None:
    assert due_now(policy, rewritten(policy)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": TaskState.COMPLETED},
        {"user_modified": frozenset({"body"})},
        {"answer": Answer("notrisk", "known")},
        {"body": "A person's own words."},
    ],
)
def test_what_ended_or_is_a_person_s_is_not(policy: Policy, changes: dict[str, Any]) -> None:
    assert due_now(policy, old_task(policy, **changes)) == []


def test_a_task_whose_reason_does_not_hold_takes_nobody_s_turn(policy: Policy) -> None:
    gone, holds = old_task(policy, "d1", "slip-rule (critical)"), old_task(policy, "d2")
    assert rewrites_of([gone, holds], {("d2", "slip")}, policy, 1) == {holds.key}


def test_the_worst_come_first_by_the_severities_that_they_state(policy: Policy) -> None:
    tasks = [
        old_task(policy, "d1"),
        old_task(policy, "d2", "other (warn), slip-rule (critical)"),
        old_task(policy, "d3", "x (warn)"),
    ]
    assert [due_now(policy, *tasks, per_day=most) for most in (1, 2)] == [["d2"], ["d1", "d2"]]


def test_what_was_rewritten_today_counts_for_the_day_without_any_record_but_the_tasks(policy: Policy) -> None:
    waiting = [old_task(policy, f"d{number}") for number in range(3)]
    assert len(due_now(policy, rewritten(policy, "r1"), rewritten(policy, "r2"), *waiting, per_day=3)) == 1


def test_a_rewritten_task_that_a_person_completed_still_counts_for_its_day(policy: Policy) -> None:
    done = rewritten(policy, "r1", state=TaskState.COMPLETED, ended_on=TODAY)
    assert due_now(policy, done, old_task(policy), per_day=1) == []


def test_a_new_task_of_today_counts_for_no_rewrite(policy: Policy) -> None:
    assert due_now(policy, rewritten(policy, "r1", made_on=TODAY), old_task(policy), per_day=1) == [DEAL]


def test_the_next_day_goes_on(policy: Policy) -> None:
    tomorrow = replace(policy, today=date(2026, 6, 16))
    assert due_now(tomorrow, rewritten(policy, "r1"), old_task(policy), per_day=1) == [DEAL]


def test_no_limit_is_all_of_them(policy: Policy) -> None:
    assert len(due_now(policy, *(old_task(policy, f"d{number}") for number in range(300)), per_day=0)) == 300


def test_a_text_whose_turn_it_is_gets_its_new_body_and_the_next_cycle_nothing(policy: Policy) -> None:
    own = old_task(policy)
    [update] = planned(view(), history(own), replace(policy, rewrites=frozenset({own.key})))
    assert task_text.version_in(update.values["body"]) == "v2"
    assert planned(view(), history(replace(own, body=update.values["body"])), policy) == []


def test_a_text_that_waits_for_its_turn_stays_whatever_it_would_say_now(policy: Policy) -> None:
    worse = view(findings={"slip": (finding(SLIP, Severity.CRITICAL),)}, changed=True)
    assert planned(worse, history(old_task(policy)), policy) == []


def test_a_rewrite_makes_no_second_task_and_moves_no_due_day(policy: Policy) -> None:
    own = old_task(policy)
    [update] = planned(view(), history(own), replace(policy, rewrites=frozenset({own.key})))
    assert set(update.values) == {"body"}


def test_a_new_text_answers_itself_in_no_version(policy: Policy) -> None:
    assert answer_in(rewritten(policy).body) is None
    assert answer_in(old_body("dw:00000000000000000000-1")) is None
