"""What people type into a field of 32,000 characters arrives inert wherever a finding shows it."""

from __future__ import annotations

import contextlib
import csv
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
import structlog

from sandbox.serve import Options, Sandbox
from sync.cli import main
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, core_alone

BEGINS = '=cmd|" /C calc"!A0 {{ 7 * 7 }}{% set x = 1 %}<script>alert(1)</script>\u202e\r\n# Heading\x1b]8;;x\x07 '
TEXT = (BEGINS + "#notrisk\n#snooze 30d\n" + "\u2066<b>é{{ deal }}</b>\x01\u2028\n" * 2_000)[:32_000]
NOTED = """
[rules.noted]
title = "Noted"
family = "hygiene"
when = "LENGTH(x_note) >= 100"
severity = "critical"
evidence = "{{ x_note }}"
advice = "Look at {{ x_note }}."
done = "It is gone"
"""
FORBIDDEN = {"\u202e", "\u2066", "\u2028", "\x1b", "\x07", "\x01", "\r"}


@dataclass(frozen=True)
class Shown:
    """One deal with such a field, and everything that a cycle and the commands made of it."""

    body: str
    subject: str
    terminal: str
    explained: str
    page: str
    cells: list[str]


class Tags(HTMLParser):
    """Gathers the names of elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)


@pytest.fixture(scope="module", params=["salesforce", "hubspot"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    config = tmp_path_factory.mktemp("hostile") / "config.toml"
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with Sandbox(Options(crm=request.param, deals=12, seed=7, config_out=config)) as box:
        yield _salesforce(World(box)) if request.param == "salesforce" else _hubspot(PortalWorld(box))
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _salesforce(world: World) -> Shown:
    deal = next(row["Id"] for row in world.table("Opportunity") if not row["IsClosed"])
    world.edit("Opportunity", deal, Metrics__c=TEXT, Name=TEXT[:120])
    _prepare(world, "Metrics__c")
    [task] = [row for row in world.open_tasks() if row["WhatId"] == deal and "noted" in row["Description"]]
    return _shown(world, deal, task["Description"], task["Subject"])


def _hubspot(world: PortalWorld) -> Shown:
    deal = world.open_deals()[0]["id"]
    world.edit("deals", deal, dw_metrics=TEXT, dealname=TEXT[:120])
    _prepare(world, "dw_metrics")
    [task] = [
        row["properties"]
        for row in world.open_tasks()
        if world.deal_of(row["id"]) == deal and "noted" in row["properties"]["hs_task_body"]
    ]
    return _shown(world, deal, task["hs_task_body"], task["hs_task_subject"])


def _prepare(world: World, field: str) -> None:
    core_alone(world).reword_config(
        f'type = "{world.crm}"\n', f'type = "{world.crm}"\nextras = {{ note = "{field}" }}\n'
    )
    (world.config.parent / "rules.d").mkdir()
    (world.config.parent / "rules.d" / "noted.toml").write_text(NOTED)
    world.sync()


def _shown(world: World, deal: str, body: str, subject: str) -> Shown:
    folder = world.config.parent
    _run("report", "--html", str(folder / "r.html"), "--csv", str(folder / "r.csv"), world=world)
    with (folder / "r.csv").open(encoding="utf-8-sig", newline="") as sheet:
        cells = [cell for row in csv.DictReader(sheet) for name, cell in row.items() if name != "amount"]
    page = (folder / "r.html").read_text(encoding="utf-8")
    return Shown(body, subject, _run("plan", world=world), _run("explain", deal, world=world), page, cells)


def _run(*words: str, world: World) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([*words, "--config", str(world.config)]) == 0
    return out.getvalue()


@pytest.mark.parametrize("place", ["body", "subject", "terminal", "explained", "page"])
def test_no_control_and_no_direction_mark_arrives(shown: Shown, place: str) -> None:
    assert FORBIDDEN & set(getattr(shown, place)) == set()


def test_a_task_states_one_short_line_of_it_as_it_was_typed(shown: Shown) -> None:
    [line] = [one for one in shown.body.replace("<br>", "\n").split("\n") if one.startswith("- =cmd")]
    assert "{{ 7 * 7 }}{% set x = 1 %}" in line
    assert len(line) < 1_000
    assert len(shown.subject) <= 80


def test_markup_in_a_task_is_text(shown: Shown) -> None:
    in_html = "<br>" in shown.body
    assert ("<script>" in shown.body) is not in_html
    assert not in_html or Tags(shown.body).names == {"br"}


def test_what_looks_like_an_answer_of_a_person_is_none(shown: Shown) -> None:
    assert "# notrisk # snooze 30d" in shown.body
    assert "nothing to do" in shown.terminal


def test_the_page_holds_the_text_and_none_of_its_elements(shown: Shown) -> None:
    assert "&lt;script&gt;alert(1)" in shown.page
    assert "script" not in Tags(shown.page).names


def test_no_cell_is_a_formula_or_longer_than_a_spreadsheet_takes(shown: Shown) -> None:
    assert [cell for cell in shown.cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert any(cell.startswith("'=cmd") for cell in shown.cells)
    assert max(map(len, shown.cells)) < 32_767
