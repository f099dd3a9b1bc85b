"""Suppressed families are listed in the body of the task that their deal has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.model import WriteKind
from rules.language.words import ENGLISH
from rules.model import Severity
from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.finding import SuppressedFindings
from sync.plan.history.history import History
from sync.plan.policy import Policy
from sync.plan.tasks import plan_deal
from tests.sync.builders import HYGIENE, SLIP, finding, view
from tests.sync.plan.test_tasks import history, nothing_known, task

HIGH, CRITICAL = Severity.HIGH, Severity.CRITICAL


def both(slip: Severity = HIGH, hygiene: Severity = HIGH, **changes: Any) -> Any:
    return view(findings={"slip": (finding(SLIP, slip),), "hygiene": (finding(HYGIENE, hygiene),)}, **changes)


def planned(deal: Any, past: History, policy: Policy, suppressed: str = "hygiene") -> list[PlannedChange]:
    return list(plan_deal(deal, past, policy, {suppressed}))


def carrier(policy: Policy, listed: SuppressedFindings, **changes: Any) -> Any:
    """An open task that lists what is suppressed."""
    own = task(policy)
    slip, values = view().findings["slip"], view().values
    body = task_text.body(slip, values, ENGLISH, key=own.key, written=policy.today, listed=listed)
    return task(policy, body=body, **changes)


def also(severity: Severity = HIGH) -> SuppressedFindings:
    return SuppressedFindings(also=(finding(HYGIENE, severity),))


def test_a_suppressed_family_gets_no_task_and_a_line_in_the_one_that_is_made(policy: Policy) -> None:
    [create] = planned(both(), nothing_known(), policy)
    assert create.change.family == "slip"
    assert "Also\n- Hygiene rule: Globex renewal is worth 5000" in create.values["body"]


def test_the_rules_that_a_task_names_are_its_own_alone(policy: Policy) -> None:
    [create] = planned(both(), nothing_known(), policy)
    assert task_text.stated_rules(create.values["body"]) == (("slip-rule", HIGH),)
    assert task_text.stated_suppressed(create.values["body"]) == (("hygiene-rule", HIGH),)


def test_a_family_that_becomes_suppressed_rewrites_the_open_task(policy: Policy) -> None:
    [update] = planned(both(), history(task(policy)), policy)
    assert sorted(update.values) == ["body"]
    assert "Waiting: hygiene-rule (high)" in update.values["body"]


def test_an_open_task_that_lists_it_already_needs_nothing(policy: Policy) -> None:
    assert planned(both(), history(carrier(policy, also())), policy) == []


def test_a_day_turn_rewrites_no_also_line_whose_wording_aged(policy: Policy) -> None:
    aged = both(values={"deal": {"name": "Globex renewal"}, "amount": 7000.0})
    assert planned(aged, history(carrier(policy, also())), policy) == []


def test_a_family_that_is_no_longer_suppressed_leaves_the_text(policy: Policy) -> None:
    [update] = plan_deal(view(), history(carrier(policy, also())), policy)
    assert "Hygiene" not in update.values["body"]


def test_a_waiting_rule_that_became_unknown_rewrites_nothing(policy: Policy) -> None:
    unknown = view(unknown=frozenset({"hygiene-rule"}))
    assert list(plan_deal(unknown, history(carrier(policy, also())), policy)) == []


def test_a_critical_finding_goes_to_the_top_of_the_lesser_task(policy: Policy) -> None:
    critical = replace(HYGIENE, evidence="It is late", advice="Do this first")
    deal = view(findings={"slip": (finding(SLIP, HIGH),), "hygiene": (finding(critical, CRITICAL),)})
    [update] = planned(deal, history(task(policy, priority="normal")), policy)
    lines = ["5,000", "Why", "- It is late", "- Globex renewal is worth 5000", "Do", "- Do this first"]
    assert update.values["body"].splitlines()[:6] == lines
    assert update.values["priority"] == "high"


def test_a_critical_finding_behind_a_critical_task_is_an_also_line(policy: Policy) -> None:
    [create] = planned(both(CRITICAL, CRITICAL), nothing_known(), policy)
    assert "Also\n- Hygiene rule" in create.values["body"]


def test_nothing_is_listed_in_a_task_that_a_person_changed(policy: Policy) -> None:
    assert planned(both(hygiene=CRITICAL), history(task(policy, user_modified=frozenset({"body"}))), policy) == []


def test_what_is_suppressed_keeps_no_task_open_whose_own_reason_is_gone(policy: Policy) -> None:
    waits = view(findings={"hygiene": (finding(HYGIENE, HIGH),)})
    [close] = planned(waits, history(carrier(policy, also())), policy)
    assert close.kind is WriteKind.CLOSE_TASK


def test_of_several_open_tasks_the_worst_is_the_carrier(policy: Policy) -> None:
    third = replace(SLIP, id="third-rule", family="third", title="Third")
    families = {**policy.ruleset.families, "third": replace(policy.ruleset.families["slip"], id="third")}
    ruleset = replace(policy.ruleset, rules=(*policy.ruleset.rules, third), families=families)
    wider = replace(policy, ruleset=ruleset, families=frozenset(families))
    deal = view(
        findings={
            "slip": (finding(SLIP, HIGH),),
            "hygiene": (finding(HYGIENE, HIGH),),
            "third": (finding(third, CRITICAL),),
        }
    )
    listed = {each.change.family: "Also\n" in each.values["body"] for each in planned(deal, nothing_known(), wider)}
    assert listed == {"slip": False, "third": True}
