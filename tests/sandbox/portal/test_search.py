"""What a search finds, in which order, how deep, and how late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.hubspot.portal.portal import Portal, Query, RecordError, Target

Hits = Callable[..., list[str]]
BY_ID = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]


@pytest.fixture
def deals(portal: Portal) -> list[str]:
    """Deals of 1, 2 and 30, and one without an amount."""
    return [
        portal.create("deals", {"dealname": name, "dealstage": stage, "amount": amount})["id"]
        for name, stage, amount in (
            ("Alder Bank - platform", "qualifiedtobuy", 1),
            ("Birch Grid - platform", "contractsent", 2),
            ("Cinder Labs - data hub", "closedwon", 30),
            ("Dune Media - suite", "closedlost", None),
        )
    ]


@pytest.mark.parametrize(
    ("condition", "places"),
    [
        (("amount", "EQ", "2"), [1]),
        (("amount", "NEQ", "2"), [0, 2]),
        (("amount", "LT", "30"), [0, 1]),
        (("amount", "LTE", "2"), [0, 1]),
        (("amount", "GT", "2"), [2]),
        (("amount", "GTE", 2), [1, 2]),
        (("amount", "BETWEEN", ("2", "30")), [1, 2]),
        (("amount", "IN", ["1", "30"]), [0, 2]),
        (("amount", "NOT_IN", ["1", "30"]), [1]),
        (("amount", "HAS_PROPERTY", None), [0, 1, 2]),
        (("amount", "NOT_HAS_PROPERTY", None), [3]),
        (("dealname", "CONTAINS_TOKEN", "platform"), [0, 1]),
        (("dealname", "CONTAINS_TOKEN", "plat*"), [0, 1]),
        (("dealname", "CONTAINS_TOKEN", "plat"), []),
        (("dealname", "NOT_CONTAINS_TOKEN", "platform"), [2, 3]),
        (("dealname", "EQ", "DUNE media - suite"), [3]),
        (("dealname", "IN", ["dune media - suite"]), [3]),
        (("dealname", "IN", ["Dune Media - suite"]), []),
        (("dealstage", "EQ", "contractsent"), [1]),
        (("dealstage", "EQ", "ContractSent"), []),
        (("hs_is_closed", "EQ", "false"), [0, 1]),
        (("hs_is_closed_won", "EQ", True), [2]),
        (("hs_lastmodifieddate", "GTE", "1781514000000"), [0, 1, 2, 3]),
        (("hs_lastmodifieddate", "GT", "1781514000000"), []),
        (("createdate", "LTE", "2026-06-15T09:00:00Z"), [0, 1, 2, 3]),
        (("lastmodifieddate", "GTE", "0"), []),
    ],
)
def test_an_operator_matches(hits: Hits, deals: list[str], condition: tuple[Any, ...], places: list[int]) -> None:
    assert hits(condition, sorts=BY_ID) == [deals[place] for place in places]


@pytest.mark.parametrize("operator", ["NEQ", "NOT_IN"])
def test_unequal_may_keep_records_without_a_value(portal: Portal, hits: Hits, deals: list[str], operator: str) -> None:
    portal.quirks["neq_keeps_empty"] = True
    given = "2" if operator == "NEQ" else ["2"]
    assert deals[3] in hits(("amount", operator, given))


def test_contacts_have_a_stamp_of_their_own(portal: Portal, hits: Hits, contact: str) -> None:
    assert hits(("lastmodifieddate", "GTE", "0"), object_type="contacts") == [contact]
    assert hits(("hs_lastmodifieddate", "GTE", "0"), object_type="contacts") == []


def test_filters_are_joined_by_and_and_groups_by_or(portal: Portal, hits: Hits, deals: list[str]) -> None:
    assert hits(("amount", "GT", "1"), ("hs_is_closed", "EQ", "false")) == [deals[1]]
    groups = [{"filters": [{"propertyName": "amount", "operator": "EQ", "value": value}]} for value in ("1", "30")]
    total, records = portal.search("deals", Query(groups=groups, sorts=BY_ID))
    assert (total, [record["id"] for record in records]) == (2, [deals[0], deals[2]])


def test_a_list_is_matched_by_each_of_its_values(portal: Portal, hits: Hits, contact: str) -> None:
    portal.update("contacts", contact, {"hs_buying_role": "CHAMPION;BLOCKER"})
    assert hits(("hs_buying_role", "EQ", "BLOCKER"), object_type="contacts") == [contact]
    assert hits(("hs_buying_role", "IN", ["OTHER", "CHAMPION"]), object_type="contacts") == [contact]
    assert hits(("hs_buying_role", "EQ", "BLOCK"), object_type="contacts") == []


def test_records_are_found_by_what_they_are_associated_with(
    portal: Portal, hits: Hits, deals: list[str], contact: str
) -> None:
    portal.associate("deals", deals[1], Target("contacts", int(contact)))
    assert hits(("associations.contact", "EQ", contact)) == [deals[1]]


def test_the_order_is_by_one_property_empty_ones_last(hits: Hits, deals: list[str]) -> None:
    down = [{"propertyName": "amount", "direction": "DESCENDING"}]
    assert hits(sorts=down) == [deals[2], deals[1], deals[0], deals[3]]
    assert hits(sorts=["-amount"]) == hits(sorts=down)
    assert hits(sorts=["amount"]) == deals


def test_free_text_is_looked_for_at_the_beginning_of_words(hits: Hits, deals: list[str]) -> None:
    assert hits(text="ald") == [deals[0]]
    assert hits(text="bank plat") == [deals[0]]
    assert hits(text="lder") == []


def test_archived_records_are_never_found(portal: Portal, hits: Hits, deals: list[str]) -> None:
    portal.archive("deals", deals[0])
    assert deals[0] not in hits()


def test_pages_follow_each_other_without_gap(portal: Portal, deals: list[str]) -> None:
    pages = [portal.search("deals", Query(sorts=BY_ID, limit=3, after=after)) for after in (0, 3)]
    assert [total for total, _ in pages] == [4, 4]
    assert [record["id"] for _, page in pages for record in page] == deals


def _group(count: int) -> dict[str, Any]:
    return {"filters": [{"propertyName": "amount", "operator": "HAS_PROPERTY"}] * count}


@pytest.mark.parametrize(
    "query",
    [
        Query(limit=201),
        Query(limit=0),
        Query(limit=200, after=9_900),
        Query(groups=[_group(1)] * 6),
        Query(groups=[_group(7)]),
        Query(groups=[_group(5)] * 4),
        Query(sorts=["amount", "dealname"]),
        Query(sorts=[{"propertyName": "amount", "direction": "UP"}]),
        Query(groups=[{"filters": [{"propertyName": "nothing", "operator": "EQ", "value": "1"}]}]),
        Query(groups=[{"filters": [{"propertyName": "amount", "operator": "LIKE", "value": "1"}]}]),
        Query(groups=[{"filters": [{"propertyName": "amount", "operator": "EQ", "value": "much"}]}]),
        Query(groups=[{"filters": [{"propertyName": "amount", "operator": "EQ"}]}]),
        Query(groups=[{"filters": [{"propertyName": "amount", "operator": "IN", "value": "1"}]}]),
        Query(groups=[{"filters": [{"propertyName": "createdate", "operator": "GT", "value": "soon"}]}]),
    ],
)
def test_a_search_that_cannot_be_is_refused(portal: Portal, query: Query) -> None:
    with pytest.raises(RecordError) as refused:
        portal.search("deals", query)
    assert (refused.value.status, refused.value.category) == (400, "VALIDATION_ERROR")


def test_the_widest_search_and_the_deepest_page_are_answered(portal: Portal, deals: list[str]) -> None:
    assert portal.search("deals", Query(groups=[_group(6)] * 3))[0] == 3
    assert portal.search("deals", Query(limit=200, after=9_800)) == (4, [])


class TestLag:
    @pytest.fixture(autouse=True)
    def lag(self, portal: Portal, deals: list[str]) -> None:
        portal.quirks["search_lag_s"] = 30

    def test_new_records_are_found_once_they_are_indexed(self, portal: Portal, watch: Any, hits: Hits) -> None:
        new = portal.create("deals", {"dealname": "New", "dealstage": "contractsent"})["id"]
        watch.advance(seconds=29)
        assert new not in hits()
        watch.advance(seconds=1)
        assert new in hits()

    def test_a_write_that_commits_late_lags_from_then_on_however_late_anybody_looks(
        self, portal: Portal, watch: Any, deals: list[str]
    ) -> None:
        portal.quirks["late_commit_s"] = 60
        portal.update("deals", deals[0], {"amount": "99"}, by=portal.admin_id)
        watch.advance(seconds=90)
        new = Query(groups=[{"filters": [{"propertyName": "amount", "operator": "EQ", "value": "99"}]}])
        assert portal.search("deals", new)[0] == 1

    def test_the_old_value_is_matched_and_the_new_one_is_answered(
        self, portal: Portal, watch: Any, deals: list[str]
    ) -> None:
        portal.update("deals", deals[0], {"amount": "99"})
        old = Query(groups=[{"filters": [{"propertyName": "amount", "operator": "EQ", "value": "1"}]}])
        _, records = portal.search("deals", old, properties=["amount"])
        assert [record["properties"]["amount"] for record in records] == ["99"]
        watch.advance(seconds=30)
        assert portal.search("deals", old) == (0, [])

    def test_of_several_changes_the_index_follows_each_after_its_time(
        self, portal: Portal, watch: Any, deals: list[str], hits: Hits
    ) -> None:
        portal.update("deals", deals[0], {"amount": "50"})
        watch.advance(seconds=20)
        portal.update("deals", deals[0], {"amount": "60"})
        assert hits(("amount", "EQ", "1")) == [deals[0]]
        watch.advance(seconds=15)
        assert hits(("amount", "EQ", "50")) == [deals[0]]
        watch.advance(seconds=15)
        assert hits(("amount", "EQ", "60")) == [deals[0]]

    def test_archived_records_are_still_found_for_a_while(
        self, portal: Portal, watch: Any, deals: list[str], hits: Hits
    ) -> None:
        portal.archive("deals", deals[0])
        assert deals[0] in hits()
        watch.advance(seconds=30)
        assert deals[0] not in hits()

    def test_batch_reads_do_not_lag(self, portal: Portal) -> None:
        new = portal.create("deals", {"dealname": "New", "dealstage": "contractsent"})["id"]
        assert [record["id"] for record in portal.batch_get("deals", [new])[0]] == [new]


def test_the_depth_is_limited_and_the_total_is_not(portal: Portal) -> None:
    portal.load(
        "companies",
        (
            {"hs_object_id": str(number), "name": "A", "createdate": "2026-01-01T00:00:00.000Z"}
            for number in range(1, 12_001)
        ),
    )
    portal.settle()
    total, page = portal.search("companies", Query(sorts=BY_ID, limit=200, after=9_800))
    assert total == 12_000
    assert (page[0]["id"], page[-1]["id"]) == ("9801", "10000")
    beyond = [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "10000"}]}]
    total, page = portal.search("companies", Query(groups=beyond, sorts=BY_ID, limit=200))
    assert (total, page[0]["id"]) == (2_000, "10001")
