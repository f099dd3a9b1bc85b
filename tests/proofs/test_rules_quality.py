"""``rules quality`` tells what became of each rule's tasks, as the CRM shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.cli import main
from tests.proofs.world import World


@pytest.fixture
def told(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    """Ask for the quality of the rules, as JSON or in words."""

    def ask(*words: str) -> Any:
        capsys.readouterr()
        assert main(["rules", "quality", "--config", str(world.config), *words]) == 0
        said = capsys.readouterr().out
        return json.loads(said)["connections"]["salesforce"] if "--json" in words else said

    return ask


def test_the_tasks_of_a_rule_are_counted_by_what_became_of_them(world: World, told: Any) -> None:
    world.sync()
    rows = world.open_tasks()
    named = next(row for row in rows if "Rules: contacts-none (" in row["Description"])
    world.edit("Task", named["Id"], Status="Completed")
    world.sync()
    rule = told("--json")["rules"]["contacts-none"]
    assert rule["results"]["completed"] == 1
    assert sum(rule["results"].values()) == rule["tasks"]


def test_overlaps_are_shares_of_the_findings_of_now(world: World, told: Any) -> None:
    world.sync()
    rules = told("--json")["rules"]
    shares = [share for rule in rules.values() for kind in ("explained_by", "beside") for share in rule[kind].values()]
    assert shares
    assert all(0 < share <= 1 for share in shares)


def test_in_words_every_rule_with_tasks_has_a_sentence(world: World, told: Any) -> None:
    world.sync()
    text = told()
    for rule, measured in told("--json")["rules"].items():
        assert (f"{rule}: {measured['tasks']:,} tasks" if measured["tasks"] else f"{rule}: no tasks.") in text
