"""Secret files that others on the machine can read are warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.app.file_warnings import warn_of_files
from sync.config.config import load_config

CONFIG = """
[connections.acme]
type = "salesforce"
domain = "acme"
client_id = "env:SF_CLIENT_ID"
client_secret = "file:secrets/client"
"""


def warnings(folder: Path, mode: int) -> list[Any]:
    secret = folder / "secrets" / "client"
    secret.parent.mkdir(exist_ok=True)
    secret.touch()
    secret.chmod(mode)
    (folder / "config.toml").write_text(CONFIG)
    with capture_logs() as logs:
        warn_of_files(load_config(folder / "config.toml"))
    return logs


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o640, 0o604, 0o602])
def test_a_secret_that_others_may_read_or_write_is_warned_of(tmp_path: Path, mode: int) -> None:
    (warning,) = warnings(tmp_path, mode)
    assert (warning["event"], warning["setting"]) == ("secret.readable", "connections.acme.client_secret")
    assert warning["do"] == f"chmod 600 {tmp_path / 'secrets' / 'client'}"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_secret_is_not(tmp_path: Path, mode: int) -> None:
    assert warnings(tmp_path, mode) == []


def test_a_rule_file_of_another_name_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "rules.d" / "x.yaml").touch()
    (warning,) = warnings(tmp_path, 0o600)
    assert (warning["event"], "x.yaml: not read" in warning["warning"]) == ("rules.file_ignored", True)
