from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from connectors.model import WriteKind
from sync.model.change import Change
from sync.model.cycle_report import AppliedCount, ConnectionReport, PlanCount
from sync.model.not_judged import NotJudged

Command = Callable[..., Any]

CHANGE = Change(
    connection="acme",
    deal_id="006A",
    deal_name="Globex \x1b[31mrollout\nwave 2",
    kind=WriteKind.CREATE_TASK,
    family="threading",
    key="dw:00",
    subject="Bring more people into Globex",
    due=date(2026, 6, 18),
    owner_id="005A",
    findings=("single-threaded",),
    why="1 of 4 contacts" + " had a logged two-way touch inside 30 days" * 5,
)


def test_sync_prints_exactly_one_json_document(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {"acme": ConnectionReport("run-1", judged=7, applied=AppliedCount(create=2))}

    ended = dealwarden("sync", "--json")

    assert ended.code == 0
    assert ended.document["connections"]["acme"]["applied"]["create"] == 2


def test_plan_adds_its_changes_as_one_flat_list(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {"acme": ConnectionReport("run-1", changes=(CHANGE,)), "b": ConnectionReport("run-2")}

    document = dealwarden("plan", "--json").document

    assert [(change["connection"], change["due"]) for change in document["changes"]] == [("acme", "2026-06-18")]
    assert "changes" not in document["connections"]["acme"]


def test_plan_shows_every_change_uncut_and_uncoloured_off_a_terminal(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {"acme": ConnectionReport("run-1", plan=PlanCount(create=1), changes=(CHANGE,))}

    out = dealwarden("plan").out

    assert any(CHANGE.why in line and "2026-06-18" in line for line in out.splitlines())
    assert "\x1b" not in out


def test_crm_text_stays_on_its_line_and_brings_no_control_characters(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {"acme": ConnectionReport("run-1", changes=(CHANGE,))}

    assert "Globex [31mrollout wave 2" in dealwarden("plan").out


def test_a_failing_connection_is_named_and_the_others_are_shown(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {
        "acme": ConnectionReport("run-1", error="https://acme.example refused our credentials", exit_code=4),
        "b": ConnectionReport("run-2", judged=12),
    }

    ended = dealwarden("sync")

    assert ended.code == 4
    assert ended.err == "dealwarden: acme: https://acme.example refused our credentials\n"
    assert "judged    12 deals" in ended.out


@pytest.mark.parametrize(
    ("codes", "worst"), [((4, 2), 2), ((4, 5), 5), ((0, 4), 4), ((1, 3), 3), ((0, 0), 0), ((70, 2), 70)]
)
def test_of_several_exit_codes_the_worst_is_taken(
    workspace: Any, dealwarden: Command, codes: tuple[int, ...], worst: int
) -> None:
    workspace.reports = {str(at): ConnectionReport(f"run-{at}", exit_code=code) for at, code in enumerate(codes)}

    assert dealwarden("sync").code == worst


def test_an_incomplete_cycle_says_so_and_claims_no_judgement(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {
        "acme": ConnectionReport("run-1", incomplete=True, incomplete_reason="quota spent", exit_code=4)
    }

    out = dealwarden("sync").out

    assert "incomplete: quota spent" in out
    assert "judged" not in out


def test_rules_that_were_not_judged_are_listed_with_source_and_coverage(workspace: Any, dealwarden: Command) -> None:
    workspace.reports = {
        "acme": ConnectionReport("run-1", not_judged={"champion-missing": NotJudged("roles", 0.02, 0.3)})
    }

    assert "not judged roles off: only 2 % of deals have it (30 % needed): champion-missing" in dealwarden("sync").out


def test_apply_takes_the_latest_plan_unless_one_is_named(workspace: Any, dealwarden: Command) -> None:
    dealwarden("apply")
    dealwarden("apply", "plan-7")

    assert workspace.asked == ["apply None", "apply plan-7"]


def test_an_unknown_plan_ends_with_2(workspace: Any, dealwarden: Command) -> None:
    ended = dealwarden("apply", "plan-unknown")

    assert ended.code == 2
    assert ended.err.startswith("dealwarden: there is no plan 'plan-unknown'; ")


def test_notes_and_the_kind_of_a_failure_are_in_the_document_of_each_connection(
    workspace: Any, dealwarden: Command
) -> None:
    workspace.reports = {
        "acme": ConnectionReport("run-1", problems=("Set fallback_owner.",)),
        "b": ConnectionReport("run-2", incomplete=True, incomplete_reason="quota spent", exit_code=4),
        "c": ConnectionReport("run-3", incomplete=True, failure="unreachable", error="no answer", exit_code=4),
    }
    connections = dealwarden("sync", "--json").document["connections"]
    assert [report["notes"] for report in connections.values()] == [["Set fallback_owner."], [], []]
    assert [report["failure"] for report in connections.values()] == [None, "incomplete", "unreachable"]
