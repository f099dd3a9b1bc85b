"""Names of buying roles as orgs spell them."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from connectors.model import ROLES
from connectors.role_names import canonical_role

SAME_IDEA = {
    "technical": {"technical"},
    "end_user": {"user"},
    "executive_sponsor": {"exec_sponsor"},
    "procurement_legal": {"procurement", "legal"},
    "decision_maker": {"economic_buyer"},
    "economic_buyer": {"economic_buyer"},
    "champion": {"champion"},
    "influencer": {"influencer"},
    "blocker": {"blocker"},
    "other_or_admin": {"other"},
}


@pytest.mark.parametrize(
    ("raw", "role"),
    [
        ("Economic Buyer", "economic_buyer"),
        ("economic-buyer ", "economic_buyer"),
        ("Decision Maker", "economic_buyer"),
        ("Comprador Econômico", "economic_buyer"),
        ("Campeón", "champion"),
        ("Usuário Final", "user"),
        ("LEGAL_AND_COMPLIANCE", "legal"),
        ("Security", "security"),
        ("Blocker", "blocker"),
        ("Soft Credit", "other"),
    ],
)
def test_a_role_is_known_in_several_languages_and_spellings(raw: str, role: str) -> None:
    assert canonical_role(raw, {}) == role


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_a_blank_role_says_nothing(raw: str | None) -> None:
    assert canonical_role(raw, {}) is None


def test_the_orgs_own_table_wins() -> None:
    assert canonical_role("Sponsor", {"Sponsor": "champion"}) == "champion"


def test_role_values_of_real_orgs_map_as_annotated() -> None:
    data = os.environ.get("DEALWARDEN_REFERENCE_DATA")
    if not data:
        pytest.skip("needs the reference data")
    with (Path(data) / "role_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [
        (row["value"], row["canonical_role"], found)
        for row in rows
        if (found := canonical_role(row["label"], {})) not in SAME_IDEA[row["canonical_role"]]
    ]
    assert wrong == []
    assert {canonical_role(row["value"], {}) for row in rows} <= set(ROLES)
