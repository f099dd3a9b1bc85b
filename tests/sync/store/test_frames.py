from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.model import TABLES
from sync.store.database.mirror_schema import MIRROR
from sync.store.store import Store
from tests.sync.store.rows import NOW, deal, page

SINCE = NOW - timedelta(days=180)
TABLE_OF_DEALS = select(MIRROR["deals"].c.deal_id)


@pytest.fixture
def world(store: Store, conn: int) -> int:
    store.mirror.commit_page(
        conn,
        page(
            deals=[
                deal("a", account_id="acc-a", owner_id="rep-a"),
                deal("b", account_id="acc-b", owner_id="rep-b"),
                deal("closed", is_closed=True, is_won=False),
                deal("unsaid", is_closed=None),
            ],
            accounts=[{"account_id": "acc-a"}, {"account_id": "acc-b"}],
            owners=[{"owner_id": "rep-a", "manager_id": "boss"}, {"owner_id": "rep-b"}, {"owner_id": "boss"}],
            contacts=[{"contact_id": "x"}, {"contact_id": "y"}, {"contact_id": "guest"}, {"contact_id": "far"}],
            roles=[
                {"role_id": "r1", "deal_id": "a", "contact_id": "x"},
                {"role_id": "r2", "deal_id": "b", "contact_id": "y"},
                {"role_id": "r3", "deal_id": "closed", "contact_id": "far"},
            ],
            touches=[
                {"touch_id": "linked", "at": NOW},
                {"touch_id": "attended", "at": NOW},
                {"touch_id": "of-b", "at": NOW},
                {"touch_id": "old", "at": SINCE - timedelta(seconds=1)},
                {"touch_id": "booked", "at": NOW + timedelta(days=20)},
                {"touch_id": "endless", "at": NOW + timedelta(days=800)},
            ],
            touch_links=[
                {"link_id": "l1", "touch_id": "linked", "deal_id": "a"},
                {"link_id": "l2", "touch_id": "linked", "contact_id": "guest"},
                {"link_id": "l3", "touch_id": "attended", "contact_id": "x"},
                {"link_id": "l4", "touch_id": "of-b", "deal_id": "b"},
                {"link_id": "l5", "touch_id": "of-b", "contact_id": "x"},
                {"link_id": "l6", "touch_id": "old", "deal_id": "a"},
                {"link_id": "l7", "touch_id": "booked", "deal_id": "a"},
                {"link_id": "l8", "touch_id": "endless", "deal_id": "a"},
            ],
            stages={"pipeline": "default", "stage_id": "s"},
            own_tasks=[{"task_id": "t1", "deal_id": "a"}, {"task_id": "t2", "deal_id": "b"}],
            own_scores=[{"deal_id": "a", "score": 1.0}, {"deal_id": "b", "score": 2.0}],
        ),
    )
    return conn


def ids_of(store: Store, conn: int, deal_ids: list[str] | None) -> dict[str, list[str]]:
    frames = store.frames.of_deals(conn, deal_ids, now=NOW, touches_since=SINCE)
    return {name: sorted(frame[frame.columns[0]].to_list()) for name, frame in frames.items()}


def test_every_canonical_table_comes_with_its_exact_schema(store: Store, world: int) -> None:
    for deal_ids in (None, ["a"], []):
        frames = store.frames.of_deals(world, deal_ids, now=NOW, touches_since=SINCE)
        assert {name: frame.schema for name, frame in frames.items()} == dict(TABLES)


def test_without_ids_all_open_deals_come(store: Store, world: int) -> None:
    assert ids_of(store, world, None)["deals"] == ["a", "b", "unsaid"]


def test_a_closed_deal_does_not_come_even_if_asked_for(store: Store, world: int) -> None:
    found = ids_of(store, world, ["a", "closed", "never-seen"])
    assert found["deals"] == ["a"]
    assert found["roles"] == ["r1"]


@pytest.mark.parametrize("asked", [["a", "b"], ["a", "unsaid"], ["a", "closed"], ["b", "gone"], []])
def test_what_lies_between_the_deals_asked_for_does_not_come(store: Store, world: int, asked: list[str]) -> None:
    wanted = [deal_id for deal_id in asked if deal_id in {"a", "b", "unsaid"}]
    assert ids_of(store, world, asked)["deals"] == wanted


def test_only_what_concerns_the_deals_comes(store: Store, world: int) -> None:
    assert ids_of(store, world, ["a"]) == {
        "deals": ["a"],
        "accounts": ["acc-a"],
        "contacts": ["guest", "x"],
        "roles": ["r1"],
        "touches": ["attended", "booked", "linked", "of-b"],
        "touch_links": ["l1", "l2", "l3", "l4", "l5", "l7"],
        "owners": ["boss", "rep-a"],
        "stages": ["default"],
        "changes": [],
        "own_tasks": ["t1"],
        "own_scores": ["a"],
    }


def test_a_contact_table_holds_a_person_once(store: Store, world: int) -> None:
    again = {"role_id": "r9", "deal_id": "a", "contact_id": "x", "role": "champion"}
    store.mirror.commit_page(world, page(roles=again))
    assert ids_of(store, world, ["a"])["contacts"] == ["guest", "x"]


def test_chunks_cover_every_open_deal_once_in_order(store: Store, conn: int) -> None:
    store.mirror.commit_page(
        conn, page(deals=[deal(f"d{number:03}", is_closed=number % 7 == 0) for number in range(100)])
    )
    chunks = list(store.lookups.deal_chunks(conn, 10))
    assert [name for chunk in chunks for name in chunk] == [f"d{number:03}" for number in range(100) if number % 7]
    assert {len(chunk) for chunk in chunks[:-1]} == {10}


def test_a_deal_says_how_it_ended(store: Store, conn: int) -> None:
    rows = [deal("won", is_closed=True, is_won=True), deal("lost", is_closed=True, is_won=False), deal("open")]
    store.mirror.commit_page(conn, page(deals=rows))
    endings = store.lookups.endings(conn, ["won", "lost", "open", "never-seen"])
    assert endings == {"won": "won", "lost": "lost", "open": None, "never-seen": "gone"}


def test_names_and_scores_are_given_for_the_deals_asked_about(store: Store, world: int) -> None:
    assert store.lookups.deal_names(world, ["a", "closed", "never-seen"]) == {"a": "Deal a", "closed": "Deal closed"}
    assert store.frames.own_scores(world, ["b"])["score"].to_list() == [2.0]
    assert store.frames.own_scores(world, None).height == 2


def test_a_reader_keeps_its_moment_while_another_commits(store: Store, world: int) -> None:
    with store.database.read() as work:
        before = work.fetch(TABLE_OF_DEALS)
        store.mirror.commit_page(world, page(deals=deal("new")))
        assert work.fetch(TABLE_OF_DEALS) == before
    with store.database.read() as work:
        assert len(work.fetch(TABLE_OF_DEALS)) == len(before) + 1


def test_deals_that_closed_not_long_ago_are_found_by_closing_or_else_by_close_date(store: Store, conn: int) -> None:
    old, new = NOW - timedelta(days=40), NOW - timedelta(days=3)
    rows = [
        deal("open", closed_at=None, close_date=NOW.date()),
        deal("new", is_closed=True, closed_at=new),
        deal("old", is_closed=True, closed_at=old, close_date=NOW.date()),
        deal("dated", is_closed=True, close_date=new.date()),
        deal("undated", is_closed=True),
    ]
    store.mirror.commit_page(conn, page(deals=rows))
    assert store.lookups.closed_since(conn, NOW.date() - timedelta(days=30)) == {"new", "dated"}


def test_closed_deals_are_read_only_where_they_are_asked_for(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b", is_closed=True)]))
    read = {
        closed: store.frames.of_deals(conn, ["a", "b"], now=NOW, touches_since=NOW, closed=closed)["deals"][
            "deal_id"
        ].to_list()
        for closed in (False, True)
    }
    assert read == {False: ["a"], True: ["b"]}
