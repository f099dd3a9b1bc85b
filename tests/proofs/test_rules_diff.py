"""``rules diff`` tells beforehand what a changed rule set would do to the deals that were read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.cli import main
from tests.proofs.world import World


@pytest.fixture
def diff(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main(["rules", "diff", "--config", str(world.config), "--json", *words])
        return code, json.loads(capsys.readouterr().out)

    return run


def overlay(world: World, text: str, name: str = "rules.d") -> Path:
    folder = world.config.parent / name
    folder.mkdir(exist_ok=True)
    (folder / "ours.toml").write_text(text)
    return folder


def test_the_same_rules_change_nothing(world: World, diff: Any) -> None:
    world.sync()
    code, document = diff()
    assert (code, document["changed"]) == (0, False)
    assert document["connections"]["salesforce"]["deals"] == 25


def test_a_rule_that_is_switched_off_ends_its_findings(world: World, diff: Any) -> None:
    found = world.sync().findings["close-date-past"]
    overlay(world, '[rules.close-date-past]\nmode = "off"\n')
    code, document = diff()
    one = document["connections"]["salesforce"]
    shift = one["rules"]["close-date-past"]
    assert (code, list(one["rules"])) == (1, ["close-date-past"])
    assert (shift["before"], shift["after"], shift["end"], shift["deals"]) == (found, 0, found, found)
    assert sum(rep["end"] for rep in one["reps"].values()) == found
    assert 0 < one["scores"] <= found


def test_another_folder_may_be_what_is_compared_with(world: World, diff: Any) -> None:
    found = world.sync().findings["close-date-past"]
    other = overlay(world, '[rules.close-date-past]\nseverity = "critical"\n', "rules.next")
    code, document = diff("--against", str(other))
    assert (code, document["connections"]["salesforce"]["rules"]["close-date-past"]["change"]) == (1, found)


def test_a_diff_leaves_the_store_as_it_was(world: World, diff: Any) -> None:
    world.sync()
    overlay(world, '[rules.close-date-past]\nmode = "off"\n')
    diff()
    (world.config.parent / "rules.d" / "ours.toml").unlink()
    world.advance(minutes=30)
    assert world.sync().plan.close == 0
