"""A cause gets the one task of its group, wherever that task is, and what it explains stands below it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.model import WriteKind
from rules.model import Severity
from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.own_task import ANY_RULE, OwnTask, TaskState
from sync.plan.history.history import History
from sync.plan.policy import Policy
from sync.plan.tasks import disputed_families, plan_deal
from tests.sync.builders import HYGIENE, SLIP, TODAY, finding, small_policy, view
from tests.sync.plan.test_tasks import history, nothing_known, task

WARN, HIGH, CRITICAL = Severity.WARN, Severity.HIGH, Severity.CRITICAL
PUSHED = replace(SLIP, id="pushed", about="event")
YESTERDAY = date(2026, 6, 14)


def group(cause: Severity = HIGH, carries: Severity = HIGH, effect: Severity = HIGH) -> Any:
    """A deal on which a finding of hygiene is why one of slip holds."""
    return view(
        findings={
            "hygiene": (finding(HYGIENE, cause, carries=carries),),
            "slip": (finding(SLIP, effect, explained_by="hygiene-rule"),),
        }
    )


def planned(deal: Any, past: History, policy: Policy) -> list[PlannedChange]:
    return list(plan_deal(deal, past, policy))


def test_a_cause_gets_the_task_and_its_effect_is_a_line_in_it(policy: Policy) -> None:
    [create] = planned(group(), nothing_known(), policy)
    assert create.change.family == "hygiene"
    assert "Also\n- Slip rule: Globex renewal is worth 5000" in create.values["body"]


def test_a_task_about_a_cause_names_its_own_family_s_rules_alone(policy: Policy) -> None:
    [create] = planned(group(), nothing_known(), policy)
    assert task_text.stated_rules(create.values["body"]) == (("hygiene-rule", HIGH),)


def test_a_mild_cause_carries_the_severity_of_what_it_explains(policy: Policy) -> None:
    [create] = planned(group(cause=WARN, carries=CRITICAL, effect=CRITICAL), nothing_known(), policy)
    assert (create.change.family, create.values["priority"]) == ("hygiene", "high")


@pytest.mark.parametrize(("severity", "priority"), [(HIGH, "normal"), (CRITICAL, "high")])
def test_only_what_is_critical_has_a_high_priority(policy: Policy, severity: Severity, priority: str) -> None:
    [create] = planned(view(findings={"slip": (finding(SLIP, severity),)}), nothing_known(), policy)
    assert create.values["priority"] == priority


def test_an_open_task_about_an_effect_goes_on_and_leads_with_the_cause(policy: Policy) -> None:
    [update] = planned(group(), history(task(policy)), policy)
    assert (update.kind, update.change.family) == (WriteKind.UPDATE_TASK, "slip")
    assert update.values["subject"] == "[Deal check] Look at Globex renewal for hygiene"
    assert task_text.stated_rules(update.values["body"]) == (("slip-rule", HIGH),)


def test_a_task_that_leads_with_the_cause_says_it_first_and_then_nothing_more_is_written(policy: Policy) -> None:
    [update] = planned(group(), history(task(policy)), policy)
    told = task(policy, body=update.values["body"], subject=update.values["subject"])
    assert planned(group(), history(told), policy) == []


def test_once_the_cause_is_clear_its_effect_leads_its_own_task_again(policy: Policy) -> None:
    [update] = planned(group(), history(task(policy)), policy)
    told = task(policy, body=update.values["body"], subject=update.values["subject"])
    [again] = planned(view(), history(told), policy)
    assert again.values["subject"] == "[Deal check] Look at Globex renewal for slip"


def test_an_effect_whose_cause_was_completed_stays_quiet_with_it(policy: Policy) -> None:
    done = ended("hygiene", "hygiene-rule (high)")
    assert planned(group(), history(done), policy) == []


def test_a_completed_task_about_a_cause_starts_again_where_the_group_got_worse(policy: Policy) -> None:
    worse = group(carries=CRITICAL, effect=CRITICAL)
    [create] = planned(worse, history(ended("hygiene", "hygiene-rule (high)")), policy)
    assert create.change.family == "hygiene"


def test_a_cause_with_a_task_of_its_own_leads_no_second_one_made_beside_it(policy: Policy) -> None:
    other = replace(SLIP, id="late")
    deal = view(
        findings={
            "hygiene": (finding(HYGIENE, HIGH),),
            "slip": (finding(other, HIGH), finding(SLIP, HIGH, explained_by="hygiene-rule")),
        }
    )
    subjects = {create.change.family: create.values["subject"] for create in planned(deal, nothing_known(), policy)}
    assert subjects == {
        "hygiene": "[Deal check] Look at Globex renewal for hygiene",
        "slip": "[Deal check] Look at Globex renewal for slip",
    }


def test_an_effect_that_has_nothing_to_say_besides_its_cause_is_no_line(policy: Policy) -> None:
    silent = replace(SLIP, evidence="{{ close_date }} is past")
    deal = view(
        findings={
            "hygiene": (finding(HYGIENE, HIGH),),
            "slip": (finding(silent, HIGH, explained_by="hygiene-rule"),),
        }
    )
    [create] = planned(deal, nothing_known(), policy)
    assert "Also" not in create.values["body"]


def ended(family: str, rules: str, **changes: Any) -> OwnTask:
    """A task that a person completed today."""
    values = {
        "family": family,
        "body": f"Rules: {rules}",
        "state": TaskState.COMPLETED,
        "ended_on": TODAY,
        "completions": 1,
    }
    return task(small_policy(), **(values | changes))


def pushes(on: date, severity: Severity = HIGH) -> Any:
    """A deal on which something happened last *on* that day."""
    return view(findings={"slip": (finding(PUSHED, severity, happened_on=on),)})


def acknowledged(on: date, **changes: Any) -> OwnTask:
    """A task about the event that a person completed on that day."""
    named = {"acknowledged": {"pushed": on}, "ended_on": on}
    return ended("slip", "pushed (high)", **(named | changes))


def with_event(policy: Policy) -> Policy:
    """The same policy with the rule about an event among its rules."""
    return replace(policy, ruleset=replace(policy.ruleset, rules=(*policy.ruleset.rules, PUSHED)))


def test_what_happened_before_its_task_was_completed_asks_for_no_other_after_any_cooldown(policy: Policy) -> None:
    later = replace(with_event(policy), today=date(2026, 12, 1))
    assert planned(pushes(on=YESTERDAY), history(acknowledged(TODAY)), later) == []


def test_an_acknowledged_event_stays_so_when_it_gets_graver_by_its_age_alone(policy: Policy) -> None:
    assert planned(pushes(YESTERDAY, CRITICAL), history(acknowledged(TODAY)), with_event(policy)) == []


def test_what_happens_after_the_completion_asks_anew_within_the_cooldown(policy: Policy) -> None:
    [create] = planned(pushes(on=TODAY), history(acknowledged(YESTERDAY)), with_event(policy))
    assert create.kind is WriteKind.CREATE_TASK


def test_what_happened_on_the_day_of_the_completion_is_acknowledged(policy: Policy) -> None:
    assert planned(pushes(on=TODAY), history(acknowledged(TODAY)), with_event(policy)) == []


def test_a_task_whose_text_names_no_rule_any_more_acknowledges_whatever_happened(policy: Policy) -> None:
    bare = acknowledged(TODAY, body="Their own words.", acknowledged={ANY_RULE: TODAY})
    assert planned(pushes(on=YESTERDAY), history(bare), with_event(policy)) == []


def test_another_event_than_the_one_that_was_completed_asks_for_a_task(policy: Policy) -> None:
    other = acknowledged(TODAY, acknowledged={"competitor": TODAY}, body="Rules: competitor (high)")
    [create] = planned(pushes(on=YESTERDAY), history(other), with_event(policy))
    assert create.change.family == "slip"


def test_events_that_were_completed_again_and_again_are_never_disputed(policy: Policy) -> None:
    often = acknowledged(YESTERDAY, completions=4, episode=4)
    assert disputed_families(pushes(on=TODAY), history(often), with_event(policy)) == []
    assert len(planned(pushes(on=TODAY), history(often), with_event(policy))) == 1
