"""Whole deals on a time line, judged by everything that ships: findings, tasks, scores and bands."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.files.document import RuleFile
from rules.model import Severity
from rules.testing.scenario import read_scenario
from sync.config.calendar import CalendarSettings
from sync.inspect.scenarios import run_scenario
from tests.rules.packs.shipped import SHIPPED

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.scenario.toml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_is_judged_as_written_down(path: Path) -> None:
    scenario = read_scenario(RuleFile(path.name, path.read_text(encoding="utf-8")))
    assert run_scenario(scenario, SHIPPED, {}, Severity.HIGH, CalendarSettings()) == []
