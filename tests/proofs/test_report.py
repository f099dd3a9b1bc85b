"""``report`` shows every deal in scope with its evidence, and what the CRM says in it stays text."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import structlog

from rules.judgement.score import BANDS
from sandbox.serve import Options, Sandbox
from sync.cli import main
from tests.proofs.world import World

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'too'"
FORMULA = '=HYPERLINK("http://evil.example";"click")'
TEMPLATE = "{{ 7 * 7 }}{% include 'x' %}"
CONTROLS = "Turn\u202e around\r\nnext line\x1b[31m red\x07"
HOSTILE = (MARKUP, FORMULA, TEMPLATE, CONTROLS, "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\uff1d1+1")


@dataclass(frozen=True)
class Written:
    """What a run of the command left behind."""

    page: str
    rows: list[dict[str, str]]
    document: dict[str, Any]
    terminal: str
    modes: set[int]


class Elements(HTMLParser):
    """Gathers the names and attributes of all elements, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """A small org in which people typed what they should not, read and reported."""
    folder = tmp_path_factory.mktemp("report")
    with (
        Sandbox(Options(config_out=folder / "config.toml", deals=25, seed=7)) as box,
        pytest.MonkeyPatch.context() as at,
    ):
        root = logging.getLogger()
        handlers, level = root.handlers, root.level
        world = World(box)
        deals = [row for row in world.table("Opportunity") if not row["IsClosed"]]
        for deal, text in zip(deals, HOSTILE, strict=False):
            world.edit("Opportunity", deal["Id"], Name=text)
        for contact in world.table("Contact"):
            world.edit("Contact", contact["Id"], FirstName="", LastName=MARKUP[:70])
        world.sync()
        terminal = _run(at, world, "report")
        document = json.loads(_run(at, world, "report", "--json", "--html", "deals.html", "--csv", "deals.csv"))
        with (folder / "deals.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        page = (folder / "deals.html").read_text(encoding="utf-8")
        modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("deals.html", "deals.csv", "config.toml")}
        yield Written(page, rows, document, terminal, modes)
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()


def _run(at: pytest.MonkeyPatch, world: World, *words: str) -> str:
    out = io.StringIO()
    at.chdir(world.config.parent)
    with contextlib.redirect_stdout(out):
        assert main([*words, "--config", str(world.config)]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def elements(written: Written) -> Elements:
    return Elements(written.page)


def lines(written: Written) -> list[dict[str, Any]]:
    deals: list[dict[str, Any]] = written.document["connections"]["salesforce"]["deals"]
    return deals


def test_every_deal_is_on_the_page_and_in_the_sheet(written: Written, elements: Elements) -> None:
    assert len(lines(written)) == 25
    assert {row["deal_id"] for row in written.rows} == {line["deal_id"] for line in lines(written)}
    assert [line["name"] for line in lines(written) if line["name"] not in elements.text] == []


def test_the_worst_band_comes_first_and_in_it_the_largest_deal(written: Written) -> None:
    places = [(BANDS.index(line["band"]), line["amount"] or 0) for line in lines(written)]
    assert places == sorted(places, reverse=True)
    assert places[0][0] > places[-1][0]


def test_a_finding_names_its_rule_its_severity_and_its_evidence(written: Written, elements: Elements) -> None:
    findings = [
        (item["rule_id"], item["severity"], item["evidence"]) for line in lines(written) for item in line["found"]
    ]
    rows = [(row["rule"], row["severity"], row["evidence"].removeprefix("'")) for row in written.rows if row["rule"]]
    assert rows == findings
    assert [item for item in findings if item[2] not in elements.text or not item[2]] == []


def test_the_sum_of_a_deal_is_its_score(written: Written) -> None:
    sums = [sum(reason["points"] for reason in line["reasons"]) for line in lines(written)]
    assert sums == [line["score"] for line in lines(written)]


def test_a_rule_that_is_not_judged_is_named_with_the_reason(written: Written, elements: Elements) -> None:
    not_judged = written.document["connections"]["salesforce"]["not_judged"]
    assert "security-missing" in not_judged
    assert [why for why in not_judged.values() if why not in elements.text or why not in written.terminal] == []


def test_the_page_holds_no_element_that_the_crm_brought(elements: Elements) -> None:
    assert elements.names & {"script", "img", "a", "iframe", "object", "form", "link", "base"} == set()
    assert {name for name, _ in elements.attributes if name.startswith("on")} == set()
    assert MARKUP in elements.text


def test_the_page_needs_nothing_from_elsewhere(elements: Elements, written: Written) -> None:
    assert [name for name, _ in elements.attributes if name in {"src", "href", "srcset", "action"}] == []
    assert "url(" not in written.page
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in elements.attributes


def test_a_template_from_the_crm_stays_text(elements: Elements) -> None:
    assert TEMPLATE in elements.text


def test_no_cell_of_the_sheet_is_a_formula(written: Written) -> None:
    cells = [cell for row in written.rows for name, cell in row.items() if name != "amount"]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))] == []
    assert {f"'{FORMULA}", "'+1+1", "'-2+3", "'@SUM(A1)", "'=1+1", "'\uff1d1+1"} <= {
        row["deal"] for row in written.rows
    }


@pytest.mark.parametrize("place", ["page", "terminal"])
def test_controls_and_direction_marks_do_not_arrive(written: Written, place: str) -> None:
    text = getattr(written, place)
    assert "Turn around next line[31m red" in text or "Turn around next line [31m red" in text
    assert not {"\u202e", "\x1b", "\x07", "\r"} & set(text)


def test_reports_and_the_written_config_are_for_their_owner_alone(written: Written) -> None:
    assert written.modes == {0o600}


def test_without_a_reading_there_is_nothing_to_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(Options(config_out=tmp_path / "config.toml", deals=1)):
        assert main(["report", "--config", str(tmp_path / "config.toml")]) == 2
    assert "dealwarden plan" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(Options(config_out=tmp_path / "config.toml", deals=1)) as box:
        World(box).sync()
        place = tmp_path / "nowhere" / "deals.html"
        assert main(["report", "--config", str(tmp_path / "config.toml"), "--html", str(place)]) == 2
    assert f"{place}: the file cannot be written" in capsys.readouterr().err
