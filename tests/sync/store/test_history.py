from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.model import ELEMENTS
from sync.store.store import Store
from tests.sync.store.rows import NOW, deal, page

LATER = NOW + timedelta(minutes=5)


def changes(store: Store, conn: int) -> list[tuple[Any, ...]]:
    found = store.frames.of_deals(conn, None, now=NOW, touches_since=NOW)["changes"]
    return found.sort("change_id").select("deal_id", "field", "old", "new", "at").rows()


def test_an_edit_of_a_watched_field_is_written_down(store: Store, conn: int) -> None:
    store.mirror.commit_page(
        conn, page(deals=deal(stage_id="s1", close_date=date(2026, 7, 1), amount=10.0, owner_id="a"))
    )
    edited = deal(stage_id="s2", close_date=date(2026, 8, 1), amount=20.5, owner_id="b", modified_at=LATER)
    store.mirror.commit_page(conn, page(deals=edited))
    assert changes(store, conn) == [
        ("d1", "amount", "10.0", "20.5", LATER),
        ("d1", "close_date", "2026-07-01", "2026-08-01", LATER),
        ("d1", "owner", "a", "b", LATER),
        ("d1", "stage", "s1", "s2", LATER),
    ]


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_that_rises_is_written_down(store: Store, conn: int, element: str) -> None:
    store.mirror.commit_page(conn, page(deals=deal(**{f"{element}_level": 0})))
    store.mirror.commit_page(conn, page(deals=deal(**{f"{element}_level": 2}, modified_at=LATER)))
    assert changes(store, conn) == [("d1", element, "0", "2", LATER)]


def test_the_first_sight_of_a_deal_is_no_change(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s1")))
    assert changes(store, conn) == []


def test_a_new_mapping_or_rate_is_no_change(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(amount=10.0)))
    store.mirror.commit_page(conn, page(deals=deal(amount=11.0, champion_level=1)))
    assert changes(store, conn) == []


def test_a_page_read_twice_writes_one_change(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s1")))
    for _ in range(2):
        store.mirror.commit_page(conn, page(deals=deal(stage_id="s2", modified_at=LATER)))
    assert len(changes(store, conn)) == 1


def test_a_field_whose_history_the_crm_keeps_is_left_to_it(store: Store, conn: int) -> None:
    theirs = {"change_id": "h1", "deal_id": "other", "field": "stage", "old": "s0", "new": "s1", "at": NOW}
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s1", amount=1.0), changes=theirs))
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s2", amount=2.0, modified_at=LATER)))
    assert [row[1] for row in changes(store, conn)] == ["amount"]


def test_where_the_crm_begins_to_keep_history_ours_steps_back(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s1", amount=1.0)))
    store.mirror.commit_page(conn, page(deals=deal(stage_id="s2", amount=2.0, modified_at=LATER)))
    theirs = {"change_id": "h1", "deal_id": "d1", "field": "stage", "old": "s1", "new": "s2", "at": NOW}
    store.mirror.commit_page(conn, page(changes=theirs))
    assert changes(store, conn) == [("d1", "amount", "1.0", "2.0", LATER), ("d1", "stage", "s1", "s2", NOW)]
