from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from sync.app.reload import Reloader
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress

RULES = '[rules.close-date-past]\nmode = "MODE"\n'


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    (folder / "rules.d").mkdir()
    with Workspace.open(load_config(folder / "config.toml"), progress=SilentProgress()) as opened:
        yield opened


def save(path: Path, text: str) -> None:
    """Write a file later than the last time, however coarse the clock of the file system is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    later = max(path.stat().st_mtime_ns, before + 1_000_000_000)
    os.utime(path, ns=(later, later))


def mode(workspace: Workspace) -> str:
    return workspace.rulesets["acme"].rule("close-date-past").mode


def check(reloader: Reloader) -> list[dict[str, Any]]:
    with structlog.testing.capture_logs() as logs:
        reloader.check()
    return [dict(entry) for entry in logs]


def test_a_rule_file_that_changed_is_used_from_the_next_cycle_on(workspace: Workspace, folder: Path) -> None:
    reloader = Reloader(workspace)
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "shadow"))

    [event] = check(reloader)

    assert (event["event"], mode(workspace)) == ("rules.reloaded", "shadow")


def test_files_that_did_not_change_are_not_read(workspace: Workspace) -> None:
    assert check(Reloader(workspace)) == []


def test_bad_rules_are_reported_once_and_those_that_run_stay_in_force(workspace: Workspace, folder: Path) -> None:
    reloader, running = Reloader(workspace), workspace.rulesets
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "of"))

    [event] = check(reloader)

    assert (event["event"], workspace.rulesets is running) == ("rules.refused", True)
    assert "ours.toml:2:8: 'of' as mode" in event["problems"][0]
    assert check(reloader) == []


def test_a_corrected_file_is_used(workspace: Workspace, folder: Path) -> None:
    reloader = Reloader(workspace)
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "of"))
    check(reloader)
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "off"))

    assert [event["event"] for event in check(reloader)] == ["rules.reloaded"]
    assert mode(workspace) == "off"


def test_a_file_that_was_taken_away_no_longer_counts(workspace: Workspace, folder: Path) -> None:
    reloader = Reloader(workspace)
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "off"))
    check(reloader)
    (folder / "rules.d" / "ours.toml").unlink()
    check(reloader)

    assert mode(workspace) == "on"


def test_a_bad_config_is_refused_too(workspace: Workspace, folder: Path) -> None:
    reloader, running = Reloader(workspace), workspace.config
    save(folder / "config.toml", (folder / "config.toml").read_text() + '[scope]\nwher = "amount > 5"\n')

    [event] = check(reloader)

    assert (event["event"], workspace.config is running) == ("rules.refused", True)


def test_what_a_running_daemon_does_not_take_up_is_reported(workspace: Workspace, folder: Path) -> None:
    reloader = Reloader(workspace)
    save(folder / "config.toml", (folder / "config.toml").read_text() + '[schedule]\nevery = "1 hour"\n')

    assert [(event["event"], event.get("section")) for event in check(reloader)] == [
        ("rules.reloaded", None),
        ("config.needs_restart", "schedule"),
    ]


def test_a_connection_keeps_its_session_when_rules_alone_change(workspace: Workspace, folder: Path) -> None:
    reloader, before = Reloader(workspace), workspace.connected("acme")
    save(folder / "rules.d" / "ours.toml", RULES.replace("MODE", "off"))
    check(reloader)
    after = workspace.connected("acme")

    assert after.connector is before.connector
    assert (before.ruleset.rule("close-date-past").mode, after.ruleset.rule("close-date-past").mode) == ("on", "off")


def test_a_connection_whose_settings_change_is_made_anew(workspace: Workspace, folder: Path) -> None:
    reloader, before = Reloader(workspace), workspace.connected("acme")
    save(folder / "config.toml", (folder / "config.toml").read_text() + 'mode = "score"\n')
    check(reloader)
    after = workspace.connected("acme")

    assert after.connector is not before.connector
    assert after.mode == "score"
