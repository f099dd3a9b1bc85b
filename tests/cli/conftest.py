from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from sync.config.config import Config
from sync.connection.progress import Progress
from sync.errors import UnknownNameError
from sync.model.cycle_report import ConnectionReport
from tests.commands import Commands, logs_put_back

CONFIG = """
[connections.acme]
type = "salesforce"
domain = "acme"
client_id = "env:SF_CLIENT_ID"
client_secret = "env:SF_CLIENT_SECRET"
"""


@dataclass
class StandInWorkspace:
    """Answers as a workspace does, with reports that a test has set."""

    reports: dict[str, ConnectionReport] = field(default_factory=dict)
    fault: Exception | None = None
    config: Config | None = None
    stop_requested: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def open(self, config: Config, *, progress: Progress) -> Self:
        self.config = config
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def plan(self) -> dict[str, ConnectionReport]:
        return self._answer("plan")

    def sync(self) -> dict[str, ConnectionReport]:
        return self._answer("sync")

    def apply(self, plan_id: str | None) -> dict[str, ConnectionReport]:
        if plan_id == "plan-unknown":
            raise UnknownNameError("plan", plan_id)
        return self._answer(f"apply {plan_id}")

    def _answer(self, asked: str) -> dict[str, ConnectionReport]:
        self.asked.append(asked)
        if self.fault:
            raise self.fault
        return self.reports


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    with logs_put_back():
        yield


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> StandInWorkspace:
    stand_in = StandInWorkspace({"acme": ConnectionReport("run-1", "plan-1")})
    monkeypatch.setattr("sync.commands.opening.Workspace", stand_in)
    return stand_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds a good config."""
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dealwarden(folder: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Run a command in that folder."""
    return Commands(capsys)
