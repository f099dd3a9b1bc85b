"""The list of differences that people read says what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.recorded import differences

DOCUMENT = Path(__file__).parents[3] / "docs" / "sandbox-differences.md"
TABLES = {name: table for name, table in vars(differences).items() if isinstance(table, dict) and name.isupper()}


@pytest.mark.parametrize("table", list(TABLES))
def test_the_document_names_every_difference(table: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [key for key in TABLES[table] if f"`{key}`" not in text] == []


@pytest.mark.parametrize("table", list(TABLES))
def test_every_difference_has_a_reason(table: str) -> None:
    assert all(reason.strip() for reason in TABLES[table].values())
