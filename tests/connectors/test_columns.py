from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from connectors.columns import frame
from connectors.model import TABLES


@pytest.mark.parametrize("height", [0, 1, 3])
@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_frame_has_the_whole_schema_however_few_rows_and_columns_are_given(table: str, height: int) -> None:
    found = frame(table, {}, height)

    assert (found.schema, found.height) == (TABLES[table], height)
    assert found.null_count().row(0) == (height,) * found.width if height else found.is_empty()


def test_an_empty_frame_is_the_callers_own() -> None:
    frame("owners", {}, 0).insert_column(0, pl.Series("more", [], dtype=pl.String))

    assert frame("owners", {}, 0).schema == TABLES["owners"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 6, 15, 9, 30, 1, 123456, tzinfo=UTC),
        datetime(1931, 2, 3, 4, 5, 6, 789, tzinfo=timezone(timedelta(hours=-5))),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_keeps_its_microseconds(moment: datetime) -> None:
    found = frame("touches", {"touch_id": ["a", "b"], "at": [moment, None]}, 2)

    assert found["at"].to_list() == [moment, None]


def test_a_moment_without_a_zone_is_in_utc() -> None:
    found = frame("touches", {"at": [datetime(2026, 6, 15, 9, 30)]}, 1)  # noqa: DTZ001

    assert found["at"].item() == datetime(2026, 6, 15, 9, 30, tzinfo=UTC)


def test_what_is_no_moment_is_null() -> None:
    found = frame("touches", {"at": ["soon", datetime(2026, 6, 15, tzinfo=UTC)]}, 2)

    assert found["at"].to_list() == [None, datetime(2026, 6, 15, tzinfo=UTC)]


def test_what_does_not_fit_a_column_is_null() -> None:
    found = frame("deals", {"amount": ["much", 2.0], "close_date": [date(2026, 6, 15), None]}, 2)

    assert found.select("amount", "close_date").rows() == [(None, date(2026, 6, 15)), (2.0, None)]
