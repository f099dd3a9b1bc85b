from __future__ import annotations

from pathlib import Path

from rules.files.generated_docs import signals_page
from rules.signals.catalogue import CATALOGUE

PAGE = Path(__file__).parents[3] / "docs" / "signals.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == signals_page(CATALOGUE), "write it anew: dealwarden rules docs"
