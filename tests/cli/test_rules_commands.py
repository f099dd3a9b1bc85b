from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]

FAILING = """
[rules.single-threaded]
[[rules.single-threaded.cases]]
given = { phase = "evaluation", segment = "mid", engaged_contacts = 0 }
expect = "clear"
"""


def test_the_shipped_rules_pass_their_own_cases(dealwarden: Command) -> None:
    ended = dealwarden("rules", "test", "--json")

    assert ended.code == 0
    assert ended.document["failed"] == 0
    assert ended.document["passed"] > 20


def test_a_failing_case_ends_with_1_and_is_named(dealwarden: Command, folder: Path) -> None:
    (folder / "rules.d").mkdir()
    (folder / "rules.d" / "ours.toml").write_text(FAILING)

    ended = dealwarden("rules", "test")

    assert ended.code == 1
    assert "ours.toml:3:" in ended.out
    assert "single-threaded: expected clear, got " in ended.out


def test_rules_are_listed_with_the_file_that_they_come_from(dealwarden: Command) -> None:
    rules = dealwarden("rules", "list", "--json").document["rules"]

    assert ("contacts-none", "core", "packs/core.toml") in [(rule["id"], rule["pack"], rule["file"]) for rule in rules]


def test_without_a_config_the_shipped_rules_are_listed(dealwarden: Command, folder: Path) -> None:
    (folder / "config.toml").unlink()

    assert "single-threaded" in dealwarden("rules", "list").out


def test_a_config_that_was_named_must_be_there(dealwarden: Command) -> None:
    assert dealwarden("rules", "list", "--config", "nowhere.toml").code == 2


def test_extras_of_a_connection_are_signals(dealwarden: Command, folder: Path) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('extras = { region = "Region__c" }\n[scope]\nwhere = "x_region = \'East\'"\n')

    assert dealwarden("rules", "lint").code == 0


def test_a_rule_file_that_is_no_text_is_refused(dealwarden: Command, folder: Path) -> None:
    (folder / "rules.d").mkdir()
    (folder / "rules.d" / "ours.toml").write_bytes(b"\xff\xfe")

    ended = dealwarden("rules", "lint")

    assert (ended.code, "is not UTF-8 text" in ended.err) == (2, True)
