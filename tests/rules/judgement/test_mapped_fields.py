"""Signals from fields that an org maps as extras: milestones, mutual plan, reviews of closed deals."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from rules.judgement.evidence import evidence
from rules.language.signal import SignalType
from rules.signals.mapped_fields import KNOWN_FIELDS, source_of, type_of_extra
from tests.rules.judgement.world import NOW, World


def mapped(world: World, deal: dict[str, Any] | None = None, **extras: Any) -> World:
    """A deal whose known fields hold *extras*, and an org that maps exactly these."""
    world.knows(extras={f"x_{name}": type_of_extra(name) for name in extras})
    return world.deal(extras=json.dumps({f"x_{name}": value for name, value in extras.items()}), **(deal or {}))


@pytest.mark.parametrize(
    ("value", "done"),
    [
        ("2026-06-15", True),
        ("2026-06-16", False),
        ("2026-06-01T09:00:00.000+0000", True),
        (True, True),
        (False, False),
        ("003000000000001AAA", True),
        ("", False),
        ("  ", False),
        (None, False),
    ],
)
def test_a_milestone_is_done_once_its_day_has_come_or_its_box_is_ticked(world: World, value: Any, done: bool) -> None:
    assert mapped(world, technical_win=value).signal("technical_win_done") is done


def test_a_milestone_that_is_not_mapped_is_unknown(world: World) -> None:
    assert world.deal().signal("technical_win_done") is None


def test_a_milestone_that_is_hidden_is_unknown(world: World) -> None:
    mapped(world, technical_win="2026-06-01").knows(readable={source_of("technical_win"): False})
    assert world.signal("technical_win_done") is None


def test_days_since_a_step_are_business_days(world: World) -> None:
    mapped(world, contract_sent="2026-06-01")
    assert (world.signal("contract_sent_on"), world.signal("business_days_since_contract_sent")) == (
        date(2026, 6, 1),
        10,
    )


def test_a_step_planned_for_later_is_not_counted_from(world: World) -> None:
    assert mapped(world, contract_sent="2026-06-20").signal("business_days_since_contract_sent") is None


def test_a_proof_of_concept_runs_from_its_first_day_to_its_last(world: World) -> None:
    assert mapped(world, poc_started="2026-06-15", poc_ends="2026-06-15").signal("poc_running") is True


def test_a_proof_of_concept_that_is_over_runs_no_more(world: World) -> None:
    assert mapped(world, poc_started="2026-06-01", poc_ends="2026-06-14").signal("poc_running") is False


def test_security_tips_are_counted_once_all_five_are_mapped(world: World) -> None:
    tips = ("soc2_shared", "questionnaire_done", "security_reference", "dpa_ready", "residency_addressed")
    mapped(world, **{tip: place < 2 for place, tip in enumerate(tips)})
    assert world.signal("security_tips_done") == 2


def test_four_of_the_five_tips_count_for_nothing(world: World) -> None:
    mapped(world, soc2_shared=True, questionnaire_done=True, security_reference=True, dpa_ready=True)
    assert world.signal("security_tips_done") is None


def test_a_number_may_be_kept_as_text(world: World) -> None:
    assert mapped(world, discount_percent="12.5").signal("discount_percent") == 12.5


def test_a_plan_without_a_dated_step_has_none_near(world: World) -> None:
    assert mapped(world, mutual_plan="https://plan", mutual_plan_next=None).signal("mutual_plan_step_near") is False


@pytest.mark.parametrize(
    ("day", "near"), [("2026-06-14", False), ("2026-06-15", True), ("2026-06-29", True), ("2026-06-30", False)]
)
def test_a_step_is_near_from_today_to_two_weeks_ahead(world: World, day: str, near: bool) -> None:
    assert mapped(world, mutual_plan_next=day).signal("mutual_plan_step_near") is near


def test_where_nothing_is_late_the_plan_is_late_by_nothing(world: World) -> None:
    assert mapped(world, mutual_plan_late_since="").signal("mutual_plan_late_business_days") == 0


def test_a_late_step_counts_from_the_day_it_was_due(world: World) -> None:
    assert mapped(world, mutual_plan_late_since="2026-06-08").signal("mutual_plan_late_business_days") == 5


def test_a_plan_that_is_not_mapped_is_unknown(world: World) -> None:
    assert world.deal().signal("mutual_plan_late_business_days") is None


def test_a_plan_may_end_after_the_close_date(world: World) -> None:
    assert mapped(world, mutual_plan_last="2026-09-08").signal("mutual_plan_past_close_days") == 7


CLOSED = {"is_closed": True, "is_won": False, "closed_at": NOW - timedelta(days=5), "phase": "lost"}


def test_an_open_deal_has_no_outcome(world: World) -> None:
    assert (world.deal().signal("outcome"), world.signal("business_days_since_close")) == (None, None)


@pytest.mark.parametrize(("won", "outcome"), [(True, "won"), (False, "lost")])
def test_a_closed_deal_was_won_or_lost(world: World, won: bool, outcome: str) -> None:
    world.deal(**{**CLOSED, "is_won": won})
    assert (world.signal("outcome"), world.signal("closed_on")) == (outcome, date(2026, 6, 10))


def test_a_lost_deal_remembers_the_phase_it_was_in(world: World) -> None:
    world.deal(**CLOSED)
    world.add(
        "changes", change_id="1", deal_id="d1", field="stage", old="procurement", new="lost", at=NOW - timedelta(5)
    )
    assert world.signal("last_phase") == "procurement"


@pytest.mark.parametrize(
    ("reason", "noted"), [("Price", True), ("Other", False), (" other ", False), ("", False), (None, False)]
)
def test_other_is_no_reason(world: World, reason: str | None, noted: bool) -> None:
    assert mapped(world, CLOSED, loss_reason=reason).signal("loss_reason_noted") is noted


def test_answers_of_a_review_are_counted(world: World) -> None:
    mapped(world, CLOSED, loss_category="Price", decision_influencer="", lessons="Start earlier")
    assert world.signal("review_answers") == 2


def test_a_field_of_the_account_is_read_through_the_deal_or_with_the_account(world: World) -> None:
    world.knows(extras={"x_account_tier": SignalType.TEXT})
    world.deal("d1", extras=json.dumps({"x_account_tier": "Gold"}), account_id="a1")
    world.deal("d2", extras="{}", account_id="a1").add("accounts", account_id="a1", extras='{"x_account_tier": "Tin"}')
    assert (world.signal("x_account_tier"), world.signal("x_account_tier", "d2")) == ("Gold", "Tin")


def has(world: World, *sources: str) -> list[list[bool]]:
    frame = evidence(world.tables, world.facts, sources).collect().sort("deal_id")
    return [frame.get_column(source).to_list() for source in sources]


def test_a_known_field_is_evidence_like_any_source_and_an_unmapped_one_is_none(world: World) -> None:
    mapped(world, technical_win="2026-06-01").deal("d2", extras="{}")
    sources = source_of("technical_win"), source_of("budget_confirmed")
    assert has(world, *sources) == [[True, False], [False, False]]


def test_what_a_rep_keeps_on_every_deal_is_evidence_too(world: World) -> None:
    world.deal(amount_original=1.0, next_step=" ").deal("d2", next_step="Call", close_date=None)
    kept = has(world, "field:amount", "field:next_step", "field:close_date")
    assert kept == [[True, False], [False, True], [True, False]]


@pytest.mark.parametrize("name", KNOWN_FIELDS)
def test_every_known_field_feeds_a_signal(world: World, name: str) -> None:
    kind = KNOWN_FIELDS[name][0]
    value = {SignalType.DATE: "2026-06-01", SignalType.NUMBER: 3, SignalType.BOOLEAN: True}.get(kind, "text")
    without = {other: None for other in KNOWN_FIELDS if other != name}
    before, after = World(), World()
    mapped(before, **without, **{name: None})
    mapped(after, **without, **{name: value})
    shown = [world.signals().drop(f"x_{name}") for world in (before, after)]
    assert not shown[0].equals(shown[1])
