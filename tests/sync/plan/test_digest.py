"""What has no task of its own is reported once a week, to each person in one task."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from connectors.model import OWN_TASKS, WriteKind
from rules.days.business_days import Calendar
from rules.days.span import Span
from rules.model import Severity
from sync.model import task_key
from sync.model.answers import answer_in
from sync.model.change import PlannedChange
from sync.model.finding import Finding
from sync.model.own_task import TaskState
from sync.plan.assignment import Assignment
from sync.plan.digest import FAMILY, Digest, lines_of, plan_digests, week_of
from sync.plan.digest_text import LONGEST, Line
from sync.plan.history.history import History
from sync.plan.policy import Policy
from tests.sync.builders import DEAL, HYGIENE, SLIP, TODAY, finding, view
from tests.sync.plan.test_tasks import history, nothing_known, task

MONDAYS = Digest(0, Severity.WARN)
REP = "005000000000001AAA"
WEEK = week_of(TODAY, 0)


def found(severity: Severity) -> dict[str, tuple[Finding, ...]]:
    return {"slip": (finding(SLIP, severity),)}


def whys(deal: Any, past: History, policy: Policy, *waiting: str) -> list[str]:
    return [line.why for line in lines_of(deal, past, policy, MONDAYS, waiting)]


def line(person: str = REP, deal: str = DEAL, **changes: Any) -> Line:
    text = "Late by 3 days: ask for the real date."
    return replace(Line(Assignment(person, TODAY), "milder", Severity.WARN, deal, f"Deal {deal}", text), **changes)


def digest_task(week: int, person: str = REP, **changes: Any) -> pl.DataFrame:
    row = {"task_id": f"t{week}", "key": task_key.task_key(person, FAMILY, week), "owner_id": person, "is_open": True}
    return pl.DataFrame([row | changes], schema=OWN_TASKS)


def planned(
    policy: Policy, tasks: pl.DataFrame | None = None, *lines: Line, past: History | None = None
) -> list[PlannedChange]:
    standing = pl.DataFrame(schema=OWN_TASKS) if tasks is None else tasks
    return list(plan_digests(lines, standing, past or nothing_known(), policy, MONDAYS))


@pytest.mark.parametrize(
    ("severity", "expected"), [(Severity.INFO, []), (Severity.WARN, ["milder"]), (Severity.HIGH, [])]
)
def test_a_finding_that_makes_no_task_is_reported_from_the_configured_severity_on(
    policy: Policy, severity: Severity, expected: list[str]
) -> None:
    assert whys(view(findings=found(severity)), nothing_known(), policy) == expected


def test_what_a_cap_suppressed_is_reported(policy: Policy) -> None:
    assert whys(view(), nothing_known(), policy, "slip") == ["waiting"]


def escalating(policy: Policy) -> Policy:
    families = {**policy.ruleset.families}
    families["slip"] = replace(families["slip"], escalate_after=Span(10, business=True))
    return replace(policy, ruleset=replace(policy.ruleset, families=families))


@pytest.mark.parametrize(("made_on", "reported"), [(date(2026, 6, 1), ["escalated"]), (date(2026, 6, 2), [])])
def test_a_task_that_is_open_for_long_is_reported_to_the_manager(
    policy: Policy, made_on: date, reported: list[str]
) -> None:
    deal = view(receivers={"manager": Assignment("boss", TODAY)})
    lines = list(lines_of(deal, history(task(policy, made_on=made_on)), escalating(policy), MONDAYS, ()))
    assert [(line.person, line.why) for line in lines] == [("boss", why) for why in reported]


def test_a_task_of_a_family_that_does_not_escalate_is_reported_to_nobody(policy: Policy) -> None:
    deal = view(receivers={"manager": Assignment("boss", TODAY)})
    assert whys(deal, history(task(policy, made_on=date(2020, 1, 1))), policy) == []


def test_what_has_an_open_task_is_not_reported(policy: Policy) -> None:
    assert whys(view(findings=found(Severity.WARN)), history(task(policy)), policy) == []


def test_a_reason_that_was_completed_twice_is_reported_as_disputed(policy: Policy) -> None:
    twice = task(policy, episode=2, state=TaskState.COMPLETED, completions=2, ended_on=TODAY)
    assert whys(view(), history(twice), policy) == ["disputed"]


def test_a_deal_that_is_excluded_reports_nothing(policy: Policy) -> None:
    assert whys(view(excluded="The deal is muted."), nothing_known(), policy, "slip") == []


def test_nobody_in_particular_gets_no_digest(policy: Policy) -> None:
    assert whys(view(assignment=Assignment(None, TODAY)), nothing_known(), policy, "slip") == []


def test_a_person_gets_one_task_with_all_lines_worst_first(policy: Policy) -> None:
    worse = line(deal="d2", severity=Severity.HIGH, text="Quiet")
    [create] = planned(policy, None, line(), worse)
    assert create.kind is WriteKind.CREATE_TASK
    assert create.values["subject"] == "[Deal check] Weekly digest: 2 deals to look at"
    assert create.values["body"].index("Quiet") < create.values["body"].index("Late by 3 days")


def test_a_digest_hangs_on_no_deal_and_is_keyed_by_person_and_week(policy: Policy) -> None:
    [create] = planned(policy, None, line())
    assert (create.values["deal_id"], create.values["key"]) == (None, task_key.task_key(REP, "digest", WEEK))


def test_every_person_has_a_digest_of_their_own(policy: Policy) -> None:
    assert [each.change.owner_id for each in planned(policy, None, line(), line("006"))] == [REP, "006"]


@pytest.mark.parametrize("became", [{}, {"is_open": False}, {"is_deleted": True}])
def test_a_week_whose_digest_was_made_gets_no_second_one(policy: Policy, became: dict[str, Any]) -> None:
    assert planned(policy, digest_task(WEEK, **became), line()) == []


def test_a_digest_that_only_the_ledger_knows_is_not_made_twice(policy: Policy) -> None:
    assert planned(policy, None, line(), past=history(reached={(REP, FAMILY): WEEK})) == []


def test_the_next_digest_closes_the_last_one_as_superseded(policy: Policy) -> None:
    close, create = planned(policy, digest_task(WEEK - 1), line())
    assert (close.kind, create.kind) == (WriteKind.CLOSE_TASK, WriteKind.CREATE_TASK)
    assert close.values == {"reason": f"Superseded by the digest of {TODAY.isoformat()}."}


def test_an_old_digest_closes_even_when_there_is_nothing_to_report(policy: Policy) -> None:
    [close] = planned(policy, digest_task(WEEK - 3))
    assert close.remote_id == f"t{WEEK - 3}"


def test_an_old_digest_that_a_person_ended_stays_as_it_is(policy: Policy) -> None:
    assert planned(policy, digest_task(WEEK - 1, is_open=False)) == []


def body_of(policy: Policy, *lines: Line) -> str:
    [create] = planned(policy, None, *lines)
    return str(create.values["body"])


def test_a_long_list_is_cut_where_people_stop_reading_and_the_rest_is_counted(policy: Policy) -> None:
    text = body_of(policy, *(line(deal=f"d{number:02}") for number in range(40)))
    shown = text.count("- Late by 3 days")
    assert len(text) <= LONGEST
    assert f"Not shown: {40 - shown} more (deals: {40 - shown})" in text


def test_a_digest_without_room_for_one_more_deal_is_nearly_full(policy: Policy) -> None:
    assert len(body_of(policy, *(line(deal=f"d{number:02}") for number in range(40)))) > LONGEST - 100


def test_the_longest_names_and_lines_fit(policy: Policy) -> None:
    longest = [line(deal=f"d{number}", deal_name="n" * 300, text="t" * 900, about="a" * 200) for number in range(5)]
    text = body_of(policy, *longest)
    assert "ttt…" in text
    assert len(text) <= LONGEST


def test_a_deal_is_named_once_with_its_own_line_and_its_findings_below_it(policy: Policy) -> None:
    about = "$5,000 · closes 30 Sep 2026"
    text = body_of(policy, line(about=about), line(about=about, text="Nobody has a role: set one."))
    assert text.startswith(
        f"Deal {DEAL} · {about}\n- Late by 3 days: ask for the real date.\n- Nobody has a role: set one.\n"
    )


def test_the_same_line_is_told_once(policy: Policy) -> None:
    assert body_of(policy, line(), line(why="digest")).count("Late by 3 days") == 1


def test_a_digest_states_its_day_key_and_text_version_as_tasks_do(policy: Policy) -> None:
    last = body_of(policy, line()).splitlines()[-1]
    assert last == f"Digest · written 15 Jun 2026 · {task_key.task_key(REP, 'digest', WEEK)} v2"


def test_a_deal_s_name_answers_no_digest(policy: Policy) -> None:
    assert answer_in(body_of(policy, line(deal_name="#notrisk at all", text="#snooze 9d"))) is None


def test_a_digest_is_due_on_the_last_business_day_of_its_week(policy: Policy) -> None:
    [create] = planned(policy, None, line())
    assert create.values["due"] == "2026-06-19"


def test_a_digest_is_due_by_the_receiver_s_own_calendar(policy: Policy) -> None:
    gulf = Assignment(REP, TODAY, Calendar(frozenset({4, 5})))
    [create] = planned(policy, None, line(receiver=gulf))
    assert create.values["due"] == "2026-06-21"


QUIET_RULE = replace(HYGIENE, id="left", mode="digest")


@pytest.mark.parametrize("severity", list(Severity))
def test_a_rule_for_digests_is_told_at_any_severity_beside_an_open_task(policy: Policy, severity: Severity) -> None:
    told = view(digest_only={"hygiene": (finding(QUIET_RULE, severity),)})
    assert whys(told, history(task(policy)), policy) == ["digest"]


def test_what_another_finding_explains_is_told_by_its_cause(policy: Policy) -> None:
    cause, effect = finding(QUIET_RULE, Severity.HIGH), finding(SLIP, Severity.WARN, explained_by="left")
    told = view(findings={"slip": (effect,)}, digest_only={"hygiene": (cause,)})
    assert whys(told, nothing_known(), policy) == ["digest"]


def test_a_deal_of_an_owner_who_left_is_in_the_digest_of_their_manager_with_the_owner_s_name(policy: Policy) -> None:
    values = {"deal": {"name": "Globex renewal"}, "amount": 5000.0, "owner_name": "Ada", "owner_id": "left-owner"}
    told = view(
        findings={},
        digest_only={"hygiene": (finding(QUIET_RULE, Severity.HIGH),)},
        values=values,
        assignment=Assignment("boss", TODAY),
    )
    [reported] = lines_of(told, nothing_known(), policy, MONDAYS, ())
    assert (reported.person, reported.about) == ("boss", "5,000 · owner Ada")


def test_a_week_begins_on_the_configured_day() -> None:
    monday, wednesday = date(2026, 6, 15), date(2026, 6, 17)
    assert week_of(monday, 2) + 1 == week_of(wednesday, 2)
    assert week_of(monday, 0) == week_of(wednesday, 0) == week_of(date(2026, 6, 21), 0)


def test_another_family_of_the_same_deal_is_judged_for_itself(policy: Policy) -> None:
    both = view(findings={"slip": (finding(SLIP, Severity.HIGH),), "hygiene": (finding(HYGIENE, Severity.WARN),)})
    assert whys(both, history(task(policy)), policy) == ["milder"]
