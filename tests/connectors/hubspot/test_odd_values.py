"""A portal's values that cannot be: they cost themselves, and one note a column."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import PullRequest
from connectors.elements import ElementColumns
from connectors.hubspot.objects import PropertyInfo
from connectors.hubspot.rows.deals import DealContext, change_rows, deal_rows
from connectors.hubspot.rows.people import company_rows
from connectors.hubspot.rows.tasks import own_task_rows
from connectors.hubspot.rows.touches import Links, touch_rows
from connectors.hubspot.shape import DealShape

ZONE = ZoneInfo("America/New_York")
SHAPE = DealShape(
    elements=(
        ElementColumns("metrics", fields=(("dw_level", "number"),), shows=3),
        ElementColumns("champion", fields=(("dw_met_on", "date"),), confirmed_on="dw_confirmed", shows=1),
    ),
    extras={"x_seats": "seats", "x_renewal": "renewal"},
    muted_until="muted",
)
KNOWN = {
    name: PropertyInfo(name, name, kind, {}, unique=False, read_only=False)  # type: ignore[arg-type]
    for name, kind in (("seats", "number"), ("renewal", "date"))
}
CONTEXT = DealContext(SHAPE, {}, KNOWN, ZONE, "USD")


def deal(**properties: Any) -> dict[str, Any]:
    return {"id": "30001", "properties": {"dealname": "Harbor", "createdate": "2026-01-01T09:00:00Z", **properties}}


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00Z", "-62135596800000", "9999-12-31T23:59:59Z", "99999999999999999"]
)
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("closedate", "close_date"),
        ("createdate", "created_at"),
        ("hs_lastmodifieddate", "modified_at"),
        ("notes_last_contacted", "last_activity_on"),
        ("hs_v2_date_entered_current_stage", "stage_entered_at"),
        ("muted", "muted_until"),
        ("dw_met_on", "champion_level"),
        ("dw_confirmed", "champion_confirmed_on"),
        ("renewal", "x_renewal"),
    ],
)
def test_a_date_of_a_year_that_cannot_be_is_null_and_noted(name: str, column: str, written: str) -> None:
    rows = deal_rows([deal(**{name: written})], CONTEXT)

    assert rows.tables["deals"].height == 1
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [(column, ("30001",))]


@pytest.mark.parametrize("written", ["NaN", "Infinity", "1e999", "9" * 40])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("amount", "amount_original"),
        ("hs_deal_stage_probability", "probability"),
        ("dw_level", "metrics_level"),
        ("seats", "x_seats"),
    ],
)
def test_a_number_of_no_size_is_null_and_noted(name: str, column: str, written: str) -> None:
    rows = deal_rows([deal(**{name: written})], CONTEXT)

    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [(column, ("30001",))]
    if not column.startswith("x_"):
        assert rows.tables["deals"][column].to_list() == [None]


def test_an_amount_converted_to_no_size_is_unknown_too() -> None:
    rows = deal_rows([deal(amount="5", amount_in_home_currency="inf", deal_currency_code="EUR")], CONTEXT)

    assert rows.tables["deals"]["amount"].to_list() == [None]


def test_history_that_keeps_an_odd_close_date_is_no_obstacle() -> None:
    versions = [
        {"value": "0001-01-01T00:00:00Z", "timestamp": "2026-02-01T00:00:00Z"},
        {"value": "2026-06-01T00:00:00Z", "timestamp": "2026-03-01T00:00:00Z"},
        {"value": "2026-07-01T00:00:00Z", "timestamp": "0001-01-01T00:00:00Z"},
    ]
    rows = change_rows([{"id": "1", "propertiesWithHistory": {"closedate": versions}}], SHAPE, ZONE)

    assert rows.tables["changes"].select("old", "new").rows() == [(None, "2026-05-31")]


def test_a_company_of_endless_employees_is_read_without_them() -> None:
    rows = company_rows([{"id": "7", "properties": {"name": "Acme", "numberofemployees": "1e999"}}], {}, {})

    assert rows.tables["accounts"].select("name", "employees").rows() == [("Acme", None)]
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [("employees", ("7",))]


def test_an_engagement_of_year_one_is_no_touch_and_told() -> None:
    record = {"id": "5", "properties": {"hs_timestamp": "0001-01-01T00:00:00Z"}}
    rows = touch_rows("calls", [record], Links({}, {}))

    assert rows.tables["touches"].height == 0
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [("at", ("call:5",))]


def test_a_task_of_ours_due_in_year_one_is_read_without_its_day() -> None:
    record = {"id": "8", "properties": {"dealwarden_key": "dw:1", "hs_timestamp": "0001-01-01T00:00:00Z"}}
    rows = own_task_rows([record], {}, ZONE)

    assert rows.tables["own_tasks"].select("task_id", "due").rows() == [("8", None)]
    assert [(odd.column, odd.record_ids) for odd in rows.odd] == [("due", ("8",))]


def test_a_portal_with_such_a_deal_is_read_whole(portal: Any) -> None:
    deal_id = portal.open_deal()
    portal.edit("deals", deal_id, closedate="0001-01-01T00:00:00Z")
    pages = list(portal.connected().pull(PullRequest()))

    odd = [(values.column, values.record_ids) for page in pages for values in page.odd if page.source == "deals"]
    assert ("close_date", (deal_id,)) in odd
