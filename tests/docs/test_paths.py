"""The pages name files that are there, and link to pages that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
HISTORY = "CHANGELOG.md"  # tells of files as they were
FILE = re.compile(r"`((?:connectors|rules|sandbox|sync|tests|benchmarks|docs|deploy)/[\w./*-]*)(?:::\w+)?`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)\s]*)?\)")


def missing_files(text: str) -> Iterator[str]:
    return (path for path in FILE.findall(text) if not any(ROOT.glob(path.rstrip("/"))))


def broken_links(page: Path) -> Iterator[str]:
    return (link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists())


def test_there_are_pages() -> None:
    assert len(PAGES) > 30


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != HISTORY], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert list(missing_files(page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_a_file_that_is_not_there_is_found() -> None:
    assert list(missing_files("see `sync/cycle/nowhere.py` and `sync/cycle/`")) == ["sync/cycle/nowhere.py"]
