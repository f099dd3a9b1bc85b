"""The steps of the tutorial and of the how-tos come out as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ended

DOCS = Path(__file__).parents[2] / "docs"
Command = Callable[..., Ended]


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of that language on a page."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [text for kind, text in fenced if kind == language]


@pytest.fixture
def rule_file(folder: Path) -> Path:
    (folder / "rules.d").mkdir()
    return folder / "rules.d" / "ours.toml"


def test_the_mistakes_of_the_tutorial_are_told_as_it_says(dealwarden: Command, rule_file: Path) -> None:
    rule_file.write_text(blocks("tutorial/tune-your-first-rule.md", "toml")[0])
    ended = dealwarden("rules", "lint")
    [shown] = [text for text in blocks("tutorial/tune-your-first-rule.md", "") if "wran" in text]
    words = [line.split(".toml:")[1] for line in shown.splitlines()]
    assert ended.code == 2
    assert [line.split(".toml:")[1] for line in ended.err.splitlines()] == words


def test_the_shipped_case_of_the_tutorial_fails_as_it_says(dealwarden: Command, rule_file: Path) -> None:
    rule_file.write_text(blocks("tutorial/tune-your-first-rule.md", "toml")[1])
    ended = dealwarden("rules", "test")
    [shown] = [text for text in blocks("tutorial/tune-your-first-rule.md", "") if "got warn" in text]
    # The line in the shipped pack moves with every rule above it.
    said, told = (re.sub(r":\d+:\d+:", ":", text) for text in (shown, ended.out))
    assert (ended.code, said.strip() in told) == (1, True), ended.out


def test_the_rule_that_the_tutorial_ends_with_keeps_to_its_cases(dealwarden: Command, rule_file: Path) -> None:
    rule_file.write_text(blocks("tutorial/tune-your-first-rule.md", "toml")[2])
    assert (dealwarden("rules", "lint").code, dealwarden("rules", "test").code) == (0, 0)


def test_the_segments_of_the_how_to_load_and_its_rule_keeps_to_its_cases(
    dealwarden: Command, folder: Path, rule_file: Path
) -> None:
    segments, rule = blocks("how-to/segments.md", "toml")
    config = folder / "config.toml"
    config.write_text(f"{config.read_text()}\n{segments}")
    rule_file.write_text(rule)
    assert dealwarden("rules", "lint").code == 0
    assert dealwarden("rules", "test").code == 0, dealwarden("rules", "test").out


def test_the_scenario_of_the_how_to_on_holidays_comes_out_as_written(
    dealwarden: Command, folder: Path, rule_file: Path
) -> None:
    calendar, scenario = blocks("how-to/holidays.md", "toml")
    config = folder / "config.toml"
    config.write_text(f"{config.read_text()}\n{calendar}")
    (rule_file.parent / "holidays.scenario.toml").write_text(scenario)
    ended = dealwarden("rules", "test")
    assert (ended.code, "1 scenarios passed, 0 failed" in ended.out) == (0, True), ended.out


def test_without_any_holidays_the_deals_of_that_scenario_are_late(dealwarden: Command, rule_file: Path) -> None:
    _, scenario = blocks("how-to/holidays.md", "toml")
    nowhere = re.sub(r', country = "[^"]+"', "", scenario)
    (rule_file.parent / "holidays.scenario.toml").write_text(nowhere)
    assert "on 2026-12-30, deal-quiet on munich: expected nothing, got warn" in dealwarden("rules", "test").out


def test_the_scenario_of_the_how_to_on_scenarios_comes_out_as_written(dealwarden: Command, rule_file: Path) -> None:
    [scenario] = blocks("how-to/scenarios.md", "toml")
    (rule_file.parent / "slip.scenario.toml").write_text(scenario)
    ended = dealwarden("rules", "test")
    assert (ended.code, "1 scenarios passed, 0 failed" in ended.out) == (0, True), ended.out


def test_a_forgotten_task_is_told_as_the_how_to_on_scenarios_says(dealwarden: Command, rule_file: Path) -> None:
    [scenario] = blocks("how-to/scenarios.md", "toml")
    before, last = scenario.rsplit('tasks = { acme = ["slip"] }', 1)
    (rule_file.parent / "slip.scenario.toml").write_text(f"{before}tasks = {{}}{last}")
    [shown] = [text for text in blocks("how-to/scenarios.md", "") if "expected none" in text]
    ended = dealwarden("rules", "test")
    assert ended.code == 1
    assert shown.strip() in ended.out
