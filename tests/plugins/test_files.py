"""The files connector by itself: what it reads, and how it says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from connectors.base import PullRequest
from connectors.errors import ConnectorError, InvalidResponseError, MissingPermissionError
from connectors.files.connector import FilesConnector, FilesSettings
from connectors.mapping import FieldMap
from connectors.model import TABLES, Cursor

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def connector(exports: Path) -> FilesConnector:
    return FilesConnector(FilesSettings(exports), clock=lambda: NOON)


@pytest.fixture
def table(exports: Path) -> Callable[..., pl.DataFrame]:
    """Read one table as it stands in the folder."""

    def read(name: str, mapping: FieldMap | None = None) -> pl.DataFrame:
        settings = FilesSettings(exports, mapping=mapping or FieldMap())
        pages = {page.source: page for page in FilesConnector(settings).pull(PullRequest())}
        return pages[name].tables[name]

    return read


@pytest.fixture
def refusal(exports: Path, table: Callable[..., pl.DataFrame]) -> Callable[[str, str], str]:
    """Return what is said of a file with this content."""

    def read(name: str, text: str) -> str:
        (exports / f"{name}.csv").write_text(text)
        with pytest.raises(InvalidResponseError) as caught:
            table(name)
        return str(caught.value)

    return read


def test_every_page_has_exactly_the_canonical_columns(connector: FilesConnector) -> None:
    pages = list(connector.pull(PullRequest()))

    assert all(page.tables[page.source].schema == TABLES[page.source] for page in pages)


def test_values_are_read_in_the_types_of_their_columns(table: Callable[..., pl.DataFrame]) -> None:
    (deal,) = table("deals").filter(deal_id="D1").to_dicts()

    assert (deal["name"], deal["amount"], deal["is_closed"], deal["is_won"]) == ("Harbor, Ltd", 120000.0, False, None)
    assert (deal["close_date"], deal["created_at"]) == (date(2026, 6, 30), datetime(2026, 3, 1, 9, tzinfo=UTC))


def test_a_column_that_an_export_lacks_is_null(table: Callable[..., pl.DataFrame]) -> None:
    assert table("deals")["forecast_category"].null_count() == 3


def test_a_time_without_a_zone_is_utc(table: Callable[..., pl.DataFrame]) -> None:
    assert table("touches")["at"].to_list()[1] == datetime(2026, 6, 12, 9, tzinfo=UTC)


def test_a_level_says_whether_an_element_is_filled(table: Callable[..., pl.DataFrame]) -> None:
    assert table("deals")["champion_filled"].to_list() == [False, True, True]


def test_the_crm_s_own_role_names_become_canonical_roles(table: Callable[..., pl.DataFrame]) -> None:
    assert table("roles")["role"].to_list() == ["champion", "economic_buyer", None]


def test_rows_without_an_id_get_one_of_what_tells_them_apart(table: Callable[..., pl.DataFrame]) -> None:
    assert table("touch_links")["link_id"].to_list() == ["T1:D1:C1", "T2:D2:C1"]


def test_a_mapped_extra_is_read_from_its_column(table: Callable[..., pl.DataFrame]) -> None:
    extras = table("deals", FieldMap(extras={"x_tier": "x_tier"}))["extras"]

    assert extras.str.json_path_match("$.x_tier").to_list() == ["gold", "silver", None]


def test_parquet_gives_the_rows_that_csv_gives(exports: Path, table: Callable[..., pl.DataFrame]) -> None:
    from_csv = table("deals")
    (exports / "deals.csv").unlink()
    from_csv.write_parquet(exports / "deals.parquet")

    assert table("deals").equals(from_csv)


def test_an_unchanged_file_carries_no_rows(connector: FilesConnector) -> None:
    cursors = {page.source: page.cursor for page in connector.pull(PullRequest()) if page.cursor}

    again = list(connector.pull(PullRequest(cursors)))

    assert [page.source for page in again if page.tables or page.replace] == []


def test_a_new_mapping_reads_an_unchanged_file_again(exports: Path, connector: FilesConnector) -> None:
    cursors: dict[str, Cursor] = {page.source: page.cursor for page in connector.pull(PullRequest()) if page.cursor}
    mapped = FilesConnector(FilesSettings(exports, mapping=FieldMap(extras={"x_tier": "x_tier"})))

    assert "deals" in {page.source for page in mapped.pull(PullRequest(cursors)) if page.tables}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("deals", "deal_id,amount\nD1,much\n", 'deals.csv:2: [amount] found "much", expected a number as in 1200.50'),
        ("deals", "deal_id,amount\nD1,12k\n", 'deals.csv:2: [amount] found "12k", expected a number as in 1200.50'),
        (
            "deals",
            'deal_id,name,is_won\nD1,"a\nb",1\nD2,c,perhaps\n',
            'deals.csv:4: [is_won] found "perhaps", expected true or false',
        ),
        (
            "deals",
            "deal_id,close_date\nD1,32.12.2026\n",
            'deals.csv:2: [close_date] found "32.12.2026", expected a date as in 2026-06-15',
        ),
        (
            "deals",
            "deal_id,champion_level\nD1,4\n",
            'deals.csv:2: [champion_level] found "4", expected a level, 0 to 3',
        ),
        ("deals", "deal_id,name\nD1,a\n\n,b\n", "deals.csv:4: [deal_id] found nothing, expected a value"),
        ("deals", "deal_id\nD1\nD1\n", 'deals.csv:3: [deal_id] found "D1" a second time, expected every row once'),
        ("deals", "deal_id,name\nD1,a,b\n", "deals.csv:2: found 3 fields, expected 2"),
        ("deals", "name\na\n", "deals.csv: the column deal_id is missing, found name"),
        ("deals", "", "deals.csv is empty: expected at least a line with the names of the columns"),
        (
            "touches",
            "touch_id,at,kind\nT1,2026-06-01,fax\n",
            'touches.csv:2: [kind] found "fax", expected one of meeting, call, email, other',
        ),
        (
            "touches",
            "touch_id,at,kind\nT1,monday,call\n",
            'touches.csv:2: [at] found "monday", expected a time as in 2026-06-15T09:00:00Z',
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    refusal: Callable[[str, str], str], name: str, text: str, said: str
) -> None:
    assert refusal(name, text) == said


def test_many_wrong_values_are_told_as_some_and_a_count(refusal: Callable[[str, str], str]) -> None:
    rows = "".join(f"D{number},x\n" for number in range(9))

    assert refusal("deals", f"deal_id,amount\n{rows}").endswith("; and 4 more in this file")


def test_a_folder_without_deals_is_refused_with_the_file_that_was_meant(
    exports: Path, connector: FilesConnector
) -> None:
    (exports / "deals.csv").rename(exports / "Deals.csv")

    with pytest.raises(ConnectorError, match=r"neither deals\.csv nor deals\.parquet.*did you mean deals\.csv\?"):
        connector.open(None)


def test_two_files_of_one_table_are_refused(exports: Path, connector: FilesConnector) -> None:
    (exports / "deals.parquet").touch()

    with pytest.raises(ConnectorError, match=r"both deals\.csv and deals\.parquet"):
        connector.open(None)


def test_a_column_that_is_not_read_is_told_with_the_one_that_was_meant(
    exports: Path, connector: FilesConnector
) -> None:
    (exports / "owners.csv").write_text("owner_id,nmae\nU1,Lin\n")

    assert "owners: the column nmae is not read; did you mean name?" in connector.open(None)[1].problems


def test_an_id_file_keeps_the_org_when_the_folder_moves(exports: Path, connector: FilesConnector) -> None:
    (exports / "org_id.txt").write_text("acme-exports\n")

    assert connector.open(None)[0].org_id == "acme-exports"


def test_without_an_id_file_the_place_of_the_folder_is_its_id(exports: Path, connector: FilesConnector) -> None:
    here, again = connector.open(None)[0].org_id, connector.open(None)[0].org_id
    moved = FilesConnector(FilesSettings(exports.rename(exports.with_name("moved"))))

    assert here == again
    assert moved.open(None)[0].org_id != here


def test_now_is_the_host_s_time_unless_the_exports_have_a_moment_of_their_own(exports: Path) -> None:
    settings = FilesSettings(exports)
    then = datetime(2026, 1, 1, tzinfo=UTC)

    assert FilesConnector(settings, clock=lambda: NOON).now() == NOON
    assert FilesConnector(replace(settings, as_of=then), clock=lambda: NOON).now() == then


def test_nothing_can_be_written(connector: FilesConnector) -> None:
    _, capabilities = connector.open(None)

    assert (capabilities.key_enforced, capabilities.can_write_tasks, capabilities.can_write_scores) == (False,) * 3
    with pytest.raises(MissingPermissionError, match="read-only"):
        connector.write_batch([])
