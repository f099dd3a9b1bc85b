"""Export CSVs as a portal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.exports import ExportError, load_folder

DEALS = (
    "Record ID,dealname,pipeline,dealstage,amount,closedate,createdate,hs_is_closed,hs_is_closed_won,renewal_note,"
    "associations.contacts\n"
    "900,Alpha,default,qualifiedtobuy,100,2026-09-01,2025-03-01T10:00:00Z,false,false,soon,800=Champion;801\n"
    "901,Beta,default,signed,,2026-08-01,,true,true,,\n"
)
CONTACTS = "hs_object_id,email,firstname\n800,Ann@Acme.example,Ann\n801,,Bo\n"


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of export files, given as object name and text."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def loaded(portal: Portal, exported: Callable[..., Path]) -> Portal:
    load_folder(portal, exported(deals=DEALS, contacts=CONTACTS))
    return portal


def deal(portal: Portal, deal_id: str) -> dict[str, str | None]:
    record = next(record for record in portal.table("deals") if record["id"] == deal_id)
    values: dict[str, str | None] = record["properties"]
    return values


def test_ids_and_values_are_kept(loaded: Portal) -> None:
    assert deal(loaded, "900")["dealname"] == "Alpha"
    assert deal(loaded, "900")["closedate"] == "2026-09-01T00:00:00.000Z"
    assert [record["properties"]["email"] for record in loaded.table("contacts")] == ["ann@acme.example", None]


def test_unknown_columns_become_text_properties(loaded: Portal) -> None:
    assert deal(loaded, "900")["renewal_note"] == "soon"
    assert loaded.schema.all("deals")["renewal_note"].field_type == "text"


def test_stages_are_those_of_the_rows_with_their_flags(loaded: Portal) -> None:
    stages = loaded.schema.pipelines["default"].stages
    assert [(stage.id, stage.is_closed, stage.is_won) for stage in stages] == [
        ("qualifiedtobuy", False, False),
        ("signed", True, True),
    ]
    assert deal(loaded, "901")["hs_deal_stage_probability"] == "1.0"


def test_a_row_without_stamps_is_as_old_as_the_oldest_of_the_folder(loaded: Portal) -> None:
    assert deal(loaded, "901")["createdate"] == "2025-03-01T10:00:00.000Z"
    assert deal(loaded, "901")["hs_lastmodifieddate"] == "2025-03-01T10:00:00.000Z"
    assert {record["updatedAt"] for record in loaded.table("contacts")} == {"2025-03-01T10:00:00.000Z"}


def test_without_any_stamp_everything_is_of_1970(portal: Portal, exported: Callable[..., Path]) -> None:
    load_folder(portal, exported(contacts=CONTACTS))
    assert {record["createdAt"] for record in portal.table("contacts")} == {"1970-01-01T00:00:00.000Z"}


def test_associations_are_loaded_with_their_labels(loaded: Portal) -> None:
    links = loaded.associated("deals", ["900"], "contacts")["900"]
    assert [(link.to_id, [known.label for known in link.types]) for link in links] == [
        (800, [None, "Champion"]),
        (801, [None]),
    ]
    assert deal(loaded, "900")["num_associated_contacts"] == "2"


def test_associations_with_what_is_not_exported_are_not_there(portal: Portal, exported: Callable[..., Path]) -> None:
    load_folder(portal, exported(deals=DEALS))
    assert portal.associated("deals", ["900"], "contacts") == {}
    assert deal(portal, "900")["num_associated_contacts"] == "0"


def test_ids_that_were_merged_away_lead_to_the_record_that_remains(
    portal: Portal, exported: Callable[..., Path]
) -> None:
    load_folder(portal, exported(deals="id,dealname,dealstage,hs_merged_object_ids\n900,A,contractsent,898;899\n"))
    record = portal.get("deals", "898")
    assert record is not None
    assert record["id"] == "900"


def test_owners_come_with_a_user_of_their_own(portal: Portal, exported: Callable[..., Path]) -> None:
    owners = "id,email,firstName,lastName,userId,archived\n7,a@x.example,Ann,Lee,70,false\n8,b@x.example,Bo,Ek,,true\n"
    load_folder(portal, exported(deals=DEALS, owners=owners))
    assert portal.schema.owners["7"].user_id == "70"
    assert portal.schema.owners["8"].archived


def test_files_of_other_objects_are_told(portal: Portal, exported: Callable[..., Path]) -> None:
    result = load_folder(portal, exported(deals=DEALS, tickets="id\n1\n"))
    assert result.skipped == ("tickets.csv",)
    assert result.rows == {"deals": 2}


def test_a_loaded_portal_can_be_worked_with(loaded: Portal) -> None:
    loaded.update("deals", "900", {"dealstage": "signed"})
    assert int(loaded.create("deals", {"dealname": "New", "dealstage": "qualifiedtobuy"})["id"]) > 901


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({"deals": "name\nA\n"}, "no column hs_object_id"),
        ({"deals": "id,dealname\n1,A\n1,B\n"}, "line 3.*earlier line"),
        ({"deals": "id,dealname\nx1,A\n"}, "record id of digits"),
        ({"deals": "id,amount\n1,much\n"}, "line 2, column amount: expected a number"),
        ({"deals": "id,createdate\n1,soon\n"}, "expected a date and time"),
        ({"deals": "id,hs_is_closed\n1,perhaps\n"}, "expected true or false"),
        ({"deals": "id,deal_risk_as_of\n1,never\n"}, "expected a day"),
        ({"deals": "id,associations.planets\n1,2\n"}, "no object planets"),
        ({"deals": "id,associations.contacts\n1,Ann\n"}, "record ids between semicolons"),
        ({"deals": "id,dealname\n1\n"}, "1 cells, but the header names 2"),
        ({"tickets": "id\n1\n"}, "found tickets.csv"),
    ],
)
def test_a_bad_folder_is_refused_with_the_place(
    portal: Portal, exported: Callable[..., Path], files: dict[str, str], match: str
) -> None:
    with pytest.raises(ExportError, match=match):
        load_folder(portal, exported(**files))
    assert portal.table("deals") == []


def test_a_folder_that_is_none_is_refused(portal: Portal, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="expected a folder"):
        load_folder(portal, tmp_path / "nowhere")
