"""Rule files for a single connection override those for all connections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.app.rule_files import load_rule_sets
from sync.config.config import load_config
from tests.cli.test_reload import check, save

Command = Callable[..., Any]

OTHER = """
[connections.other]
type = "salesforce"
domain = "other"
client_id = "env:A"
client_secret = "env:B"
overlay = "rules.other"
"""
CRITICAL = '[rules.close-date-past]\nseverity = "critical"\n'


@pytest.fixture
def own(folder: Path) -> Path:
    """The folder of the second connection's own rule files; those for all make a past close date critical."""
    with (folder / "config.toml").open("a") as config:
        config.write(OTHER)
    for name in ("rules.d", "rules.other"):
        (folder / name).mkdir()
    (folder / "rules.d" / "ours.toml").write_text(CRITICAL)
    return folder / "rules.other"


def severities(folder: Path) -> dict[str, str]:
    rulesets = load_rule_sets(load_config(folder / "config.toml"))
    return {name: ruleset.rule("close-date-past").severity[0].severity.word for name, ruleset in rulesets.items()}


def test_they_count_for_their_connection_alone_and_above_all_others(folder: Path, own: Path) -> None:
    (own / "mild.toml").write_text('[rules.close-date-past]\nseverity = "warn"\n')
    assert severities(folder) == {"acme": "critical", "other": "warn"}


def test_a_folder_that_is_not_there_changes_nothing(folder: Path, own: Path) -> None:
    own.rmdir()
    assert severities(folder) == {"acme": "critical", "other": "critical"}


def test_list_show_and_test_tell_of_one_connection_s_rules(dealwarden: Command, own: Path) -> None:
    (own / "mild.toml").write_text('[rules.close-date-past]\nmode = "off"\n')
    shown = [
        dealwarden("rules", "show", "close-date-past", *words, "--json").document["mode"]
        for words in ((), ("--connection", "other"))
    ]
    assert shown == ["on", "off"]
    assert dealwarden("rules", "list", "--connection", "othr").code == 2
    assert dealwarden("rules", "test", "--connection", "other").code == 1  # the shipped cases expect high


def test_lint_finds_what_is_wrong_with_them(dealwarden: Command, own: Path) -> None:
    (own / "mild.toml").write_text('[rules.close-date-past]\nmode = "of"\n')
    ended = dealwarden("rules", "lint")
    assert (ended.code, "mild.toml:2:8: 'of' as mode" in ended.err) == (2, True)


def test_a_daemon_reads_them_again_when_they_change(folder: Path, own: Path) -> None:
    from sync.app.reload import Reloader
    from sync.app.workspace import Workspace
    from sync.connection.progress import SilentProgress

    with Workspace.open(load_config(folder / "config.toml"), progress=SilentProgress()) as workspace:
        reloader = Reloader(workspace)
        save(own / "mild.toml", '[rules.close-date-past]\nmode = "off"\n')
        [event] = check(reloader)
        assert event["event"] == "rules.reloaded"
        assert [ruleset.rule("close-date-past").mode for ruleset in workspace.rulesets.values()] == ["on", "off"]
