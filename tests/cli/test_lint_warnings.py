"""What lint warns of beside the rules' own texts: files that are not read, and values that no deal has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox
from sync.cli import main

RULE = """
[rules.commit-check]
title = "Commit check"
family = "hygiene"
mode = "shadow"
when = "{when}"
severity = "warn"
evidence = "Forecast {{{{ forecast_category }}}}"
advice = "Look at the forecast"
done = "The forecast is right"
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("lint")
    (folder / "rules.d").mkdir()
    with Sandbox(Options(deals=8, config_out=folder / "config.toml")) as running:
        assert main(["plan", "--config", str(running.config_path), "--json"]) == 0
        yield running


@pytest.fixture
def overlay(box: Sandbox) -> Iterator[Path]:
    folder = box.config_path.parent / "rules.d"
    yield folder
    for file in folder.iterdir():
        file.unlink()


def warnings(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert main(["rules", "lint", "--config", str(box.config_path), "--json"]) == 0
    found: list[str] = json.loads(capsys.readouterr().out)["warnings"]
    return [warning for warning in found if "last reviewed" not in warning]


@pytest.mark.parametrize("name", ["x.yaml", "X.TOML", "x.yml", "x.json", "x", "x.toml.bak"])
def test_a_file_that_is_not_read_is_warned_of(
    box: Sandbox, overlay: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (overlay / name).write_text("")
    assert warnings(box, capsys) == [f"{overlay / name}: not read; the name of a rule file ends with .toml"]


@pytest.mark.parametrize("name", ["README.md", ".gitkeep"])
def test_notes_in_the_overlay_folder_are_not(
    box: Sandbox, overlay: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (overlay / name).write_text("")
    assert warnings(box, capsys) == []


@pytest.mark.parametrize(
    "when",
    [
        "forecast_category = 'pipeline'",
        "forecast_category IN ('pipeline', 'Pipeline')",
        "forecast_category <> 'pipeline'",
    ],
)
def test_a_value_that_no_deal_has_is_warned_of_with_the_one_that_was_meant(
    box: Sandbox, overlay: Path, capsys: pytest.CaptureFixture[str], when: str
) -> None:
    (overlay / "own.toml").write_text(RULE.format(when=when))
    (warning,) = warnings(box, capsys)
    assert "own.toml:6:" in warning
    assert "no deal has forecast_category = 'pipeline'; deals have 'Be" in warning
    assert warning.endswith("; did you mean 'Pipeline'?")


def test_a_value_that_deals_have_is_fine(box: Sandbox, overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (overlay / "own.toml").write_text(RULE.format(when="forecast_category = 'Pipeline'"))
    assert warnings(box, capsys) == []


def test_without_a_reading_values_are_not_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "rules.d" / "own.toml").write_text(RULE.format(when="forecast_category = 'pipeline'"))
    with Sandbox(Options(deals=1, config_out=tmp_path / "config.toml")) as fresh:
        assert warnings(fresh, capsys) == []
    assert not (tmp_path / "dealwarden.db").exists()
