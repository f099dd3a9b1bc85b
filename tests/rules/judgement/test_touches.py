"""Which touches count, for whom, and what silence means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.model import EVERY_RULE, CoverageVerdict
from tests.rules.judgement.world import NOW, SOURCES, World, judged


@pytest.mark.parametrize(
    ("kind", "direction", "counts"),
    [
        ("meeting", "unknown", True),
        ("call", "two_way", True),
        ("email", "inbound", True),
        ("call", "outbound", False),
        ("call", "unknown", False),
        ("email", "outbound", False),
        ("other", "two_way", False),
    ],
)
def test_only_held_meetings_connected_calls_and_inbound_mail_are_two_way(
    world: World, kind: str, direction: str, counts: bool
) -> None:
    world.deal().role("c1").touch(4, "c1", kind=kind, direction=direction)
    assert world.signal("days_since_champion_touch") == (4 if counts else None)
    assert world.signal("engaged_contacts") == int(counts)


def test_a_meeting_that_lies_ahead_is_planned_and_not_held(world: World) -> None:
    world.deal().role("c1").touch(-6, "c1", kind="meeting")
    assert world.signal("days_since_champion_touch") is None
    assert world.signal("next_champion_meeting_in_days") == 6
    assert world.signal("next_meeting_in_days") == 6


def test_a_touch_without_a_deal_counts_through_a_contact_with_a_role(world: World) -> None:
    world.deal().role("c1").touch(4, "c1", deal=None)
    assert world.signal("days_since_touch") == 4


def test_a_touch_without_a_deal_counts_for_every_deal_on_which_the_contact_holds_a_role(world: World) -> None:
    world.deal("d1").deal("d2").role("c1", deal="d1").role("c1", deal="d2").touch(4, "c1", deal=None)
    assert (world.signal("days_since_touch", "d1"), world.signal("days_since_touch", "d2")) == (4, 4)


def test_a_touch_linked_to_another_deal_does_not_count_through_its_contact(world: World) -> None:
    world.deal("d1").deal("d2").role("c1", deal="d1").role("c1", deal="d2").touch(4, "c1", deal="d2")
    assert (world.signal("days_since_touch", "d1"), world.signal("days_since_touch", "d2")) == (None, 4)


def test_a_touch_linked_to_a_deal_outside_the_chunk_does_not_count_through_its_contact(world: World) -> None:
    world.deal("d1").role("c1", deal="d1").touch(4, "c1", deal="elsewhere")
    assert world.signal("days_since_touch") is None


def test_a_touch_without_a_deal_from_before_the_deal_does_not_count(world: World) -> None:
    world.deal(created_at=NOW - timedelta(days=3)).role("c1").touch(4, "c1", deal=None)
    assert world.signal("days_since_touch") is None


def test_a_contact_with_two_roles_and_two_touches_is_one_engaged_contact(world: World) -> None:
    world.deal().role("c1", "champion").role("c1", "technical").touch(4, "c1").touch(9, "c1")
    assert (world.signal("contacts"), world.signal("engaged_contacts"), world.signal("distinct_roles")) == (1, 1, 2)


def test_an_attendee_without_a_role_is_not_an_engaged_contact(world: World) -> None:
    world.deal().role("c1").touch(4, "stranger")
    assert world.signal("engaged_contacts") == 0


@pytest.mark.parametrize(("days", "engaged"), [(30, 1), (31, 0)])
def test_a_contact_is_engaged_for_thirty_days(world: World, days: int, engaged: int) -> None:
    world.deal().role("c1").touch(days, "c1")
    assert world.signal("engaged_contacts") == engaged


def test_days_are_counted_between_local_calendar_days(world: World) -> None:
    late_evening_in_new_york = NOW.replace(day=14, hour=2)
    world.deal().role("c1").touch((NOW - late_evening_in_new_york) / timedelta(days=1), "c1")
    world.knows(time_zone="America/New_York", today=date(2026, 6, 15))
    assert world.signal("last_champion_touch_on") == date(2026, 6, 13)
    assert world.signal("days_since_champion_touch") == 2


def test_a_later_summary_date_turns_silence_into_unknown_and_nothing_else(world: World) -> None:
    world.deal(last_activity_on=date(2026, 6, 14)).role("c1").touch(20, "c1")
    assert world.signal("days_since_touch") is None
    assert world.signal("days_since_champion_touch") == 20
    assert world.signal("last_touch_on") == date(2026, 5, 26)


def test_a_summary_date_of_the_next_day_is_no_contradiction(world: World) -> None:
    world.deal(last_activity_on=date(2026, 5, 27)).role("c1").touch(20, "c1")
    assert world.signal("days_since_touch") == 20


@pytest.mark.parametrize(("kind", "direction"), [("other", "unknown"), ("email", "outbound"), ("call", "outbound")])
def test_a_later_summary_date_that_a_row_explains_leaves_silence_as_it_is(
    world: World, kind: str, direction: str
) -> None:
    world.deal(last_activity_on=date(2026, 6, 14)).touch(20).touch(1, kind=kind, direction=direction)
    assert (world.signal("days_since_touch"), world.signal("silent_since")) == (20, date(2026, 5, 26))


@pytest.mark.parametrize("is_deleted", [False, None])
def test_the_due_day_of_a_closed_managed_task_explains_a_summary_date(world: World, is_deleted: bool | None) -> None:
    world.deal(last_activity_on=date(2026, 6, 30)).touch(20)
    world.add("own_tasks", task_id="t", deal_id="d1", is_open=False, is_deleted=is_deleted, due=date(2026, 6, 30))
    assert (world.signal("days_since_touch"), world.signal("silent_since")) == (20, date(2026, 5, 26))


@pytest.mark.parametrize("row", [{"is_open": True}, {"is_deleted": True}, {"due": date(2026, 5, 1)}, {"deal_id": "d2"}])
def test_a_managed_task_that_did_not_move_the_summary_date_explains_nothing(world: World, row: dict[str, Any]) -> None:
    world.deal(last_activity_on=date(2026, 6, 14)).touch(20).deal("d2")
    closed = {"deal_id": "d1", "is_open": False, "is_deleted": False, "due": date(2026, 6, 14)}
    world.add("own_tasks", task_id="t", **{**closed, **row})
    assert world.signal("days_since_touch") is None


def test_a_call_of_unknown_direction_explains_nothing(world: World) -> None:
    world.deal(last_activity_on=date(2026, 6, 14)).touch(20).touch(1, kind="call", direction="unknown")
    assert world.signal("days_since_touch") is None


def test_silence_of_a_champion_never_touched_counts_from_the_day_of_the_role(world: World) -> None:
    world.deal().role("c1", since=12)
    assert world.signal("days_since_champion_touch") is None
    assert world.signal("champion_silent_days") == 12


def test_silence_of_a_champion_with_no_date_counts_from_the_creation_of_the_deal(world: World) -> None:
    world.deal().role("c1")
    world.rows["roles"][0]["since"] = None
    assert world.signal("champion_silent_days") == 100


def test_of_two_champions_the_one_last_touched_is_named_and_counts(world: World) -> None:
    world.deal().role("c1").role("c2").touch(9, "c1").touch(3, "c2")
    assert (world.signal("champion_name"), world.signal("champion_silent_days")) == ("Name c2", 3)


@pytest.mark.parametrize("table", ["touches", "touch_links", "roles"])
def test_silence_is_unknown_while_a_table_is_stale(world: World, table: str) -> None:
    world.deal().role("c1").touch(20, "c1").knows(stale_tables=frozenset({table}))
    assert world.signal("champion_silent_days") is None
    assert world.signal("engaged_contacts") is None
    assert world.signal("days_since_touch") is None


def test_silence_is_unknown_when_touches_cannot_be_read(world: World) -> None:
    world.deal().role("c1").knows(readable={"touches": False})
    assert (world.signal("champion_silent_days"), world.signal("engaged_contacts")) == (None, None)


def test_silence_is_unknown_when_a_kind_of_touch_that_was_logged_has_vanished(world: World) -> None:
    gone = CoverageVerdict(EVERY_RULE, "touches:email", "default", 0.0, judged=False, lapsed=True)
    kept = judged(*(source for source in SOURCES if source != "touches:email"))
    world.deal().role("c1").touch(20, "c1").knows(coverage=(*kept, gone))
    assert world.signal("champion_silent_days") is None


def test_silence_is_known_where_a_kind_of_touch_was_never_logged(world: World) -> None:
    never = CoverageVerdict(EVERY_RULE, "touches:email", "default", 0.0, judged=False)
    kept = judged(*(source for source in SOURCES if source != "touches:email"))
    world.deal().role("c1").touch(20, "c1").knows(coverage=(*kept, never))
    assert world.signal("champion_silent_days") == 20


def test_nobody_on_the_deal_is_unknown_when_roles_cannot_be_read(world: World) -> None:
    world.deal().knows(readable={"roles": False})
    assert (world.signal("contacts"), world.signal("has_champion"), world.signal("missing_roles")) == (None, None, None)


def test_a_hidden_lookup_that_proves_a_role_makes_its_absence_unknown(world: World) -> None:
    world.deal().knows(readable={"field:champion": False}, element_roles={"champion": "champion"})
    assert world.signal("has_champion") is None
    assert world.signal("has_technical") is False


def test_a_role_that_is_seen_is_known_even_while_a_lookup_is_hidden(world: World) -> None:
    world.deal().role("c1").knows(readable={"field:champion": False}, element_roles={"champion": "champion"})
    assert world.signal("has_champion") is True


def test_missing_roles_name_what_the_phase_needs_and_the_pipeline_keeps(world: World) -> None:
    world.deal(phase="evaluation").role("c1", "champion")
    assert world.signal("missing_roles") == ["economic buyer", "technical evaluator", "end user"]
    without_users = tuple(verdict for verdict in world.facts.coverage if verdict.source != "roles:user")
    world.facts = replace(world.facts, coverage=without_users)
    assert world.signal("missing_roles") == ["economic buyer", "technical evaluator"]
