"""A pytest plugin that breaks the program in the way that DEALWARDEN_BREAK names, before any test runs."""

from __future__ import annotations

import os

from tests.promises.breaks import BREAKS


def pytest_configure() -> None:
    BREAKS[os.environ["DEALWARDEN_BREAK"]].plant()
