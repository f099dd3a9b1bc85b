"""Associations and their labels, and what records say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.hubspot.portal.associations import HUBSPOT, USER
from sandbox.hubspot.portal.portal import Portal, RecordError, Target

Value = Callable[[str, str, str], str | None]


@pytest.fixture
def champion(portal: Portal) -> tuple[str, int]:
    return portal.add_label("deals", "contacts", "Champion", "Champion of")[0].key


def types_of(portal: Portal, start: tuple[str, str], end: str) -> list[list[tuple[int, str | None]]]:
    """The (type id, label) of every association of a record, by the other record."""
    links = portal.associated(start[0], [start[1]], end).get(start[1], [])
    return [[(known.type_id, known.label) for known in link.types] for link in links]


def test_both_directions_have_ids_of_their_own(portal: Portal, deal: str, contact: str) -> None:
    portal.associate("deals", deal, Target("contacts", int(contact)))
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None)]]
    assert types_of(portal, ("contacts", contact), "deals") == [[(4, None)]]


def test_a_label_has_another_id_and_text_in_the_other_direction(
    portal: Portal, deal: str, contact: str, champion: tuple[str, int]
) -> None:
    portal.associate("deals", deal, Target("contacts", int(contact), (champion,)))
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None), (champion[1], "Champion")]]
    assert types_of(portal, ("contacts", contact), "deals") == [[(4, None), (champion[1] + 1, "Champion of")]]


def test_the_labels_of_a_direction_begin_with_the_plain_type(portal: Portal, champion: tuple[str, int]) -> None:
    labels = [known.wire() for known in portal.labels("deals", "contacts")]
    assert labels == [
        {"category": HUBSPOT, "typeId": 3, "label": None},
        {"category": USER, "typeId": champion[1], "label": "Champion"},
    ]


def test_labels_that_are_sent_replace_those_that_are_there(
    portal: Portal, deal: str, contact: str, champion: tuple[str, int]
) -> None:
    blocker = portal.add_label("deals", "contacts", "Blocker")[0].key
    for key in (champion, blocker):
        portal.associate("deals", deal, Target("contacts", int(contact), (key,)))
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None), (blocker[1], "Blocker")]]


def test_a_label_can_be_taken_alone_and_the_plain_type_takes_all(
    portal: Portal, deal: str, contact: str, champion: tuple[str, int]
) -> None:
    end = int(contact)
    portal.associate("deals", deal, Target("contacts", end, (champion,)))
    portal.disassociate("deals", deal, Target("contacts", end, (champion,)))
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None)]]
    portal.associate("deals", deal, Target("contacts", end, (champion,)))
    portal.disassociate("deals", deal, Target("contacts", end, ((HUBSPOT, 3),)))
    assert types_of(portal, ("deals", deal), "contacts") == []
    assert types_of(portal, ("contacts", contact), "deals") == []


def test_a_removed_label_leaves_the_records_that_carried_it(
    portal: Portal, deal: str, contact: str, champion: tuple[str, int]
) -> None:
    portal.associate("deals", deal, Target("contacts", int(contact), (champion,)))
    portal.remove_label("deals", "contacts", champion[1])
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None)]]
    assert types_of(portal, ("contacts", contact), "deals") == [[(4, None)]]


def test_a_company_is_primary_for_one_at_a_time(portal: Portal, deal: str, company: str, value: Value) -> None:
    other = portal.create("companies", {"name": "Other"})["id"]
    for candidate in (company, other):
        portal.associate("deals", deal, Target("companies", int(candidate), ((HUBSPOT, 5),)))
    assert types_of(portal, ("deals", deal), "companies") == [[(341, None)], [(5, "Primary"), (341, None)]]
    assert value("deals", deal, "hs_primary_associated_company") == other


def test_the_company_of_a_contact_is_an_association_too(
    portal: Portal, contact: str, company: str, value: Value
) -> None:
    portal.update("contacts", contact, {"associatedcompanyid": company})
    assert types_of(portal, ("contacts", contact), "companies") == [[(1, "Primary"), (279, None)]]
    assert value("companies", company, "num_associated_contacts") == "1"


@pytest.mark.parametrize("bumps", [True, False])
def test_an_association_moves_the_stamp_or_not_and_always_the_count(
    portal: Portal, watch: Any, deal: str, contact: str, value: Value, bumps: bool
) -> None:
    portal.quirks["association_bumps_modified"] = bumps
    watch.advance(minutes=1)
    portal.associate("deals", deal, Target("contacts", int(contact)))
    assert value("deals", deal, "num_associated_contacts") == "1"
    assert (value("deals", deal, "hs_lastmodifieddate") == "2026-06-15T09:01:00.000Z") is bumps


def test_nothing_is_left_out_of_an_answer_but_records_with_nothing(portal: Portal, deal: str, contact: str) -> None:
    bare = portal.create("deals", {"dealname": "B", "dealstage": "contractsent"})["id"]
    portal.associate("deals", deal, Target("contacts", int(contact)))
    assert list(portal.associated("deals", [deal, bare], "contacts")) == [deal]


def test_archived_records_are_associated_with_nothing_until_they_are_back(
    portal: Portal, deal: str, contact: str, value: Value
) -> None:
    portal.associate("deals", deal, Target("contacts", int(contact)))
    portal.archive("contacts", contact)
    assert types_of(portal, ("deals", deal), "contacts") == []
    assert value("deals", deal, "num_associated_contacts") == "0"
    portal.restore("contacts", contact)
    assert types_of(portal, ("deals", deal), "contacts") == [[(3, None)]]
    assert value("deals", deal, "num_associated_contacts") == "1"


@pytest.mark.parametrize(
    ("target", "sub_category"),
    [
        (Target("contacts", 999), "crm.associations.TO_OBJECT_NOT_FOUND"),
        (Target("contacts", 999, ((HUBSPOT, 216),)), "crm.associations.INVALID_ASSOCIATION_TYPE"),
    ],
)
def test_an_association_that_cannot_be_says_why(portal: Portal, deal: str, target: Target, sub_category: str) -> None:
    with pytest.raises(RecordError) as refused:
        portal.associate("deals", deal, target)
    assert refused.value.sub_category == sub_category


def test_a_record_with_a_bad_association_is_not_made(portal: Portal) -> None:
    with pytest.raises(RecordError):
        portal.create("tasks", {"hs_timestamp": "2026-06-20"}, [Target("deals", 999)])
    assert portal.table("tasks") == []


def test_objects_without_associations_between_them_are_refused(portal: Portal) -> None:
    with pytest.raises(RecordError, match="no associations from tasks to calls"):
        portal.labels("tasks", "calls")
