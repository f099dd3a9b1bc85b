"""Signals of the committee and of silence: shares, champions that left, executives, roles never met."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rules.judgement.world import SOURCES, World, judged


def named(world: World, contact: str, **values: object) -> World:
    (row,) = (row for row in world.rows["contacts"] if row["contact_id"] == contact)
    row.update(values)
    return world


def test_coverage_is_the_share_of_needed_roles_that_are_held(world: World) -> None:
    world.deal(phase="evaluation").role("c1", "champion").role("c2", "technical").role("c3", "legal")
    assert (world.signal("roles_needed"), world.signal("committee_coverage")) == (4, 50)


def test_roles_that_the_org_does_not_keep_are_not_needed(world: World) -> None:
    kept = judged(*(source for source in SOURCES if source not in {"roles:technical", "roles:user"}))
    world.knows(coverage=kept).deal(phase="evaluation").role("c1", "champion")
    assert (world.signal("roles_needed"), world.signal("committee_coverage")) == (2, 50)


def test_where_no_role_is_needed_there_is_no_share(world: World) -> None:
    assert world.deal(phase="discovery").signal("committee_coverage") is None


def test_key_roles_leave_out_influencers_and_blockers(world: World) -> None:
    world.deal().role("c1", "champion").role("c2", "influencer").role("c3", "blocker").role("c3", "user")
    assert world.signal("key_roles") == 2


def test_consensus_is_the_share_of_named_contacts_touched_lately(world: World) -> None:
    world.deal().role("c1", "champion").role("c2", "user").role("c3", "legal").role("c4", "other")
    world.touch(30, "c1").touch(31, "c2").touch(1, "c4")
    assert (world.signal("named_contacts"), world.signal("consensus_share")) == (3, 33)


def test_consensus_is_unknown_where_touches_cannot_be_seen(world: World) -> None:
    world.deal().role("c1").knows(readable={"touches": False})
    assert world.signal("consensus_share") is None


def test_a_contact_with_two_roles_is_counted_once(world: World) -> None:
    world.deal().role("c1", "champion").role("c1", "user")
    assert (world.signal("named_contacts"), world.signal("champions")) == (1, 1)


def test_a_champion_whom_mail_does_not_reach_is_lost_and_named(world: World) -> None:
    named(world.deal().role("c1").role("c2"), "c1", reachable=False)
    assert (world.signal("champions"), world.signal("champions_lost")) == (2, 1)
    assert world.signal("lost_champion_name") == "Name c1"


def test_champions_who_can_be_reached_are_not_lost(world: World) -> None:
    assert named(world.deal().role("c1"), "c1", reachable=True).signal("champions_lost") == 0


def test_where_the_org_does_not_keep_who_can_be_reached_it_is_unknown(world: World) -> None:
    assert world.deal().role("c1").signal("champions_lost") is None


def test_somebody_else_who_cannot_be_reached_is_no_lost_champion(world: World) -> None:
    named(named(world.deal().role("c1").role("c2", "user"), "c1", reachable=True), "c2", reachable=False)
    assert world.signal("champions_lost") == 0


@pytest.mark.parametrize("title", ["CFO", "VP of Sales", "Chief Risk Officer", "Senior Vice President", "Head of IT"])
def test_an_executive_is_known_by_the_title(world: World, title: str) -> None:
    named(world.deal().role("c1", "user").touch(4, "c1"), "c1", title=title)
    assert (world.signal("executives"), world.signal("days_since_executive_touch")) == (1, 4)


@pytest.mark.parametrize("title", ["Analyst", "Coordinator", "Developer of CTOs' tools", None])
def test_others_are_no_executives(world: World, title: str | None) -> None:
    assert named(world.deal().role("c1", "user"), "c1", title=title).signal("executives") == 0


def test_without_an_executive_nobody_knows_of_a_touch_with_one(world: World) -> None:
    assert world.deal().role("c1").signal("executive_touched") is None


def test_a_role_never_met_differs_from_one_that_nobody_holds(world: World) -> None:
    world.deal().role("c1", "economic_buyer")
    assert (world.signal("economic_buyer_touched"), world.signal("procurement_touched")) == (False, None)


def test_a_role_once_met_was_touched(world: World) -> None:
    assert world.deal().role("c1", "user").touch(80, "c1").signal("user_touched") is True


def test_silence_of_a_role_begins_with_the_role(world: World) -> None:
    world.deal().role("c1", "blocker", since=21)
    assert (world.signal("blocker_silent_days"), world.signal("blocker_silent_since")) == (21, date(2026, 5, 25))


def test_silence_of_the_deal_begins_with_its_last_touch(world: World) -> None:
    world.deal().touch(7)
    assert (world.signal("silent_since"), world.signal("silent_business_days")) == (date(2026, 6, 8), 5)


def test_silence_of_a_deal_never_touched_begins_with_the_deal(world: World) -> None:
    assert world.deal().signal("silent_since") == date(2026, 3, 7)


def test_silence_is_unknown_where_the_crm_knows_of_later_activity(world: World) -> None:
    assert world.deal(last_activity_on=date(2026, 6, 14)).touch(7).signal("silent_business_days") is None


def test_meetings_before_the_phase_are_not_of_the_phase(world: World) -> None:
    world.deal(entered=10).touch(11, kind="meeting").touch(9, kind="meeting").touch(9, kind="call")
    assert (world.signal("meetings_in_phase"), world.signal("touches_in_phase")) == (1, 1)


def test_a_meeting_ahead_has_not_been_held(world: World) -> None:
    assert world.deal().touch(-3, kind="meeting").signal("meetings_in_phase") == 0
