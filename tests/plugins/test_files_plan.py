"""Whole plans on a folder of exports, by the core pack."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
[connections.exports]
type = "files"
folder = "exports"
as_of = 2026-06-15T09:00:00Z
extras = { tier = "x_tier" }

[connections.exports.phases]
Evaluation = "evaluation"

[rules]
packs = ["core"]

[tasks]                                  # no caps, so that every finding is a change
open_per_deal = 0
new_per_owner_per_day = 0
ramp = "0 business days"
"""


@pytest.fixture
def plan(exports: Path, tmp_path: Path, dealwarden: Callable[..., Any]) -> Callable[[], dict[str, Any]]:
    """Make a plan of the folder and give its report."""
    (tmp_path / "config.toml").write_text(CONFIG)

    def run() -> dict[str, Any]:
        ended = dealwarden("plan", "--json")
        assert ended.code == 0, ended.err
        found: dict[str, Any] = ended.document
        return found

    return run


def test_a_plan_judges_the_open_deals_of_the_folder(plan: Callable[[], dict[str, Any]]) -> None:
    report = plan()["connections"]["exports"]

    assert (report["judged"], report["pulled"]["deals"], report["error"]) == (2, 3, None)


def test_a_plan_names_what_the_core_pack_finds(plan: Callable[[], dict[str, Any]]) -> None:
    found = {(one["deal_id"], rule) for one in plan()["changes"] for rule in one["findings"]}

    assert ("D2", "close-date-past") in found
    assert ("D1", "close-date-past") not in found


def test_an_unchanged_folder_is_not_parsed_again(plan: Callable[[], dict[str, Any]]) -> None:
    first = plan()

    second = plan()

    assert second["connections"]["exports"]["pulled"] == {}
    assert second["connections"]["exports"]["findings"] == first["connections"]["exports"]["findings"]


def test_a_changed_file_is_read_whole_and_the_others_not_at_all(
    plan: Callable[[], dict[str, Any]], exports: Path
) -> None:
    plan()
    file = exports / "owners.csv"
    file.write_text(file.read_text() + "U2,Kim,true\n")

    assert plan()["connections"]["exports"]["pulled"] == {"owners": 2}


def test_a_deal_that_left_the_export_is_judged_no_more(plan: Callable[[], dict[str, Any]], exports: Path) -> None:
    plan()
    file = exports / "deals.csv"
    file.write_text("".join(line for line in file.read_text().splitlines(True) if not line.startswith("D1")))

    assert plan()["connections"]["exports"]["judged"] == 1


def test_a_table_whose_file_was_removed_is_empty_from_then_on(
    plan: Callable[[], dict[str, Any]], exports: Path, tmp_path: Path
) -> None:
    plan()
    (exports / "contacts.csv").unlink()

    plan()

    with sqlite3.connect(tmp_path / "dealwarden.db") as database:
        assert database.execute("SELECT count(*) FROM contacts").fetchone() == (0,)


def test_a_wrong_value_ends_the_plan_as_incomplete_with_file_line_and_column(
    plan: Callable[[], dict[str, Any]], exports: Path, dealwarden: Callable[..., Any]
) -> None:
    file = exports / "deals.csv"
    file.write_text(file.read_text().replace("64000.50", '"64k"'))

    ended = dealwarden("plan", "--json")

    reason = ended.document["connections"]["exports"]["incomplete_reason"]
    assert (ended.code, reason) == (4, 'deals.csv:3: [amount] found "64k", expected a number as in 1200.50')


@pytest.mark.parametrize("mode", ["score", "enforce"])
def test_a_mode_that_writes_is_refused(
    plan: Callable[[], dict[str, Any]], tmp_path: Path, dealwarden: Callable[..., Any], mode: str
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("folder =", f'mode = "{mode}"\nfolder ='))

    ended = dealwarden("plan")

    assert ended.code == 2
    assert (
        f'config.toml:4: [connections.exports.mode] found "{mode}", expected observe: '
        "a folder of exports is read-only, so nothing can be written to it"
    ) in ended.err


def test_roles_that_nobody_knows_are_noted_with_their_counts_and_listed_by_status(
    plan: Callable[[], dict[str, Any]], exports: Path, dealwarden: Callable[..., Any]
) -> None:
    roles = exports / "roles.csv"
    roles.write_text(roles.read_text() + "D1,C2,Gatekeeper\nD2,C3,Gatekeeper\nD1,C3,Other\n")

    noted = [note for note in plan()["connections"]["exports"]["notes"] if "Gatekeeper" in note]

    assert len(noted) == 1
    assert noted[0].startswith("The roles Gatekeeper (2) are none that rules know")
    assert dealwarden("status", "--json").document["connections"]["exports"]["unmapped_roles"] == {"Gatekeeper": 2}


def test_a_country_without_a_calendar_is_noted(plan: Callable[[], dict[str, Any]], exports: Path) -> None:
    (exports / "owners.csv").write_text("owner_id,name,active,country\nU1,Lin,true,Atlantis\nU2,Ada,true,Deutschland\n")

    notes = plan()["connections"]["exports"]["notes"]

    assert [note for note in notes if "calendar" in note] == [
        "No calendar is known for the owners' countries Atlantis: their days are counted by the connection's; "
        "name them under [calendar.countries]."
    ]


def test_a_value_that_cannot_be_is_noted_once(plan: Callable[[], dict[str, Any]], exports: Path) -> None:
    deals = exports / "deals.csv"
    deals.write_text(deals.read_text().replace("2026-06-30", "0001-01-01").replace("2026-05-31", "9999-12-31"))

    notes = plan()["connections"]["exports"]["notes"]

    assert (
        "deals.close_date: 2 values are outside the years 1900 to 2199 and count as unknown, as in D1; correct them in "
        "the CRM."
    ) in notes


def test_a_won_deal_whose_stage_alone_says_so_is_not_judged(plan: Callable[[], dict[str, Any]], exports: Path) -> None:
    deals = exports / "deals.csv"
    header, *rows = deals.read_text().splitlines()
    names = header.split(",")
    kept = [at for at, name in enumerate(names) if name not in ("is_closed", "is_won")]
    import csv
    import io

    lines = [[row[at] for at in kept] for row in csv.reader(io.StringIO("\n".join([header, *rows])))]
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    deals.write_text(out.getvalue())

    assert plan()["connections"]["exports"]["judged"] == 2
