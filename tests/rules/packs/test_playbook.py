"""The page that shows the playbook beside its rules: complete, true, and committed as it is generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.files.playbook import NOT_YET, playbook_page, sections
from tests.rules.packs.shipped import SHIPPED

PAGE = Path(__file__).parents[3] / "docs" / "playbook.md"
NAMED = [rule_id for section in sections() for item in section["items"] for rule_id in item.get("rules", ())]


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == playbook_page(SHIPPED)


def test_every_shipped_rule_checks_an_item_of_the_playbook() -> None:
    assert {rule.id for rule in SHIPPED.rules} - set(NAMED) == set()


def test_every_rule_that_the_playbook_names_is_shipped() -> None:
    assert set(NAMED) - {rule.id for rule in SHIPPED.rules} == set()


@pytest.mark.parametrize(
    "section",
    [section for section in sections() if section.get("level") == "account"],
    ids=lambda section: section["title"],
)
def test_a_section_about_accounts_is_marked_as_not_yet(section: dict[str, object]) -> None:
    text = playbook_page(SHIPPED).split(f"## {section['title']}\n")[1].split("\n## ")[0]
    assert "not judged yet" in text
    assert text.count(f"| {NOT_YET}: ") == len(section["items"])  # type: ignore[arg-type]


def test_an_item_of_a_section_about_deals_has_a_rule_or_says_why_not() -> None:
    items = [item for section in sections() if section.get("level") != "account" for item in section["items"]]
    assert [item["text"] for item in items if not (item.get("rules") or item.get("wording") or item.get("later"))] == []
