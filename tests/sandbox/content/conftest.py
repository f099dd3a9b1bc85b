"""Orgs for the content tests: one filled once and only read, and fresh ones to load exports into."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.populate import populate
from sandbox.salesforce.seed.provision import provision

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def make_org() -> Org:
    return Org(now=lambda: NOW)


@pytest.fixture
def org() -> Org:
    return make_org()


@pytest.fixture(scope="session")
def seeded() -> Org:
    """A populated org; tests only read it."""
    org = make_org()
    provision(org)
    populate(org, deals=200, seed=1, now=NOW)
    return org


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of export files, given as object name and text."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write
