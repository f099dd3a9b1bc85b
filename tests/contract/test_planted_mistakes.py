"""Mistakes that connectors are known to make, planted in ours: a check of the contract fails for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract.contract import Bench, ConnectorContract
from connectors.hubspot import associations, reading
from connectors.hubspot import connector as hubspot_connector
from connectors.hubspot.objects import stamp_of
from connectors.hubspot.pull import deals, passes
from connectors.hubspot.pull.people import People
from connectors.hubspot.rows.people import Participant
from connectors.salesforce import soql
from connectors.salesforce.pull import window as windows

Plant = Callable[[pytest.MonkeyPatch], None]


def salesforce_greater_instead_of_at_least(patch: pytest.MonkeyPatch) -> None:
    compare = soql.compare
    patch.setattr(soql, "compare", lambda field, sign, value: compare(field, ">" if sign == ">=" else sign, value))


def hubspot_greater_instead_of_at_least(patch: pytest.MonkeyPatch) -> None:
    condition = passes.condition
    patch.setattr(
        passes, "condition", lambda name, sign, value: condition(name, "GT" if sign == "GTE" else sign, value)
    )


def salesforce_no_overlap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(windows, "OVERLAP", timedelta(0))


def hubspot_no_overlap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(passes, "OVERLAP", timedelta(0))


def hubspot_search_for_read_back(patch: pytest.MonkeyPatch) -> None:
    def searched(transport: Any, kind: str, keys: Sequence[str], wanted: Any, *, id_property: str, **_: Any) -> Any:
        filters = [[reading.condition(id_property, "EQ", key)] for key in keys]
        pages = [page for one in filters for page in reading.search(transport, kind, one, wanted.properties)]
        return [record for page in pages for record in page]

    patch.setattr(hubspot_connector, "batch_read", searched)


def hubspot_first_page_of_associations(patch: pytest.MonkeyPatch) -> None:
    read = associations._associations

    def once(*args: Any) -> tuple[list[dict[str, str]], set[str]]:
        _, mentioned = read(*args)
        return [], mentioned

    patch.setattr(associations, "_associations", once)


def salesforce_first_page_of_a_query(patch: pytest.MonkeyPatch) -> None:
    checked = windows._checked

    def first(body: Any) -> dict[str, Any]:
        found = checked(body)
        return {"records": found["records"], "totalSize": len(found["records"]), "done": True}

    def pages(window: Any, answer: Any, transport: Any) -> Iterator[Any]:
        yield from windows._read(window, first(answer), transport)

    patch.setattr("connectors.salesforce.pull.pull.pages_of", pages)


def hubspot_inline_association_counted_twice(patch: pytest.MonkeyPatch) -> None:
    def people(self: Any, deal: str, linked: Sequence[associations.Association]) -> list[Participant]:
        self._on_deals.update(one.to_id for one in linked)
        labels = [(one.to_id, label) for one in linked for _, label in one.types]
        return [Participant(deal, contact, (label,) if label else ()) for contact, label in labels]

    patch.setattr(People, "_people", people)


def hubspot_cursor_of_a_timestamp_alone(patch: pytest.MonkeyPatch) -> None:
    def search(transport: Any, kind: str, filters: Any, properties: Any, _: str = "") -> Iterator[list[Any]]:
        stamp, behind = stamp_of(kind), []
        while True:
            body = {
                "filterGroups": [{"filters": [*filters, *behind]}],
                "sorts": [{"propertyName": stamp, "direction": "ASCENDING"}],
                "properties": [*properties, stamp],
                "limit": reading.SEARCH_PAGE,
            }
            found = transport.ask(transport.api.search(kind), body)["results"]
            if not found:
                return
            yield found
            behind = [reading.condition(stamp, "GT", found[-1]["properties"][stamp])]

    patch.setattr(deals, "search", search)


EDGE = "test_a_row_at_the_very_edge_of_the_overlap_is_read"
LATE = "test_a_write_committed_late_is_not_lost"
PAGES = "test_pages_smaller_than_the_data_lose_nothing"
MISTAKES: list[tuple[str, Plant, str]] = [
    ("salesforce", salesforce_greater_instead_of_at_least, EDGE),
    ("hubspot", hubspot_greater_instead_of_at_least, EDGE),
    ("salesforce", salesforce_no_overlap, LATE),
    ("hubspot", hubspot_no_overlap, LATE),
    ("hubspot", hubspot_search_for_read_back, "test_reading_back_does_not_wait_for_an_index"),
    ("hubspot", hubspot_first_page_of_associations, PAGES),
    ("salesforce", salesforce_first_page_of_a_query, PAGES),
    ("hubspot", hubspot_inline_association_counted_twice, "test_a_contact_counts_once_in_each_role"),
    ("hubspot", hubspot_cursor_of_a_timestamp_alone, "test_rows_of_one_moment_fill_more_than_a_page"),
]


@pytest.mark.parametrize(("crm", "plant", "check"), MISTAKES, ids=[plant.__name__ for _, plant, _ in MISTAKES])
def test_a_planted_mistake_is_caught(
    new_bench: Callable[[str], Bench], monkeypatch: pytest.MonkeyPatch, crm: str, plant: Plant, check: str
) -> None:
    plant(monkeypatch)

    with pytest.raises(AssertionError) as caught:
        getattr(ConnectorContract(), check)(new_bench(crm))

    assert caught.traceback[-1].path.parent.name == "contract"
