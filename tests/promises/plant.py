"""A pytest plugin that breaks the program in the way that DEALWARDEN_BREAK names, before any test runs."""

from __future__ import annotations

import os

from tests.promises.breaks import BREAKS
from tests.proofs import killing


def plant() -> None:
    """Break the program of this process."""
    BREAKS[os.environ["DEALWARDEN_BREAK"]].plant()


def pytest_configure() -> None:
    """Break it here, and in every process of the program that a proof starts."""
    plant()
    killing.MAIN = f"from tests.promises.plant import plant; plant(); {killing.MAIN}"
