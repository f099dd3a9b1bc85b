"""Folders of export CSVs as orgs: what is derived, what is kept, and how bad input is refused."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.exports import ExportError, load_folder
from sandbox.salesforce.seed.provision import provision

Exported = Callable[..., Path]
MIDNIGHT = "T00:00:00.000+0000"

DEALS = """\
Id,Name,StageName,CloseDate,CreatedDate,IsClosed,IsWon,Probability,Amount,Product__c
006A0000001,Alpha,Engaging,2026-07-01,2026-01-02T10:00:00.000Z,false,false,20,1500,Basic
006A0000002,Beta,Closed Won,2026-02-01,2025-12-24,true,true,1000,,Plus
"""


@pytest.fixture(scope="module")
def reference() -> Path:
    data = os.environ.get("DEALWARDEN_REFERENCE_DATA")
    if not data:
        pytest.skip("DEALWARDEN_REFERENCE_DATA is not set")
    return Path(data)


def only(org: Org, sobject: str) -> dict[str, object]:
    (row,) = org.table(sobject)
    return row


def test_rows_keep_their_ids_and_values(org: Org, exported: Exported) -> None:
    loaded = load_folder(org, exported(Opportunity=DEALS))
    rows = {row["Id"]: row for row in org.table("Opportunity")}
    assert list(rows) == ["006A0000001", "006A0000002"]
    assert rows["006A0000001"]["Amount"] == 1500.0
    assert loaded.rows == {"Opportunity": 2}


def test_absurd_values_load(org: Org, exported: Exported) -> None:
    folder = exported(Opportunity="Id,Name,StageName,CloseDate,Probability\nx,Odd,Maybe,,1000\n")
    load_folder(org, folder)
    row = only(org, "Opportunity")
    assert (row["Probability"], row["CloseDate"]) == (1000.0, None)


def test_unknown_columns_become_text_fields_of_that_name(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity=DEALS))
    assert [row["Product__c"] for row in org.table("Opportunity")] == ["Basic", "Plus"]
    assert org.schema.objects["Opportunity"].fields["Product__c"].type == "string"


def test_an_unknown_column_of_long_text_becomes_a_long_text_area(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Account=f"Id,Name,Story__c\n001,A,{'x' * 300}\n"))
    assert org.schema.objects["Account"].fields["Story__c"].type == "textarea"
    assert only(org, "Account")["Story__c"] == "x" * 300


def test_headers_are_read_in_any_case(org: Org, exported: Exported) -> None:
    load_folder(org, exported(opportunity="ID,name,STAGENAME\n006,Alpha,Engaging\n"))
    assert (only(org, "Opportunity")["Name"], only(org, "Opportunity")["StageName"]) == ("Alpha", "Engaging")


def test_our_own_fields_keep_their_types_where_they_were_provisioned(org: Org, exported: Exported) -> None:
    provision(org)
    load_folder(org, exported(Opportunity="Id,Name,Deal_Risk_Score__c\n006,Alpha,41\n"))
    assert only(org, "Opportunity")["Deal_Risk_Score__c"] == 41.0


def test_stages_are_derived_with_the_flags_of_the_rows(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity=DEALS))
    stages = {row["ApiName"]: (row["IsClosed"], row["IsWon"], row["IsActive"]) for row in org.table("OpportunityStage")}
    assert stages == {"Engaging": (False, False, True), "Closed Won": (True, True, True)}


def test_a_stage_is_what_most_of_its_rows_say(org: Org, exported: Exported) -> None:
    rows = "a,Done,true,true\nb,Done,true,true\nc,Done,false,false\n"
    load_folder(org, exported(Opportunity="Id,StageName,IsClosed,IsWon\n" + rows))
    assert (only(org, "OpportunityStage")["IsClosed"], only(org, "OpportunityStage")["IsWon"]) == (True, True)


def test_without_flags_the_shipped_table_says_which_stages_are_closed(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity="Id,StageName\na,Closed Lost\nb,Anything\n"))
    assert {row["Id"]: (row["IsClosed"], row["IsWon"]) for row in org.table("Opportunity")} == {
        "a": (True, False),
        "b": (False, False),
    }


def test_a_stage_file_is_taken_as_it_is(org: Org, exported: Exported) -> None:
    stages = "Id,MasterLabel,ApiName,IsClosed,IsWon,IsActive,SortOrder\n01J1,Engaged,Engaging,false,false,true,1\n"
    load_folder(org, exported(Opportunity=DEALS, OpportunityStage=stages))
    assert only(org, "OpportunityStage")["MasterLabel"] == "Engaged"


def test_missing_stamps_are_the_creation_date(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity=DEALS))
    row = org.table("Opportunity")[0]
    assert row["CreatedDate"] == row["LastModifiedDate"] == row["SystemModstamp"] == "2026-01-02T10:00:00.000+0000"


def test_a_given_modification_date_moves_the_stamp(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Account="Id,Name,CreatedDate,LastModifiedDate\na,A,2026-01-01,2026-02-01\n"))
    assert only(org, "Account")["SystemModstamp"] == "2026-02-01" + MIDNIGHT


def test_a_missing_creation_date_is_the_earliest_of_the_folder(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity=DEALS, Account="Id,Name\n001,Acme\n"))
    assert only(org, "Account")["CreatedDate"] == "2025-12-24" + MIDNIGHT
    assert org.table("OpportunityStage")[0]["SystemModstamp"] == "2025-12-24" + MIDNIGHT


def test_without_any_creation_date_all_began_in_1970(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Account="Id,Name\n001,Acme\n"))
    assert only(org, "Account")["SystemModstamp"] == "1970-01-01" + MIDNIGHT


def test_objects_without_a_file_are_empty_but_for_what_every_org_has(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Opportunity=DEALS))
    for sobject in (
        "Account",
        "Contact",
        "OpportunityContactRole",
        "Task",
        "Event",
        "EmailMessage",
        "OpportunityHistory",
    ):
        assert org.table(sobject) == []
    assert only(org, "Organization")["TimeZoneSidKey"] == "America/New_York"
    assert org.user_id in {row["Id"] for row in org.table("User")}
    assert {row["IsClosed"] for row in org.table("TaskStatus")} == {True, False}


def test_an_organization_file_names_the_org(org: Org, exported: Exported) -> None:
    row = "Id,Name,TimeZoneSidKey\n00D000000000062EAA,Acme,Europe/Berlin\n"
    load_folder(org, exported(Organization=row, Opportunity=DEALS))
    assert only(org, "Organization")["TimeZoneSidKey"] == "Europe/Berlin"
    assert org.org_id == "00D000000000062EAA"


def test_a_task_status_file_replaces_the_shipped_ones(org: Org, exported: Exported) -> None:
    load_folder(
        org, exported(TaskStatus="Id,MasterLabel,ApiName,IsClosed,IsDefault\n01T1,Erledigt,Erledigt,true,true\n")
    )
    assert [row["MasterLabel"] for row in org.table("TaskStatus")] == ["Erledigt"]


def test_files_of_other_objects_are_left_out_and_named(org: Org, exported: Exported) -> None:
    assert load_folder(org, exported(Opportunity=DEALS, Quote="Id\n1\n")).skipped == ("Quote.csv",)


def test_a_byte_order_mark_and_blank_lines_do_not_matter(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Account="\ufeffId,Name\r\n\r\n001,Acme\r\n"))
    assert only(org, "Account")["Name"] == "Acme"


def test_line_breaks_inside_a_cell_are_kept(org: Org, exported: Exported) -> None:
    load_folder(org, exported(Account='Id,Description\n001,"two\nlines"\n'))
    assert only(org, "Account")["Description"] == "two\nlines"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Name\nAcme\n", r"Opportunity.csv, line 1: there is no column Id"),
        ("", r"Opportunity.csv, line 1: there is no column Id"),
        ("Id,Name,name\n1,a,b\n", r"line 1: column Name appears twice"),
        ("Id,\n1,a\n", r"line 1: column 2 is named ''"),
        ("Id,CloseDate\n1,2026-01-01\n2,31.12.2026\n", r"line 3, column CloseDate: expected a date .*'31.12.2026'"),
        ("Id,CloseDate\n1,2026-02-30\n", r"line 2, column CloseDate: expected a date"),
        ("Id,CreatedDate\n1,yesterday\n", r"line 2, column CreatedDate: expected a date and time"),
        ("Id,Amount\n1,much\n", r"line 2, column Amount: expected a number .*'much'"),
        ("Id,Amount\n1,nan\n", r"line 2, column Amount: expected a number"),
        ("Id,IsWon\n1,perhaps\n", r"line 2, column IsWon: expected true or false"),
        ("Id,Name\n,Acme\n", r"line 2, column Id: expected an Id"),
        ("Id,Name\n1,a\n1,b\n", r"line 3, column Id: 1 appears in an earlier line too"),
        ("Id,Name\n1,a,b\n", r"line 2: 3 cells, but the header names 2 columns"),
        ('Id,Name\n1,"a"b\n', r"line 2: not well-formed CSV"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_expectation(
    org: Org, exported: Exported, text: str, message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        load_folder(org, exported(Opportunity=text))


def test_a_file_in_another_encoding_is_refused(org: Org, tmp_path: Path) -> None:
    (tmp_path / "Account.csv").write_bytes("Id,Name\n001,Bäcker\n".encode("latin-1"))
    with pytest.raises(ExportError, match=r"Account.csv: not UTF-8"):
        load_folder(org, tmp_path)


def test_a_refused_file_leaves_no_rows(org: Org, exported: Exported) -> None:
    rows = "".join(f"{number},2026-01-01\n" for number in range(3_000))
    with pytest.raises(ExportError):
        load_folder(org, exported(Opportunity=f"Id,CloseDate\n{rows}last,never\n"))
    assert org.table("Opportunity") == []


@pytest.mark.parametrize("files", [{}, {"Quote": "Id\n1\n"}])
def test_a_folder_without_files_of_known_objects_is_refused(
    org: Org, exported: Exported, files: dict[str, str]
) -> None:
    with pytest.raises(ExportError, match=r"expected files such as Opportunity\.csv"):
        load_folder(org, exported(**files))


def test_a_missing_folder_is_refused(org: Org, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="expected a folder"):
        load_folder(org, tmp_path / "nowhere")


def test_the_public_data_set_loads_whole(org: Org, reference: Path) -> None:
    load_folder(org, reference / "maven_salesforce")
    with (reference / "maven_salesforce" / "Opportunity.csv").open(newline="") as file:
        given = {row["Id"]: row for row in csv.DictReader(file)}
    rows = org.table("Opportunity")
    assert {row["Id"] for row in rows} == set(given)
    assert len(rows) == 8_800
    assert Counter(row["IsClosed"] for row in rows) == {True: 6_711, False: 2_089}
    assert sum(row["IsWon"] for row in rows) == 4_238
    for row in rows:
        source = given[row["Id"]]
        assert row["CloseDate"] == (source["CloseDate"] or None)
        assert row["AccountId"] == (source["AccountId"] or None)
        assert row["Amount"] == (float(source["Amount"]) if source["Amount"] else None)


def test_the_public_data_set_has_four_stages(org: Org, reference: Path) -> None:
    load_folder(org, reference / "maven_salesforce")
    stages = {row["ApiName"]: (row["IsClosed"], row["IsWon"]) for row in org.table("OpportunityStage")}
    assert stages == {
        "Prospecting": (False, False),
        "Engaging": (False, False),
        "Closed Won": (True, True),
        "Closed Lost": (True, False),
    }


@pytest.mark.parametrize(
    ("file", "sobject"),
    [
        ("sf_opportunity_data", "Opportunity"),
        ("sf_task_data", "Task"),
        ("sf_event_data", "Event"),
        ("sf_user_data", "User"),
        ("sf_contact_data", "Contact"),
    ],
)
def test_real_rows_with_hashed_and_absurd_values_load(
    org: Org, reference: Path, tmp_path: Path, file: str, sobject: str
) -> None:
    with (reference / "fivetran_seeds" / f"{file}.csv").open(newline="") as source:
        header, *given = list(csv.reader(source))
    names = ["".join(part.capitalize() for part in name.split("_")) for name in header]
    rows = {row[names.index("Id")]: row for row in given}
    with (tmp_path / f"{sobject}.csv").open("w", newline="") as target:
        csv.writer(target).writerows([names, *rows.values()])
    assert load_folder(org, tmp_path).rows == {sobject: len(rows)}
    assert set(rows) <= {row["Id"] for row in org.table(sobject)}
