from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.files.keys import RULE_KEYS
from rules.signals.catalogue import CATALOGUE
from sync.commands.toml_text import toml_value

Command = Callable[..., Any]


def overlay(folder: Path, text: str) -> None:
    (folder / "rules.d").mkdir(exist_ok=True)
    (folder / "rules.d" / "ours.toml").write_text(text)


def test_show_tells_of_every_key_where_it_was_written(dealwarden: Command, folder: Path) -> None:
    overlay(folder, '[rules.single-threaded]\ntarget = 4\nfor = "2 business days"\n')

    shown = dealwarden("rules", "show", "single-threaded", "--json").document
    keys = {item["key"]: item for item in shown["keys"]}

    assert (keys["target"]["value"], Path(keys["target"]["file"]).name, keys["target"]["line"]) == (4, "ours.toml", 2)
    assert (keys["title"]["value"], keys["title"]["file"]) == ("Single-threaded", "packs/core.toml")
    assert keys["for"]["value"] == "2 business days"


def test_show_prints_values_as_a_rule_file_has_them(dealwarden: Command) -> None:
    ended = dealwarden("rules", "show", "close-date-past")

    assert ended.code == 0
    assert "when" in ended.out
    assert '"close_in_days < 0"' in ended.out


def test_a_rule_that_nobody_has_is_answered_with_the_nearest(dealwarden: Command) -> None:
    ended = dealwarden("rules", "show", "close-date-pas")

    assert (ended.code, "did you mean 'close-date-past'?" in ended.err) == (2, True)


def test_a_new_rule_is_in_shadow_and_passes_its_cases(dealwarden: Command, folder: Path) -> None:
    assert dealwarden("rules", "new", "my-rule").code == 0
    (mine,) = [item for item in dealwarden("rules", "list", "--json").document["rules"] if item["id"] == "my-rule"]

    assert (mine["mode"], Path(mine["file"])) == ("shadow", folder / "rules.d" / "my-rule.toml")
    assert dealwarden("rules", "test").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("my_rule",), "lower-case words joined by hyphens"),
        (("single-threaded",), "there already is a rule single-threaded, at packs/core.toml"),
        (("my-rule", "--family", "slipp"), "did you mean 'slip'?"),
    ],
)
def test_a_new_rule_that_cannot_be_is_refused(
    dealwarden: Command, folder: Path, words: tuple[str, ...], message: str
) -> None:
    ended = dealwarden("rules", "new", *words)

    assert (ended.code, message in ended.err) == (2, True)
    assert not (folder / "rules.d").exists()


def test_a_file_that_is_there_is_not_overwritten(dealwarden: Command, folder: Path) -> None:
    (folder / "rules.d").mkdir()
    (folder / "rules.d" / "my-rule.toml").write_text("# mine\n")

    ended = dealwarden("rules", "new", "my-rule")

    assert (ended.code, "already exists" in ended.err) == (2, True)
    assert (folder / "rules.d" / "my-rule.toml").read_text() == "# mine\n"


def test_an_override_changes_nothing_until_a_line_is_uncommented(dealwarden: Command, folder: Path) -> None:
    assert dealwarden("rules", "override", "single-threaded").code == 0
    path = folder / "rules.d" / "single-threaded.toml"
    assert tomllib.loads(path.read_text()) == {"rules": {"single-threaded": {}}}

    path.write_text(path.read_text().replace("# target = 3", "target = 4"))
    keys = dealwarden("rules", "show", "single-threaded", "--json").document["keys"]
    assert [item["value"] for item in keys if item["key"] == "target"] == [4]


def test_an_override_states_every_key_so_that_it_loads_uncommented(dealwarden: Command, folder: Path) -> None:
    dealwarden("rules", "override", "champion-quiet")
    path = folder / "rules.d" / "champion-quiet.toml"
    head, table, keys = path.read_text().partition("[rules.champion-quiet]\n")
    path.write_text(table + keys.replace("# ", ""))

    assert "levels = [{" in keys
    assert head.startswith("# Changes")
    assert dealwarden("rules", "test").code == 0


def test_a_rule_that_is_changed_already_is_named_with_its_file(dealwarden: Command, folder: Path) -> None:
    overlay(folder, '[rules.single-threaded]\nmode = "off"\n')

    ended = dealwarden("rules", "override", "single-threaded")

    assert (ended.code, "already has changes in" in ended.err, "ours.toml" in ended.err) == (2, True, True)


def test_values_are_written_so_that_they_read_back_as_they_were() -> None:
    rule = {"a": ['x "y"\n', "ü", True, 3, 2.5], "b": [{"c": "d", "e f": 1}]}

    assert tomllib.loads(f"value = {toml_value(rule)}")["value"] == rule


def test_the_schema_names_every_key_and_signal(dealwarden: Command) -> None:
    schema = json.loads(dealwarden("rules", "schema").out)
    (rule,) = schema["properties"]["rules"]["patternProperties"].values()

    assert set(rule["properties"]) == set(RULE_KEYS)
    assert set(rule["properties"]["cases"]["items"]["properties"]["given"]["properties"]) == set(CATALOGUE)
    assert rule["additionalProperties"] is False


def test_the_schema_knows_the_mapped_extras_of_the_config(dealwarden: Command, folder: Path) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('extras = { region = "Region__c" }\n')

    assert '"x_region"' in dealwarden("rules", "schema").out


def test_docs_name_every_signal_and_the_rules_of_the_playbook(dealwarden: Command, folder: Path) -> None:
    assert dealwarden("rules", "docs", "--out", "made").code == 0
    signals, playbook = ((folder / "made" / name).read_text() for name in ("signals.md", "playbook.md"))

    assert [name for name in CATALOGUE if f"`{name}`" not in signals] == []
    assert "`champion-missing`" in playbook


def test_lint_warns_of_a_rule_that_says_nothing_where_what_it_does_not_ask_is_unknown(
    dealwarden: Command, folder: Path
) -> None:
    overlay(folder, '[rules.single-threaded]\nadvice = "Ask {{ champion_name }}."\n')

    [warning] = dealwarden("rules", "lint", "--json").document["warnings"]

    assert warning.endswith(
        "ours.toml:2:1: single-threaded, whose advice says nothing where champion_name is unknown, "
        "expected a line that needs it not"
    )


def test_lint_warns_of_a_subject_that_needs_more_than_the_deal_s_name(dealwarden: Command, folder: Path) -> None:
    overlay(folder, '[families.slip]\nsubject = "Mind {{ owner_team }}"\n')

    [warning] = dealwarden("rules", "lint", "--json").document["warnings"]

    assert "the subject of the family slip says nothing where owner_team is unknown" in warning


def test_lint_has_nothing_to_say_of_the_shipped_rules(dealwarden: Command) -> None:
    warnings = dealwarden("rules", "lint", "--json").document["warnings"]

    assert [item for item in warnings if "last reviewed" not in item] == []


def test_lint_warns_of_rules_that_nobody_reviewed_for_90_days(dealwarden: Command, folder: Path) -> None:
    overlay(folder, "[rules.single-threaded]\nreviewed = 2020-01-31\n")

    ended = dealwarden("rules", "lint", "--json")

    [warning] = [item for item in ended.document["warnings"] if "single-threaded" in item]
    assert ended.code == 0
    assert "ours.toml:2:1: single-threaded, last reviewed 2020-01-31 by revops" in warning
