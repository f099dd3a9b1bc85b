"""Merged, archived and erased records, and the lists that they are in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.hubspot.portal.portal import Portal, RecordError, Target

Value = Callable[[str, str, str], str | None]


@pytest.fixture
def other(portal: Portal) -> str:
    values = {"dealname": "Small", "dealstage": "contractsent", "hs_next_step": "Call"}
    return portal.create("deals", values, by=portal.admin_id)["id"]


def ids(portal: Portal, *, archived: bool = False) -> list[str]:
    return [record["id"] for record in portal.list("deals", archived=archived, limit=100)[0]]


def test_the_winner_keeps_its_values_and_fills_its_gaps(portal: Portal, deal: str, other: str, value: Value) -> None:
    portal.merge("deals", deal, other)
    assert value("deals", deal, "dealname") == "Big"
    assert value("deals", deal, "hs_next_step") == "Call"
    assert value("deals", deal, "hs_merged_object_ids") == other


def test_the_loser_leaves_the_lists_without_being_archived(portal: Portal, deal: str, other: str) -> None:
    portal.merge("deals", deal, other)
    assert ids(portal) == [deal]
    assert ids(portal, archived=True) == []


def test_the_losers_id_leads_to_the_winner_alone_and_not_in_batches(portal: Portal, deal: str, other: str) -> None:
    portal.merge("deals", deal, other)
    record = portal.get("deals", other)
    assert record is not None
    assert record["id"] == deal
    assert portal.update("deals", other, {"amount": "9"})["id"] == deal
    assert portal.batch_get("deals", [other]) == ([], [other])
    portal.quirks["merged_ids_in_batches"] = True
    assert [record["id"] for record in portal.batch_get("deals", [other])[0]] == [deal]


def test_a_merge_may_make_a_new_record_of_the_two(portal: Portal, deal: str, other: str, value: Value) -> None:
    portal.quirks["merge_makes_new_id"] = True
    remains = portal.merge("deals", deal, other)["id"]
    assert remains not in (deal, other)
    assert ids(portal) == [remains]
    assert [record and record["id"] for record in (portal.get("deals", deal), portal.get("deals", other))] == [
        remains,
        remains,
    ]
    assert value("deals", remains, "hs_merged_object_ids") == f"{other};{deal}"


def test_associations_and_their_counts_come_along(
    portal: Portal, deal: str, other: str, contact: str, value: Value
) -> None:
    label = portal.add_label("deals", "contacts", "Champion")[0]
    portal.associate("deals", other, Target("contacts", int(contact), (label.key,)))
    portal.merge("deals", deal, other)
    links = portal.associated("deals", [deal], "contacts")[deal]
    assert [[known.label for known in link.types] for link in links] == [[None, "Champion"]]
    assert value("deals", deal, "num_associated_contacts") == "1"
    assert value("contacts", contact, "num_associated_deals") == "1"


def test_merges_of_merges_lead_to_the_last_winner(portal: Portal, deal: str, other: str, value: Value) -> None:
    third = portal.create("deals", {"dealname": "C", "dealstage": "contractsent"})["id"]
    portal.merge("deals", other, deal)
    portal.merge("deals", third, other)
    record = portal.get("deals", deal)
    assert record is not None
    assert record["id"] == third
    assert value("deals", third, "hs_merged_object_ids") == f"{deal};{other}"


def test_a_record_is_not_merged_with_itself(portal: Portal, deal: str) -> None:
    with pytest.raises(RecordError, match="with itself"):
        portal.merge("deals", deal, deal)


def test_an_archived_record_is_found_among_the_archived_only(portal: Portal, deal: str) -> None:
    portal.archive("deals", deal)
    assert portal.get("deals", deal) is None
    record = portal.get("deals", deal, archived=True)
    assert record is not None
    assert (record["archived"], record["archivedAt"]) == (True, "2026-06-15T09:00:00.000Z")
    assert (ids(portal), ids(portal, archived=True)) == ([], [deal])


def test_archiving_moves_no_stamp_and_may_be_repeated(portal: Portal, deal: str) -> None:
    before = portal.table("deals")[0]["updatedAt"]
    portal.archive("deals", deal)
    portal.archive("deals", deal)
    portal.archive("deals", "12345")
    assert portal.table("deals")[0]["updatedAt"] == before


def test_an_archived_record_cannot_be_changed(portal: Portal, deal: str) -> None:
    portal.archive("deals", deal)
    with pytest.raises(RecordError) as refused:
        portal.update("deals", deal, {"amount": "1"})
    assert (refused.value.status, refused.value.category) == (404, "OBJECT_NOT_FOUND")


def test_an_erased_record_is_gone_and_its_id_is_not_given_out_again(portal: Portal, deal: str, contact: str) -> None:
    portal.associate("deals", deal, Target("contacts", int(contact)))
    portal.erase("contacts", contact)
    assert portal.table("contacts") == []
    assert portal.associated("deals", [deal], "contacts") == {}
    assert portal.create("contacts", {"firstname": "Bo"})["id"] != contact


def test_the_list_gives_pages_by_id_to_the_last_record(portal: Portal) -> None:
    made = [portal.create("companies", {"name": str(number)})["id"] for number in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        page, after = portal.list("companies", limit=2, after=after)
        seen += [record["id"] for record in page]
        if after is None:
            break
    assert seen == made


def test_reads_give_what_is_asked_and_the_stamps(portal: Portal, deal: str) -> None:
    record = portal.get("deals", deal, properties=["hs_next_step", "nothing"])
    assert record is not None
    assert record["properties"] == {
        "hs_next_step": None,
        "createdate": "2026-06-15T09:00:00.000Z",
        "hs_lastmodifieddate": "2026-06-15T09:00:00.000Z",
        "hs_object_id": deal,
    }
    portal.quirks["omit_empty"] = True
    shorter = portal.get("deals", deal, properties=["hs_next_step"])
    assert shorter is not None
    assert "hs_next_step" not in shorter["properties"]
