"""Values that cannot be: null, with one note a column, wherever they come from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors import columns
from connectors.columns import Extra, Reading, text
from connectors.hubspot import values as hubspot
from connectors.mapping import level_of_value
from connectors.odd_values import NO_SIZE, OUTSIDE_YEARS, OddValueCount, OddValues

YEARS = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+02:00",
    "9999-12-31T23:59:59.999-11:00",
    "1899-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
    "0202-06-01T00:00:00.000+0000",
]


@pytest.mark.parametrize("written", YEARS)
def test_a_moment_outside_1900_to_2199_is_null(written: str) -> None:
    assert (columns.moment(written), hubspot.moment(written), columns.day(written)) == (None, None, None)


@pytest.mark.parametrize(
    "written", ["-62135596800000", "253402300799999", "9" * 30, "-" + "9" * 5000, -62135596800000, 1e300, float("nan")]
)
def test_milliseconds_outside_1900_to_2199_are_null(written: Any) -> None:
    assert hubspot.moment(written) is None


def test_the_first_and_the_last_moment_of_the_range_are_read() -> None:
    assert columns.moment("1900-01-01T00:00:00Z") == datetime(1900, 1, 1, tzinfo=UTC)
    assert columns.moment("2199-12-31T23:59:59Z") == datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert columns.day("2199-12-31") == date(2199, 12, 31)
    assert hubspot.moment("1780000000000") == datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize("written", ["NaN", "inf", "-Infinity", "1e999", 10**400, float("inf"), "9" * 40, 10**30])
def test_a_number_of_no_size_is_null(written: Any) -> None:
    assert (columns.number(written), columns.count(written)) == (None, None)


@pytest.mark.parametrize("written", [float("nan"), float("inf"), 1e300])
def test_a_level_of_no_size_shows_nothing(written: float) -> None:
    assert level_of_value(written, "number", {}) <= 1


def test_a_note_names_column_count_and_one_record() -> None:
    reading = Reading("deals", ["D1", "D2", "D3", "D4"])

    assert reading.column("close_date", ["0001-01-01", None, "", "9999-12-31"], columns.day) == [None] * 4
    assert reading.odd == [OddValues("deals", "close_date", OUTSIDE_YEARS, ("D1", "D4"))]


def test_reasons_are_told_apart() -> None:
    reading = Reading("deals", ["D1", "D2", "D3"])
    reading.column("amount", ["NaN", "much", 5], columns.number)
    reading.column("is_won", ["perhaps", True, False], columns.flag)

    assert [(odd.column, odd.reason, odd.record_ids) for odd in reading.odd] == [
        ("amount", NO_SIZE, ("D1",)),
        ("amount", "no number", ("D2",)),
        ("is_won", "neither true nor false", ("D1",)),
    ]


def test_text_is_never_odd() -> None:
    reading = Reading("deals", ["D1"])

    assert (reading.column("name", ["NaN"], text), reading.odd) == (["NaN"], [])


def test_an_extra_is_checked_as_the_kind_of_field_that_it_is() -> None:
    reading = Reading("deals", ["D1"])
    record = {"N": "NaN", "D": "0001-01-01", "T": "NaN", "F": float("inf")}
    paths = {
        name: Extra(lambda record, key=key: record[key], kind)  # type: ignore[misc]
        for name, key, kind in (
            ("x_number", "N", "number"),
            ("x_date", "D", "date"),
            ("x_text", "T", "text"),
            ("x_other", "F", "other"),
        )
    }

    assert reading.extras([record], paths) == ['{"x_number": null, "x_date": null, "x_text": "NaN", "x_other": null}']
    assert {odd.column for odd in reading.odd} == {"x_number", "x_date"}


def test_notes_count_each_record_once_and_give_one_line_a_column() -> None:
    count = OddValueCount()
    count.add([OddValues("deals", "close_date", OUTSIDE_YEARS, ("D1", "D2"))])
    count.add([OddValues("deals", "close_date", OUTSIDE_YEARS, ("D2", "D3"))])
    count.add([OddValues("accounts", "employees", NO_SIZE, ("A1",))])

    assert count.notes() == (
        f"accounts.employees: 1 value is {NO_SIZE} and counts as unknown, as in A1; correct it in the CRM.",
        f"deals.close_date: 3 values are {OUTSIDE_YEARS} and count as unknown, as in D1; correct them in the CRM.",
    )
