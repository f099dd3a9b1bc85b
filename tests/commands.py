"""Running commands inside the test's own process: a process of its own costs some seconds to start."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from sync.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Give stdout, which must be one JSON document."""
        found: dict[str, Any] = json.loads(self.out)
        return found


class Commands:
    """Runs commands in the current folder, with their output in the hands of *captured*."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *words: str) -> Ended:
        self._captured.readouterr()
        code = main(words)
        out, err = self._captured.readouterr()
        return Ended(code, out, err)


@contextmanager
def logs_put_back() -> Iterator[None]:
    """Put logging back: a command sends it to the stderr of its own test, which is gone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
