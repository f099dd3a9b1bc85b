from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.model import PRIMARY_KEY, TABLES, Cursor, Org, Page
from sync.store.frames import rows_of
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, deal, frame, page

LATER = NOW + timedelta(minutes=5)
SINCE = NOW - timedelta(days=180)


def mirrored(store: Store, conn: int, table: str) -> pl.DataFrame:
    return store.frames.of_deals(conn, None, now=NOW, touches_since=SINCE)[table]


def test_a_row_comes_back_as_it_was_read(store: Store, conn: int) -> None:
    row = deal(
        amount=1234.56,
        close_date=date(2026, 9, 30),
        created_at=NOW + timedelta(microseconds=1),
        champion_level=2,
        champion_filled=True,
        champion_filler=False,
        champion_confirmed_on=date(1969, 12, 31),
        extras='{"x_region": "Süd"}',
    )
    store.mirror.commit_page(conn, page(deals=row))
    assert mirrored(store, conn, "deals").equals(frame("deals", row))


def test_a_row_read_twice_differs_once(store: Store, conn: int) -> None:
    assert store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b")])) == 2
    assert store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b")])) == 0


def test_a_number_that_is_none_becomes_unknown(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(amount=float("nan"))))
    assert mirrored(store, conn, "deals")["amount"].to_list() == [None]
    assert store.mirror.commit_page(conn, page(deals=deal(amount=float("nan")))) == 0


def test_an_older_row_never_replaces_a_newer_one(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal(name="new", modified_at=LATER)))
    assert store.mirror.commit_page(conn, page(deals=deal(name="old", modified_at=NOW))) == 0
    assert mirrored(store, conn, "deals")["name"].to_list() == ["new"]


def test_of_one_row_twice_in_a_page_the_newest_counts(store: Store, conn: int) -> None:
    rows = [deal(name="new", modified_at=LATER), deal(name="old", modified_at=NOW)]
    assert store.mirror.commit_page(conn, page(deals=rows)) == 1
    assert mirrored(store, conn, "deals")["name"].to_list() == ["new"]


def test_a_moved_stamp_alone_is_no_difference_but_is_kept(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal()))
    moved = deal(modified_at=LATER, last_activity_on=date(2026, 6, 15))
    assert store.mirror.commit_page(conn, page(deals=moved)) == 0
    assert mirrored(store, conn, "deals")["modified_at"].to_list() == [LATER]


def test_the_cursor_is_committed_with_its_page(store: Store, conn: int) -> None:
    cursor = Cursor("deals", "2026-06-15T09:00:00Z", complete_through=NOW)
    store.mirror.commit_page(conn, Page("deals", cursor=cursor))
    assert store.cursors.all(conn) == {"deals": cursor}


def test_a_page_that_fails_commits_neither_rows_nor_cursor(store: Store, conn: int) -> None:
    broken = Page(
        "deals",
        {"deals": frame("deals", deal())},
        gone={"stages": ("s",), "nothing": ("x",)},
        cursor=Cursor("deals", "1"),
    )
    with pytest.raises(KeyError):
        store.mirror.commit_page(conn, broken)
    assert store.cursors.all(conn) == {}
    assert mirrored(store, conn, "deals").is_empty()


def test_a_frame_of_another_shape_is_refused(store: Store, conn: int) -> None:
    wrong = frame("deals", deal()).with_columns(pl.col("amount").cast(pl.Int64))
    with pytest.raises(ValueError, match="other columns or types"):
        store.mirror.commit_page(conn, Page("deals", {"deals": wrong}))


def test_cursors_are_forgotten_by_source_or_all(store: Store, conn: int) -> None:
    for source in ("deals", "roles", "touches"):
        store.mirror.commit_page(conn, Page(source, cursor=Cursor(source, "1")))
    store.cursors.reset(conn, ["deals"])
    assert set(store.cursors.all(conn)) == {"roles", "touches"}
    store.cursors.reset(conn)
    assert store.cursors.all(conn) == {}


def test_a_deal_that_is_gone_takes_its_roles_along(store: Store, conn: int) -> None:
    roles = [{"role_id": "r1", "deal_id": "a", "contact_id": "c"}, {"role_id": "r2", "deal_id": "b", "contact_id": "c"}]
    store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b")], roles=roles))
    store.mirror.commit_page(conn, Page("deleted", gone={"deals": ("a", "never-seen")}))
    assert mirrored(store, conn, "deals")["deal_id"].to_list() == ["b"]
    assert mirrored(store, conn, "roles")["role_id"].to_list() == ["r2"]
    assert store.lookups.endings(conn, ["a", "b"]) == {"a": "gone", "b": None}


def test_a_contact_that_is_gone_is_erased(store: Store, conn: int, place: Place) -> None:
    role = {"role_id": "r", "deal_id": "d1", "contact_id": "c"}
    store.mirror.commit_page(conn, page(deals=deal(), roles=role, contacts={"contact_id": "c", "name": "Grace Hopper"}))
    store.mirror.commit_page(conn, Page("deleted", gone={"contacts": ("c",)}))
    store.close()
    raw = b"".join(file.read_bytes() for file in place.base.glob("test.db*"))  # a server vacuums in its own time
    assert mirrored(store, conn, "contacts").is_empty()
    assert b"Grace Hopper" not in raw


def test_a_touch_that_is_gone_takes_its_links_along(store: Store, conn: int) -> None:
    link = {"link_id": "l", "touch_id": "t", "deal_id": "d1"}
    store.mirror.commit_page(conn, page(deals=deal(), touches={"touch_id": "t", "at": NOW}, touch_links=link))
    store.mirror.commit_page(conn, Page("deleted", gone={"touches": ("t",)}))
    assert mirrored(store, conn, "touches").is_empty()
    assert mirrored(store, conn, "touch_links").is_empty()


def test_our_task_that_is_gone_stays_as_deleted(store: Store, conn: int) -> None:
    store.mirror.commit_page(
        conn, page(own_tasks={"task_id": "t", "key": "dw:1", "deal_id": "d1", "is_deleted": False})
    )
    assert store.mirror.commit_page(conn, Page("deleted", gone={"own_tasks": ("t",)})) == 1
    assert store.tasks.all(conn)["is_deleted"].to_list() == [True]


def test_a_replaced_table_holds_the_pages_rows_and_no_others(store: Store, conn: int) -> None:
    def stages(*ids: str) -> Page:
        rows = [{"pipeline": "default", "stage_id": one, "rank": 1} for one in ids]
        return Page("stages", {"stages": frame("stages", *rows)}, replace=("stages",))

    assert store.mirror.commit_page(conn, stages("a", "b")) == 2
    assert store.mirror.commit_page(conn, stages("b", "c")) == 2
    assert sorted(mirrored(store, conn, "stages")["stage_id"]) == ["b", "c"]
    assert store.mirror.commit_page(conn, stages("c", "b")) == 0


def test_a_sweep_removes_what_it_did_not_find(store: Store, conn: int) -> None:
    roles = [{"role_id": one, "deal_id": "d1", "contact_id": one} for one in ("r1", "r2")]
    store.mirror.commit_page(conn, page(deals=deal(), roles=roles))
    store.mirror.commit_page(conn, Page("sweep", present={"roles": frozenset({"r2"})}))
    assert mirrored(store, conn, "roles")["role_id"].to_list() == ["r2"]


def test_a_sweep_of_deals_speaks_of_open_ones_only(store: Store, conn: int) -> None:
    rows = [deal("open"), deal("absent"), deal("won", is_closed=True, is_won=True)]
    store.mirror.commit_page(conn, page(deals=rows))
    store.mirror.commit_page(conn, Page("sweep", present={"deals": frozenset({"open"})}))
    assert store.lookups.endings(conn, ["open", "absent", "won"]) == {"open": None, "absent": "gone", "won": "won"}


def test_a_page_that_carries_all_roles_of_a_deal_removes_the_others_of_that_deal_alone(store: Store, conn: int) -> None:
    roles = [{"role_id": name, "deal_id": name[0], "contact_id": "c1"} for name in ("a1", "a2", "b1")]
    store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b")], roles=roles))

    whole = {"roles": ("deal_id", frozenset({"a"}))}
    store.mirror.commit_page(conn, replace(page(roles=roles[1]), whole=whole))

    assert mirrored(store, conn, "roles")["role_id"].sort().to_list() == ["a2", "b1"]


def test_the_known_deals_are_the_open_ones(store: Store, conn: int) -> None:
    accounts = {"account_id": "x"}
    store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b", is_closed=True), deal("c")], accounts=accounts))

    assert sorted(store.lookups.known_ids(conn, "deals")) == ["a", "c"]
    assert store.lookups.known_ids(conn, "accounts") == ["x"]


def test_connections_do_not_see_each_others_rows(store: Store, conn: int) -> None:
    other = store.connections.register(Org("00D2", "B", "UTC", None, None), kind="salesforce", name="b", now=NOW)
    store.mirror.commit_page(conn, page(deals=deal(name="ours")))
    store.mirror.commit_page(other, page(deals=deal(name="theirs")))
    store.mirror.commit_page(other, Page("sweep", gone={"deals": ("d1",)}))
    assert mirrored(store, conn, "deals")["name"].to_list() == ["ours"]
    assert mirrored(store, other, "deals").is_empty()


VALUES = {
    pl.String: st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    pl.Float64: st.none() | st.floats(allow_nan=False),
    pl.Int64: st.none() | st.integers(-(2**63), 2**63 - 1),
    pl.Int8: st.none() | st.integers(0, 3),
    pl.Boolean: st.none() | st.booleans(),
    pl.Date: st.none() | st.dates(),
    pl.Datetime: st.none() | st.datetimes().map(lambda naive: naive.replace(tzinfo=NOW.tzinfo)),
}


@given(data=st.data(), table=st.sampled_from(("accounts", "changes", "owners", "own_scores", "roles", "touches")))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_of_any_type_comes_back_unchanged(store: Store, conn: int, data: st.DataObject, table: str) -> None:
    schema = TABLES[table]
    row = {name: data.draw(VALUES[kind.base_type()], label=name) for name, kind in schema.items()}
    row[schema.names()[0]] = "id"
    page_of_it = Page("any", {table: frame(table, row)}, replace=(table,))
    store.mirror.commit_page(conn, page_of_it)
    assert store.mirror.commit_page(conn, page_of_it) == 0
    with store.database.read() as work:
        assert work.frame(rows_of(table, conn), schema).equals(frame(table, row))


@pytest.mark.parametrize("table", TABLES)
def test_the_key_of_a_table_stands_first_in_its_rows(table: str) -> None:
    assert tuple(TABLES[table].names()[: len(PRIMARY_KEY[table])]) == PRIMARY_KEY[table]


def test_cursors_that_came_alone_are_kept_with_the_page_after_them(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal("d1")), None, [Cursor("roles", "7", NOW), Cursor("tasks", "8", NOW)])
    assert store.cursors.all(conn).keys() >= {"roles", "tasks"}
