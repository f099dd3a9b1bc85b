from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.model import WriteKind
from rules.language.words import ENGLISH
from rules.model import Severity
from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.finding import rules_line
from sync.model.own_task import OwnTask, TaskState
from sync.model.task_key import task_key
from sync.plan.assignment import Assignment
from sync.plan.history.history import History
from sync.plan.policy import Policy
from sync.plan.tasks import plan_closed_deal, plan_deal, releases
from tests.sync.builders import DEAL, HYGIENE, SLIP, TODAY, finding, view


def nothing_known() -> History:
    return History({}, {}, frozenset())


def task(policy: Policy, **changes: Any) -> OwnTask:
    """An open managed task that says just what the planner would say now."""
    key = task_key(DEAL, "slip", 1)
    deal = view()
    values: dict[str, Any] = {
        "task_id": "00T000000000001AAA",
        "key": key,
        "deal_id": DEAL,
        "family": "slip",
        "episode": 1,
        "state": TaskState.OPEN,
        "user_modified": frozenset(),
        "owner_id": deal.assignment.owner_id,
        "subject": task_text.subject(
            deal.findings["slip"][0], policy.ruleset.families["slip"], deal.values, policy.subject_prefix, ENGLISH
        ),
        "body": task_text.body(deal.findings["slip"], deal.values, ENGLISH, key=key, written=date(2026, 6, 1)),
        "priority": "high",
        "due": date(2026, 6, 4),
        "modified_at": None,
    }
    return OwnTask(**(values | changes))


def history(*tasks: OwnTask, reached: Mapping[tuple[str, str], int] | None = None, released: Any = ()) -> History:
    return History({(own.deal_id, own.family): own for own in tasks}, reached or {}, frozenset(released))


def planned(deal: Any, past: History, policy: Policy) -> list[PlannedChange]:
    return list(plan_deal(deal, past, policy))


def test_a_finding_without_a_task_makes_the_first_episode(policy: Policy) -> None:
    [create] = planned(view(), nothing_known(), policy)
    assert (create.kind, create.change.key) == (WriteKind.CREATE_TASK, task_key(DEAL, "slip", 1))


@pytest.mark.parametrize("state", [TaskState.OPEN, TaskState.COMPLETED])
def test_a_second_task_under_the_same_key_is_closed_and_says_why(policy: Policy, state: TaskState) -> None:
    twin = task(policy, task_id="00T000000000002AAA")
    [close] = planned(view(), history(task(policy, state=state, ended_on=TODAY, duplicates=(twin,))), policy)
    assert (close.kind, close.remote_id) == (WriteKind.CLOSE_TASK, twin.task_id)
    assert close.change.why == "Another managed task exists here for the same reason."


@pytest.mark.parametrize(("state", "closed"), [(TaskState.OPEN, 2), (TaskState.COMPLETED, 1)])
def test_a_closed_deal_closes_every_task_that_is_open_under_a_key(
    policy: Policy, state: TaskState, closed: int
) -> None:
    twin = task(policy, task_id="00T000000000002AAA")
    past = history(task(policy, state=state, ended_on=TODAY, duplicates=(twin,)))
    assert len(list(plan_closed_deal(DEAL, "Deal", "The deal is won.", past, policy))) == closed


def test_a_new_task_is_due_after_the_family_s_business_days_of_its_owner(policy: Policy) -> None:
    friday = view(assignment=Assignment("005", date(2026, 6, 19)))
    [create] = planned(friday, nothing_known(), policy)
    assert create.change.due == date(2026, 6, 24)


def test_a_family_s_task_goes_to_the_one_that_it_names(policy: Policy) -> None:
    families = {"slip": replace(policy.ruleset.families["slip"], to="manager")}
    to_manager = replace(policy, ruleset=replace(policy.ruleset, families=families), families=frozenset(families))
    [create] = planned(view(receivers={"manager": Assignment("boss", date(2026, 6, 19))}), nothing_known(), to_manager)
    assert (create.values["owner_id"], create.change.due) == ("boss", date(2026, 6, 24))


def test_a_finding_below_the_severity_for_tasks_makes_none(policy: Policy) -> None:
    mild = view(findings={"slip": (finding(SLIP, Severity.WARN),)})
    assert planned(mild, nothing_known(), policy) == []


def test_every_family_has_its_own_task(policy: Policy) -> None:
    both = view(findings={"slip": (finding(SLIP, Severity.HIGH),), "hygiene": (finding(HYGIENE, Severity.HIGH),)})
    assert [change.change.family for change in planned(both, nothing_known(), policy)] == ["hygiene", "slip"]


def test_an_open_task_that_says_it_all_needs_nothing(policy: Policy) -> None:
    assert planned(view(), history(task(policy)), policy) == []


def test_a_day_turn_rewrites_nothing_even_where_the_wording_aged(policy: Policy) -> None:
    aged = view(values={"deal": {"name": "Globex renewal"}, "amount": 7000.0})
    assert planned(aged, history(task(policy)), policy) == []


def test_a_changed_deal_rewrites_the_body_that_states_the_old_value(policy: Policy) -> None:
    changed = view(values={"deal": {"name": "Globex renewal"}, "amount": 7000.0}, changed=True)
    [update] = planned(changed, history(task(policy)), policy)
    assert sorted(update.values) == ["body"]


def test_a_worse_level_rewrites_the_body(policy: Policy) -> None:
    worse = view(findings={"slip": (finding(SLIP, Severity.CRITICAL),)})
    [update] = planned(worse, history(task(policy)), policy)
    assert "Rules: slip-rule (critical)" in update.values["body"]


def test_a_rewrite_never_moves_the_due_day(policy: Policy) -> None:
    worse = view(findings={"slip": (finding(SLIP, Severity.CRITICAL),)})
    [update] = planned(worse, history(task(policy)), policy)
    assert "due" not in update.values


def test_the_crm_s_line_endings_are_no_difference(policy: Policy) -> None:
    windows = task(policy, body=task(policy).body.replace("\n", "\r\n"))
    assert planned(view(changed=True), history(windows), policy) == []


def test_a_new_owner_of_the_deal_gets_the_task(policy: Policy) -> None:
    handed_over = view(assignment=Assignment("005000000000002AAA", TODAY))
    [update] = planned(handed_over, history(task(policy)), policy)
    assert update.values == {"owner_id": "005000000000002AAA"}


EVERY_FIELD = {"body", "subject", "priority", "owner_id"}


@pytest.mark.parametrize("mine", sorted(EVERY_FIELD))
def test_a_field_that_a_person_changed_is_left_and_the_others_stay_managed(policy: Policy, mine: str) -> None:
    moved = view(
        findings={"slip": (finding(SLIP, Severity.CRITICAL),)},
        values={"deal": {"name": "Globex"}, "amount": 7000.0},
        assignment=Assignment("005000000000002AAA", TODAY),
    )
    [update] = planned(moved, history(task(policy, priority="low", user_modified=frozenset({mine}))), policy)
    assert set(update.values) == EVERY_FIELD - {mine}


def test_a_task_whose_fields_are_all_a_person_s_is_not_rewritten(policy: Policy) -> None:
    worse = view(findings={"slip": (finding(SLIP, Severity.CRITICAL),)})
    assert planned(worse, history(task(policy, user_modified=frozenset(EVERY_FIELD))), policy) == []


def test_a_task_that_a_person_changed_still_closes_when_its_reason_is_gone(policy: Policy) -> None:
    [close] = planned(view(findings={}), history(task(policy, user_modified=frozenset({"body"}))), policy)
    assert close.values == {"reason": "Resolved: the reason is gone."}


def test_a_task_whose_text_a_person_replaced_stays_while_a_rule_of_its_family_is_unknown(policy: Policy) -> None:
    rewritten = task(policy, user_modified=frozenset({"body"}), body="I am on it")
    assert planned(view(findings={}, unknown=frozenset({"slip-rule"})), history(rewritten), policy) == []


def test_a_task_closes_as_resolved_when_its_family_is_clear(policy: Policy) -> None:
    [close] = planned(view(findings={}), history(task(policy)), policy)
    assert (close.kind, close.values["reason"]) == (WriteKind.CLOSE_TASK, "Resolved: the reason is gone.")


def test_an_unknown_rule_closes_nothing(policy: Policy) -> None:
    assert planned(view(findings={}, unknown=frozenset({"slip-rule"})), history(task(policy)), policy) == []


def test_a_milder_finding_keeps_its_open_task(policy: Policy) -> None:
    mild = view(findings={"slip": (finding(SLIP, Severity.WARN),)})
    assert [change.kind for change in planned(mild, history(task(policy)), policy)] == [WriteKind.UPDATE_TASK]


def test_a_deal_out_of_scope_closes_its_task_and_says_so(policy: Policy) -> None:
    [close] = planned(view(findings={}, excluded="The deal is out of scope."), history(task(policy)), policy)
    assert close.values["reason"] == "The deal is out of scope."


def test_a_family_without_rules_closes_its_task_as_retired(policy: Policy) -> None:
    retired = replace(policy, ruleset=replace(policy.ruleset, rules=(HYGIENE,)))
    [close] = planned(view(findings={}), history(task(policy)), retired)
    assert close.values["reason"] == "The rule was retired."


def test_a_task_whose_rules_went_to_another_family_closes_and_says_so(policy: Policy) -> None:
    moved = tuple(replace(rule, family=HYGIENE.family) for rule in policy.ruleset.rules)
    regrouped = replace(policy, ruleset=replace(policy.ruleset, rules=moved))
    [close] = planned(view(findings={}), history(task(policy)), regrouped)
    assert close.values["reason"] == "The rule belongs to another task now."


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.DELETED])
def test_after_a_person_ended_the_task_the_same_finding_makes_no_new_one(policy: Policy, state: TaskState) -> None:
    assert planned(view(), history(task(policy, state=state)), policy) == []


def test_once_clear_the_family_may_have_a_task_again_with_the_next_episode(policy: Policy) -> None:
    ended = task(policy, state=TaskState.COMPLETED)
    [create] = planned(view(), history(ended, released=[(DEAL, "slip", 1)]), policy)
    assert create.change.key == task_key(DEAL, "slip", 2)


def test_a_clear_family_releases_the_episode_that_a_person_ended(policy: Policy) -> None:
    ended = history(task(policy, state=TaskState.COMPLETED))
    assert list(releases(view(findings={}), ended, policy)) == [(DEAL, "slip", 1)]


def test_an_unknown_family_releases_nothing(policy: Policy) -> None:
    ended = history(task(policy, state=TaskState.COMPLETED))
    assert list(releases(view(findings={}, unknown=frozenset({"slip-rule"})), ended, policy)) == []


def test_after_our_own_closing_a_new_finding_makes_the_next_episode(policy: Policy) -> None:
    [create] = planned(view(), history(task(policy, state=TaskState.CLOSED_BY_US)), policy)
    assert create.change.key == task_key(DEAL, "slip", 2)


def test_a_task_that_the_ledger_made_and_the_crm_hides_is_not_made_again(policy: Policy) -> None:
    assert planned(view(), history(reached={(DEAL, "slip"): 1}), policy) == []


def test_a_won_deal_closes_its_task_with_that_reason(policy: Policy) -> None:
    [close] = plan_closed_deal(DEAL, "Globex renewal", "The deal was won.", history(task(policy)), policy)
    assert close.values["reason"] == "The deal was won."


def test_a_task_that_closes_says_why_on_top_of_its_body(policy: Policy) -> None:
    [close] = planned(view(findings={}), history(task(policy)), policy)
    assert close.values["body"] == f"Closed 2026-06-15: Resolved: the reason is gone.\n\n{task(policy).body}"


def test_a_won_deal_closes_a_task_that_a_person_changed_too(policy: Policy) -> None:
    mine = history(task(policy, user_modified=frozenset({"body"})))
    assert len(list(plan_closed_deal(DEAL, "Globex renewal", "The deal was won.", mine, policy))) == 1


def test_an_unknown_rule_that_the_task_never_named_keeps_it_from_nothing(policy: Policy) -> None:
    [close] = planned(view(findings={}, unknown=frozenset({"another-slip-rule"})), history(task(policy)), policy)
    assert close.kind is WriteKind.CLOSE_TASK


def two_rules(policy: Policy) -> OwnTask:
    """A task that names the slip rule and, milder, another one of its family."""
    both = rules_line(view().findings["slip"], [("another-slip-rule", Severity.WARN)])
    return task(policy, body=task(policy).body.replace("Rules: slip-rule (high)", f"Rules: {both}"))


def test_a_rule_that_became_unknown_rewrites_nothing(policy: Policy) -> None:
    frozen = view(unknown=frozenset({"another-slip-rule"}))
    assert planned(frozen, history(two_rules(policy)), policy) == []


def test_a_rewrite_goes_on_naming_the_rule_that_became_unknown(policy: Policy) -> None:
    worse = view(findings={"slip": (finding(SLIP, Severity.CRITICAL),)}, unknown=frozenset({"another-slip-rule"}))
    [update] = planned(worse, history(two_rules(policy)), policy)
    assert "Rules: slip-rule (critical), another-slip-rule (warn)" in update.values["body"]


def test_a_rule_that_became_clear_is_no_longer_named(policy: Policy) -> None:
    [update] = planned(view(), history(two_rules(policy)), policy)
    assert "another-slip-rule" not in update.values["body"]
