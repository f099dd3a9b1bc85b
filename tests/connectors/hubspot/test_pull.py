from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.errors import AuthError, CursorExpiredError, IncompleteError, InvalidResponseError, TransientError
from tests.connectors.hubspot.conftest import PortalMirror, benches

Serve = Callable[..., Any]

PASSING = (
    "drop_before_apply", "drop_after_apply", "connection_reset", "500", "502_html", "503", "503_html", "429",
    "429_retry_after", "truncated_json", "truncated_gzip", "wrong_content_length", "html_200", "duplicate_page",
    "repeated_after", "short_page", "locator_expired", "423",
)  # fmt: skip


def test_a_first_pull_reads_every_table(portal: Any, mirror: Any) -> None:
    mirror.pull(portal.connected())

    assert {name for name, rows in mirror.tables.items() if not rows} == {"own_tasks"}
    assert len(mirror.tables["deals"]) == len(portal.rows("deals"))


def test_every_source_says_up_to_when_it_was_read(portal: Any, mirror: Any) -> None:
    connector = portal.connected()

    mirror.pull(connector)

    assert {name for name in mirror.cursors if ":late" not in name} == {
        "owners", "stages", "deals", "companies", "contacts", "associations", "meetings", "calls", "emails", "tasks",
    }  # fmt: skip
    for cursor in mirror.cursors.values():
        assert cursor.complete_through is not None
        assert cursor.complete_through <= connector.now()


def test_a_full_pull_keeps_to_its_calls(serve: Serve, mirror: Any) -> None:
    portal = serve(deals=120)
    connector = portal.connected()
    portal.control("calls/reset", {})

    mirror.pull(connector)

    kinds = [len(portal.rows(kind)) for kind in ("meetings", "calls", "emails")]
    pages = [
        (len(portal.rows("deals")), 50),
        (120, 1_000),
        (len(mirror.tables["contacts"]), 100),
        (len(mirror.tables["accounts"]), 100),
        *((count, 100) for count in kinds),
        *((count, 1_000) for count in kinds * 2),
    ]
    assert portal.calls()["read"] <= 8 + sum(math.ceil(rows / page) for rows, page in pages)
    assert portal.calls()["meta"] == 0


def test_a_quiet_cycle_takes_a_search_for_each_kind_and_the_associations(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.control("calls/reset", {})

    mirror.pull(connector)

    assert portal.calls()["read"] == 7


def test_the_late_pass_adds_a_search_for_each_kind(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.later(7_200)
    portal.control("calls/reset", {})

    mirror.pull(connector)

    assert portal.calls()["read"] == 13


def test_a_change_of_a_deal_comes_with_its_history(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    deal = portal.open_deal()
    portal.later(60)
    portal.edit("deals", deal, amount="123456", dw_metrics="tbd")

    mirror.pull(connector)

    assert mirror.tables["deals"][deal]["amount_original"] == 123456.0
    assert mirror.tables["deals"][deal]["metrics_filler"] is True
    assert any(one["deal_id"] == deal and one["new"] == "123456.0" for one in mirror.tables["changes"].values())


def test_a_deal_that_comes_again_unchanged_needs_no_history(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.later(60)
    portal.edit("deals", portal.open_deal(), deal_risk_score="12")
    portal.control("calls/reset", {})

    mirror.pull(connector)

    assert "/crm/objects/2026-09/deals/batch/read" not in portal.paths()


def test_a_new_label_shows_though_no_stamp_moves(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    deal = next(iter(mirror.tables["roles"].values()))["deal_id"]
    known = {contact for contact, _ in mirror.roles_of(deal)}
    contact = next(row["id"] for row in portal.rows("contacts") if row["id"] not in known)
    portal.link("deals", deal, "contacts", contact, "Procurement", "Legal")

    mirror.pull(connector)

    assert {role for one, role in mirror.roles_of(deal) if one == contact} == {"procurement", "legal"}
    assert contact in mirror.tables["contacts"]


def test_a_contact_taken_off_a_deal_has_no_role_there(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    role = next(iter(mirror.tables["roles"].values()))
    portal.link("deals", role["deal_id"], "contacts", role["contact_id"], cut=True)

    mirror.pull(connector)

    assert role["contact_id"] not in {contact for contact, _ in mirror.roles_of(role["deal_id"])}


def test_a_long_list_of_contacts_is_read_to_its_end(portal: Any, mirror: Any) -> None:
    portal.quirks(association_page=2)

    mirror.pull(portal.connected())

    deal = portal.open_deal()
    linked = [one for one in portal.control("tables/associations") if str(one["from_id"]) == deal]
    contacts = {str(one["to_id"]) for one in linked if one["to_object"] == "contacts"}
    assert len(contacts) > 2
    assert {contact for contact, _ in mirror.roles_of(deal)} == contacts


def test_a_label_goes_before_what_the_contact_says_everywhere(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    role = next(row for row in mirror.tables["roles"].values() if row["role"] not in (None, "other"))
    portal.later(60)
    portal.edit("contacts", role["contact_id"], hs_buying_role="BLOCKER")

    mirror.pull(connector)

    assert (role["contact_id"], "blocker") not in mirror.roles_of(role["deal_id"])


def test_a_contact_without_a_label_is_what_it_says_of_itself_in_every_later_process(portal: Any, mirror: Any) -> None:
    deal = portal.open_deal()
    contact = portal.create("contacts", email="bo@buyer.example.com", hs_buying_role="BUDGET_HOLDER;CHAMPION")
    portal.link("deals", deal, "contacts", contact)
    mirror.pull(portal.connected())

    mirror.pull(portal.connected())

    assert {role for one, role in mirror.roles_of(deal) if one == contact} == {"economic_buyer", "champion"}


def test_a_contact_that_no_longer_says_a_role_has_none(portal: Any, mirror: Any) -> None:
    deal, connector = portal.open_deal(), portal.connected()
    contact = portal.create("contacts", email="bo@buyer.example.com", hs_buying_role="CHAMPION")
    portal.link("deals", deal, "contacts", contact)
    mirror.pull(connector)
    portal.later(60)
    portal.edit("contacts", contact, hs_buying_role="")

    mirror.pull(connector)

    assert (contact, None) in mirror.roles_of(deal)


def test_a_deleted_deal_does_not_look_like_one_without_contacts(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    deal = next(iter(mirror.tables["roles"].values()))["deal_id"]
    portal.delete("deals", deal)

    mirror.pull(connector)

    assert deal not in mirror.tables["deals"]


def test_a_sweep_finds_a_deleted_deal_that_never_had_contacts(portal: Any, mirror: Any) -> None:
    deal = portal.create("deals", dealname="Alone", dealstage="appointmentscheduled", pipeline="default")
    connector = portal.connected()
    mirror.pull(connector)
    portal.delete("deals", deal)

    mirror.pull(connector, sweep=True)

    assert deal not in mirror.tables["deals"]


@pytest.mark.parametrize("new_id", [False, True])
def test_of_merged_deals_the_winner_alone_stays(portal: Any, mirror: Any, new_id: bool) -> None:
    portal.quirks(merge_makes_new_id=new_id)
    connector = portal.connected()
    mirror.pull(connector)
    winner, loser = mirror.known("deals")[:2]
    portal.later(60)

    kept = portal.merge("deals", winner, loser)
    mirror.pull(connector)

    assert {winner, loser, kept} & set(mirror.tables["deals"]) == {kept}


def test_a_touch_counts_for_who_was_there(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    deal = portal.open_deal()
    contact = next(iter(mirror.roles_of(deal)))[0] if mirror.roles_of(deal) else portal.rows("contacts")[0]["id"]
    portal.later(60)
    call = portal.create(
        "calls", hs_timestamp="2026-06-15T09:00:30.000Z", hs_call_direction="OUTBOUND", hs_call_status="COMPLETED",
        hs_call_duration="240000", hs_call_disposition="f240bbac-87c9-4f6e-bf70-924b57d47db7",
    )  # fmt: skip
    portal.link("calls", call, "deals", deal)
    portal.link("calls", call, "contacts", contact)

    mirror.pull(connector)

    assert mirror.tables["touches"][f"call:{call}"]["direction"] == "two_way"
    links = [row for row in mirror.tables["touch_links"].values() if row["touch_id"] == f"call:{call}"]
    assert {(row["deal_id"], row["contact_id"]) for row in links} == {(deal, None), (None, contact)}


def test_a_sweep_finds_attendees_added_later_and_deleted_meetings(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    kept, deleted = (row["id"] for row in portal.rows("meetings")[:2])
    contact = portal.create("contacts", email="late@buyer.example.com")
    portal.link("meetings", kept, "contacts", contact)
    portal.delete("meetings", deleted)

    mirror.pull(connector, sweep=True)

    assert f"meeting:{kept}:contact:{contact}" in mirror.tables["touch_links"]
    assert f"meeting:{deleted}" not in mirror.tables["touches"]


def test_a_change_that_the_index_shows_late_is_found(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.later(7_200)
    mirror.pull(connector)
    portal.quirks(search_lag_s=1_800)
    deal = portal.open_deal()
    portal.edit("deals", deal, amount="777")
    portal.later(60)
    mirror.pull(connector)
    assert mirror.tables["deals"][deal]["amount_original"] != 777.0

    portal.later(3_700)
    mirror.pull(connector)
    portal.later(3_700)
    mirror.pull(connector)

    assert mirror.tables["deals"][deal]["amount_original"] == 777.0


def test_a_write_that_commits_late_is_found(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.quirks(late_commit_s=600)
    deal = portal.open_deal()
    portal.edit("deals", deal, amount="777")
    portal.later(300)
    mirror.pull(connector)
    portal.later(400)

    mirror.pull(connector)

    assert mirror.tables["deals"][deal]["amount_original"] == 777.0


def test_a_thousand_rows_of_one_moment_are_read_in_pages_smaller_than_that(serve: Serve, mirror: Any) -> None:
    portal = serve(deals=700)
    connector = portal.connected()
    mirror.pull(connector)
    portal.later(7_200)
    mirror.pull(connector)
    with portal.box.portal.lock:
        for deal in mirror.known("deals"):
            portal.box.portal.update("deals", deal, {"hs_next_step": "All at once"}, by="1")
    portal.later(60)

    mirror.pull(connector)

    assert {row["next_step"] for row in mirror.tables["deals"].values() if not row["is_closed"]} == {"All at once"}


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Return a portal that nobody changes, and what an undisturbed pull finds there: pulls of many faults share it."""
    with benches(tmp_path_factory.mktemp("disturbed")) as start:
        portal = start(deals=60)
        portal.box.clock.hold()
        portal.quirks(association_page=3)
        yield portal, PortalMirror().pull(portal.connected()).content()


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("match", ["/crm/objects/*", "/crm/associations/*"])
def test_no_row_is_lost_after_a_fault(disturbed: tuple[Any, Any], mirror: Any, kind: str, match: str) -> None:
    portal, whole = disturbed
    connector = portal.connected()
    portal.faults({"match": match, "nth": 2, "kind": kind})

    for _ in range(3):
        try:
            mirror.pull(connector)
            break
        except (TransientError, InvalidResponseError, CursorExpiredError):
            continue

    assert mirror.content() == whole


def test_an_interrupted_listing_goes_on_where_it_stopped(serve: Serve, mirror: Any) -> None:
    portal = serve(deals=120)
    connector = portal.connected()
    portal.faults(*({"match": "/crm/objects/2026-09/deals", "nth": 3, "kind": "503"} for _ in range(4)))
    with pytest.raises(TransientError):
        mirror.pull(connector)
    portal.control("calls/reset", {})

    mirror.pull(connector)

    assert portal.paths()["/crm/objects/2026-09/deals"] == 2
    assert len(mirror.tables["deals"]) == len(portal.rows("deals"))
    assert {row["account_id"] for row in mirror.tables["deals"].values()} <= set(mirror.tables["accounts"])


def test_a_listing_that_lost_rows_begins_again_until_none_is_missing(serve: Serve, mirror: Any) -> None:
    portal = serve(deals=60)
    connector, lost = portal.connected(), portal.open_deal()
    portal.quirks(lists_leave_out=[lost])
    for _ in range(2):
        with pytest.raises(IncompleteError, match="listed") as caught:
            mirror.pull(connector)
        assert "deals" in caught.value.tables
    portal.quirks(lists_leave_out=[])

    mirror.pull(connector)

    assert set(mirror.tables["deals"]) == {row["id"] for row in portal.rows("deals")}


def test_a_deal_that_a_sweep_s_listing_lost_is_not_gone(portal: Any, mirror: Any) -> None:
    connector, lost = portal.connected(), portal.open_deal()
    mirror.pull(connector)
    portal.quirks(lists_leave_out=[lost])

    with pytest.raises(IncompleteError, match="without 1 that are there"):
        mirror.pull(connector, sweep=True)

    assert lost in mirror.tables["deals"]


@pytest.mark.parametrize(
    ("match", "tables"),
    [
        ("/crm/objects/2026-09/calls/search", {"touches", "touch_links"}),
        ("/crm/objects/2026-09/contacts/search", {"contacts", "roles"}),
    ],
)
def test_a_source_that_fails_names_the_tables_that_are_not_whole(
    portal: Any, mirror: Any, match: str, tables: set[str]
) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.faults(*({"match": match, "nth": 1, "kind": "503"} for _ in range(8)))

    with pytest.raises(IncompleteError) as caught:
        mirror.pull(connector)

    assert caught.value.tables == tables


def test_a_property_that_was_deleted_is_unknown_and_not_empty(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    portal.quirks(hide_properties=["deals.dw_metrics"])
    portal.later(600)

    mirror.pull(connector)

    assert {row["metrics_level"] for row in mirror.tables["deals"].values()} == {None}
    assert any("dw_metrics" in line for line in connector.capabilities.problems)


def test_a_service_key_that_is_refused_stops_the_connection(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    portal.faults({"match": "/crm/objects/*", "nth": 1, "kind": "401_expired"})

    with pytest.raises(AuthError, match="put a valid key"):
        mirror.pull(connector)


def test_the_older_version_reads_the_same(portal: Any, mirror: Any) -> None:
    dated = type(mirror)().pull(portal.connected()).content()

    assert mirror.pull(portal.connected(api_version="v3")).content() == dated


def test_without_a_mirror_the_open_deals_are_asked_for(portal: Any, mirror: Any) -> None:
    connector = portal.connected()
    mirror.pull(connector)
    deal = next(iter(mirror.tables["roles"].values()))["deal_id"]
    contact = portal.create("contacts", email="new@buyer.example.com")
    portal.link("deals", deal, "contacts", contact, "Champion")

    mirror.pull(connector, known_ids=None)

    assert (contact, "champion") in mirror.roles_of(deal)
