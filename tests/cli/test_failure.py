from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthError, QuotaSpentError, WrongOrgError
from rules.language.errors import Problem, RuleError
from rules.language.location import Location
from sync.app.exit_codes import exit_code
from sync.errors import ConfigError, worst
from sync.store.database.errors import StoreError

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(["x"]), 2),
        (RuleError([Problem(Location("rules.d/a.toml"), "found")]), 2),
        (StoreError("x"), 2),
        (AuthError("x"), 4),
        (WrongOrgError("x"), 4),
        (QuotaSpentError("x"), 4),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError(), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_nothing_wrong_is_fine() -> None:
    assert worst([]) == 0


def test_a_missing_config_is_one_clear_line(dealwarden: Command, folder: Path) -> None:
    ended = dealwarden("sync", "--config", "other.toml")

    assert ended.code == 2
    advice = "name another with --config FILE, or start from config.example.toml"
    assert ended.err == f"dealwarden: other.toml: there is no such file; {advice}\n"


def test_with_json_a_failure_is_the_one_document_on_stdout(dealwarden: Command, folder: Path) -> None:
    (folder / "config.toml").write_text("[tasks]\nfrom_severty = 1\n")

    ended = dealwarden("sync", "--json")

    assert (ended.code, ended.err) == (2, "")
    assert ended.document["error"]["kind"] == "ConfigError"
    assert ended.document["error"]["exit_code"] == 2
    assert len(ended.document["error"]["problems"]) == 2


def test_wrong_usage_is_told_in_json_too(dealwarden: Command) -> None:
    ended = dealwarden("sync", "--jsn", "--json")

    assert ended.code == 2
    assert "No such option" in ended.document["error"]["message"]


def test_our_own_fault_ends_with_70_and_without_a_traceback(workspace: Any, dealwarden: Command) -> None:
    workspace.fault = ZeroDivisionError("division by zero")

    ended = dealwarden("sync")

    assert ended.code == 70
    assert "an error in dealwarden itself, please report it: ZeroDivisionError: division by zero" in ended.err
    assert "Traceback" not in ended.err


def test_debug_shows_the_traceback(workspace: Any, dealwarden: Command) -> None:
    workspace.fault = ZeroDivisionError("division by zero")

    assert "Traceback" in dealwarden("sync", "--debug").err


def test_an_interrupted_command_ends_with_130(workspace: Any, dealwarden: Command) -> None:
    workspace.fault = KeyboardInterrupt()  # type: ignore[assignment]

    assert dealwarden("sync").code == 130


def test_a_bad_rule_file_names_file_line_and_column(dealwarden: Command, folder: Path) -> None:
    (folder / "rules.d").mkdir()
    (folder / "rules.d" / "ours.toml").write_text("[rules.single-threaded]\ntitel = 'x'\n")

    ended = dealwarden("rules", "lint")

    assert ended.code == 2
    assert ended.err.startswith(f"dealwarden: {folder / 'rules.d' / 'ours.toml'}:2:1: ")
