"""CSVs as HubSpot's screens export them, loaded by label."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.exports import ExportError, load_folder

DEALS = (
    "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Create Date,Deal owner,Deal Type,Is Deal Closed?,"
    "Associated Contact IDs,Associated Company IDs (Primary),Renewal Risk\n"
    "900,Alpha,Qualified To Buy,Sales Pipeline,100,2026-09-01 14:30,2025-03-01 10:00,Ann Lee,New Business,No,"
    "800;801,700,low\n"
    "901,Beta,Closed Won (Sales Pipeline),Sales Pipeline,,2026-08-01,2025-04-01 10:00,Bo Ek (Deactivated User),,Yes,"
    ",,\n"
    "902,Gamma,Legal check,Partners,7,,,,,No,,,\n"
)
CONTACTS = "Record ID,First Name,Last Name,Email,Contact owner\n800,Cy,Dee,Cy@x.example,Ann Lee\n801,Ed,Fee,,\n"
COMPANIES = "Record ID,Company name,Company Domain Name\n700,Acme,acme.example\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(text, encoding="utf-8-sig")
    return folder


@pytest.fixture
def loaded(portal: Portal, tmp_path: Path) -> Portal:
    load_folder(portal, write(tmp_path, deals=DEALS, contacts=CONTACTS, companies=COMPANIES))
    return portal


def deal(portal: Portal, deal_id: str, *names: str) -> tuple[str | None, ...]:
    record = next(record for record in portal.table("deals") if record["id"] == deal_id)
    return tuple(record["properties"][name] for name in names)


def test_names_amounts_and_stages_are_read_by_their_labels(loaded: Portal) -> None:
    assert deal(loaded, "900", "dealname", "amount", "dealstage") == ("Alpha", "100", "qualifiedtobuy")


def test_a_stage_is_found_with_its_pipeline_in_parentheses_too(loaded: Portal) -> None:
    assert deal(loaded, "901", "dealstage", "hs_is_closed", "hs_is_closed_won") == ("closedwon", "true", "true")


def test_a_pipeline_is_read_by_its_label(loaded: Portal) -> None:
    assert list(loaded.schema.pipelines) == ["default", "Partners"]


def test_stages_and_pipelines_of_the_portals_own_are_named_by_their_labels(loaded: Portal) -> None:
    assert deal(loaded, "902", "pipeline", "dealstage", "hs_is_closed") == ("Partners", "Legal check", "false")


def test_times_are_read_in_the_portals_zone(loaded: Portal) -> None:
    assert deal(loaded, "900", "closedate", "createdate") == ("2026-09-01T18:30:00.000Z", "2025-03-01T15:00:00.000Z")


def test_a_day_stays_a_day(loaded: Portal) -> None:
    assert deal(loaded, "901", "closedate") == ("2026-08-01T00:00:00.000Z",)


def test_options_are_read_by_their_labels(loaded: Portal) -> None:
    assert deal(loaded, "900", "dealtype") == ("newbusiness",)


def test_an_owner_is_the_same_in_every_file(loaded: Portal) -> None:
    (owner,) = deal(loaded, "900", "hubspot_owner_id")
    contact = next(record for record in loaded.table("contacts") if record["id"] == "800")
    assert contact["properties"]["hubspot_owner_id"] == owner
    assert loaded.schema.owners[str(owner)].name == "Ann Lee"


def test_a_deactivated_owner_is_archived(loaded: Portal) -> None:
    (owner,) = deal(loaded, "901", "hubspot_owner_id")
    assert (loaded.schema.owners[str(owner)].name, loaded.schema.owners[str(owner)].archived) == ("Bo Ek", True)


def test_owners_of_a_file_are_found_by_name(portal: Portal, tmp_path: Path) -> None:
    owners = "id,email,firstName,lastName\n7,ann@x.example,Ann,Lee\n"
    load_folder(portal, write(tmp_path, deals=DEALS, owners=owners))
    assert deal(portal, "900", "hubspot_owner_id") == ("7",)


def test_associated_records_are_joined(loaded: Portal) -> None:
    assert [link.to_id for link in loaded.associated("deals", ["900"], "contacts")["900"]] == [800, 801]
    (company,) = loaded.associated("deals", ["900"], "companies")["900"]
    assert "Primary" in {known.label for known in company.types}


def test_an_unknown_label_becomes_a_text_property_that_keeps_it(loaded: Portal) -> None:
    assert deal(loaded, "900", "renewal_risk") == ("low",)
    assert loaded.schema.all("deals")["renewal_risk"].type == "string"


def test_a_file_may_have_the_name_that_the_screen_gives_it(portal: Portal, tmp_path: Path) -> None:
    result = load_folder(portal, write(tmp_path, hubspot_crm_exports_all_deals_2026_06_15=DEALS))
    assert result.rows == {"deals": 3}


@pytest.mark.parametrize(
    ("deals", "message"),
    [
        ("Record ID,Deal Name,dealname\n1,a,b\n", "Deal Name and dealname both mean dealname"),
        ("Record ID,Close Date\n1,02/03/26\n", "line 2, column Close Date: expected a date .* not guessed"),
        ("Deal Name\nAlpha\n", "there is no column hs_object_id"),
        ("Record ID,Deal Name,Amount\n1,Alpha,much\n", "column amount: expected a number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    portal: Portal, tmp_path: Path, deals: str, message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        load_folder(portal, write(tmp_path, deals=deals))
