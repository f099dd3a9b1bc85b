"""Ids that are none."""

from __future__ import annotations

import pytest

from sandbox.hubspot.portal.portal import Portal, Query, RecordError

ODD = ["abc", "-1", "9" * 40, "", "1.5"]


@pytest.mark.parametrize("odd", ODD)
def test_alone_an_odd_id_is_not_found(portal: Portal, deal: str, odd: str) -> None:
    with pytest.raises(RecordError) as refused:
        portal.update("deals", odd, {"amount": "1"})
    assert refused.value.status == 404


@pytest.mark.parametrize("odd", ODD)
def test_in_a_batch_an_odd_id_is_missing(portal: Portal, deal: str, odd: str) -> None:
    records, missing = portal.batch_get("deals", [odd, deal])
    assert ([record["id"] for record in records], missing) == ([deal], [odd])
    assert portal.associated("deals", [odd], "contacts") == {}


def test_a_search_beyond_all_numbers_finds_nothing(portal: Portal, deal: str) -> None:
    beyond = [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "9" * 40}]}]
    assert portal.search("deals", Query(groups=beyond)) == (0, [])


def test_hidden_records_cannot_be_written_by_the_integration_and_can_by_people(portal: Portal, deal: str) -> None:
    portal.quirks["hide_rows"] = [deal]
    with pytest.raises(RecordError):
        portal.update("deals", deal, {"amount": "1"})
    portal.update("deals", deal, {"amount": "1"}, by=portal.admin_id)


def test_an_unknown_object_is_refused(portal: Portal) -> None:
    with pytest.raises(RecordError, match="Unable to infer object type"):
        portal.list("planets")


@pytest.mark.parametrize("name", ["deals", "deal", "DEAL", "0-3"])
def test_an_object_goes_by_several_names(portal: Portal, deal: str, name: str) -> None:
    assert portal.get(name, deal) is not None
