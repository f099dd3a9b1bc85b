"""Connections, runs, plans and episodes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from connectors.base import Capabilities
from connectors.model import Cursor, Org, Page, WriteKind
from sync.model.change import Change
from sync.store.episodes import Episode
from sync.store.plans import StoredPlan
from sync.store.runs import Spent
from sync.store.store import Store
from tests.sync.store.rows import NOW, ORG, deal, page

LATER = NOW + timedelta(minutes=1)
OTHER = Org("00D000000000002AAA", "Other", "UTC", None, is_sandbox=None)
CAPS = Capabilities(
    fingerprint="f",
    sources={"roles": True, "field:champion": False},
    shows={"champion": 2},
    element_roles={"champion": "champion"},
    key_enforced=True,
    can_write_tasks=True,
    can_write_scores=False,
    problems=("Scores cannot be written.",),
    details='{"a": 1}',
)
CHANGE = Change(
    "acme", "d1", "Big", WriteKind.CREATE_TASK, "slip", "dw:k", "Move it", date(2026, 6, 18), "u", ("late",), "why"
)


def test_a_connection_is_known_by_its_org_not_by_its_name(store: Store, conn: int) -> None:
    assert store.connections.register(ORG, kind="salesforce", name="renamed", now=LATER) == conn
    assert store.connections.org_of("acme") is None
    assert store.connections.org_of("renamed") == ORG.org_id


def test_the_same_id_in_another_crm_is_another_connection(store: Store, conn: int) -> None:
    assert store.connections.register(ORG, kind="hubspot", name="hub", now=NOW) != conn


def test_of_two_orgs_under_one_name_the_last_reached_counts(store: Store, conn: int) -> None:
    store.connections.register(OTHER, kind="salesforce", name="acme", now=LATER)
    assert store.connections.org_of("acme") == OTHER.org_id
    store.connections.register(ORG, kind="salesforce", name="acme", now=LATER + timedelta(minutes=1))
    assert store.connections.org_of("acme") == ORG.org_id


def test_capabilities_come_back_as_they_were(store: Store, conn: int) -> None:
    assert store.connections.capabilities(conn) is None
    assert store.connections.known_capabilities("acme") is None
    store.connections.save_capabilities(conn, CAPS)
    assert store.connections.capabilities(conn) == CAPS
    assert store.connections.known_capabilities("acme") == (ORG.org_id, CAPS)
    assert store.connections.known_capabilities("nobody") is None


def test_the_first_run_has_none_before_it_that_ended_well(store: Store, conn: int) -> None:
    assert store.runs.begin(conn, "r1", "sync", NOW) is False


def test_a_run_knows_whether_the_one_before_it_ended_well(store: Store, conn: int) -> None:
    store.runs.begin(conn, "r1", "sync", NOW)
    store.runs.end(conn, "r1", {"incomplete": False, "error": None}, NOW)
    assert store.runs.begin(conn, "r2", "sync", LATER) is True
    store.runs.end(conn, "r2", {"incomplete": True, "incomplete_reason": "quota", "error": None}, LATER)
    assert store.runs.begin(conn, "r3", "sync", LATER) is False


def test_a_run_without_an_end_was_killed(store: Store, conn: int) -> None:
    store.runs.begin(conn, "r1", "sync", NOW)
    assert store.runs.begin(conn, "r2", "sync", LATER) is False
    current, killed = store.runs.last(conn)
    assert (killed.incomplete, killed.ended_at) == (True, LATER)
    assert "process ended" in str(killed.error)
    assert (current.run_id, current.ended_at) == ("r2", None)


def test_a_run_that_failed_did_not_end_well(store: Store, conn: int) -> None:
    store.runs.begin(conn, "r1", "sync", NOW)
    store.runs.end(conn, "r1", {"incomplete": False, "error": "login refused"}, NOW)
    assert store.runs.begin(conn, "r2", "sync", LATER) is False
    assert store.runs.last(conn)[1].error == "login refused"


def test_calls_of_the_last_day_are_added_up(store: Store, conn: int) -> None:
    for number, at in enumerate((NOW - timedelta(hours=25), NOW - timedelta(hours=1), NOW)):
        store.runs.begin(conn, f"r{number}", "sync", at)
        store.runs.end(conn, f"r{number}", {"calls": {"read": 5, "write": 2}}, at)
    store.runs.begin(conn, "running", "sync", NOW)
    assert store.runs.calls_since("acme", NOW - timedelta(hours=24)) == 14
    store.runs.begin(conn, "killed", "sync", NOW)
    store.runs.note_calls(conn, Spent("killed", 5))
    assert store.runs.calls_since("acme", NOW - timedelta(hours=24)) == 19
    assert store.runs.calls_since("nobody", NOW - timedelta(hours=24)) == 0


def test_a_plan_comes_back_as_it_was_made(store: Store, conn: int) -> None:
    plan = StoredPlan("p1", "r1", NOW, (CHANGE, replace(CHANGE, due=None)))
    store.plans.save(conn, plan)
    assert store.plans.latest(conn) == plan
    assert store.plans.get("p1") == (conn, plan)
    assert store.plans.get("p2") is None


def test_the_latest_plan_is_the_one_saved_last(store: Store, conn: int) -> None:
    for name in ("p9", "p1"):
        store.plans.save(conn, StoredPlan(name, "r", NOW, ()))
    latest = store.plans.latest(conn)
    assert latest is not None
    assert latest.plan_id == "p1"
    assert store.plans.latest(conn + 1) is None


def test_a_plan_belongs_to_the_connection_that_made_it(store: Store, conn: int) -> None:
    other = store.connections.register(OTHER, kind="salesforce", name="other", now=NOW)
    for one in (conn, other):
        store.connections.save_capabilities(one, CAPS)
        store.mirror.commit_page(one, Page("deals", cursor=Cursor("deals", "1", NOW)))
    store.plans.save(conn, StoredPlan("p1", "r", NOW, ()))
    for plan_id in ("p1", None):
        mine = store.plans.of_connection("acme", plan_id)
        assert mine is not None
        assert mine.plan_id == "p1"
        assert store.plans.of_connection("other", plan_id) is None


def test_an_episode_is_kept_over_what_was_known_of_it(store: Store, conn: int) -> None:
    ended = Episode("d1", "slip", 1, "ended", ended_by_person=True)
    store.episodes.save(conn, [Episode("d1", "slip", 1, "open"), Episode("d1", "champion", 1, "open")])
    store.episodes.save(conn, [ended])
    assert store.episodes.all(conn) == [Episode("d1", "champion", 1, "open"), ended]
    assert store.episodes.released(conn) == frozenset()
    store.episodes.save(conn, [replace(ended, cleared_day=date(2026, 6, 16))])
    assert store.episodes.released(conn) == frozenset({("d1", "slip", 1)})


def test_what_was_last_seen_is_as_of_the_crms_time(store: Store, conn: int) -> None:
    store.connections.save_capabilities(conn, CAPS)
    assert store.connections.last_seen("acme") is None
    store.mirror.commit_page(conn, Page("deals", cursor=Cursor("deals", "1", LATER)))
    store.mirror.commit_page(conn, Page("roles", cursor=Cursor("roles", "1")))
    seen = store.connections.last_seen("acme")
    assert seen is not None
    assert (seen.conn, seen.org, seen.capabilities, seen.at) == (conn, ORG, CAPS, LATER)


def test_a_deal_is_found_by_long_or_short_id_or_exact_name(store: Store, conn: int) -> None:
    long_id = "006000000000001AAA"
    store.mirror.commit_page(conn, page(deals=[deal(long_id, name="Big"), deal("other", name="Big one")]))
    for text in (long_id, "006000000000001", "Big"):
        assert store.lookups.find_deals(conn, text) == [long_id]
    assert store.lookups.find_deals(conn, "big") == []
