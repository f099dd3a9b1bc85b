"""Every mistake in a rule file is reported at its exact place, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rules.files.load import RuleFile, assemble, load
from rules.language.errors import RuleError
from rules.language.signal import Signal
from rules.signals.catalogue import CATALOGUE

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.toml"))
"""Broken rule files; with each, under the same name, the problems that are reported of it."""
FAMILY = """[families.slip]
points = { warn = 4, high = 8 }
subject = "Look at {{ deal.name }}"
due = "3 business days"

[segments]
smb = "amount < 25_000"
enterprise = "amount >= 25_000"
"""
WHEN = (
    "title = 't'\nfamily = 'slip'\nwhen = 'amount > 1'\nseverity = 'high'\nevidence = 'e'\nadvice = 'a'\ndone = 'd'\n"
)


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_where_it_is_broken_and_all_at_once(file: Path) -> None:
    text, expected = (file.with_suffix(ending).read_text(encoding="utf-8") for ending in (".toml", ".txt"))
    with pytest.raises(RuleError) as refusal:
        assemble([RuleFile("packs/f.toml", FAMILY)], [RuleFile(f"rules.d/{file.name}", text)], catalogue=CATALOGUE)

    assert f"{refusal.value}\n" == expected


def test_every_broken_file_has_its_expected_problems() -> None:
    assert sorted(file.stem for file in BROKEN) == sorted(problems.stem for problems in BROKEN[0].parent.glob("*.txt"))
    assert len(BROKEN) >= 40


def test_a_file_that_no_person_wrote_is_not_read(catalogue: Mapping[str, Signal]) -> None:
    with pytest.raises(RuleError) as refusal:
        assemble([], [RuleFile("rules.d/o.toml", "#" * 1_000_001)], catalogue=catalogue)

    assert str(refusal.value) == "rules.d/o.toml:1:1: a file of 1,000,001 characters, expected at most 1,000,000"


def test_a_file_that_says_nothing_changes_nothing(catalogue: Mapping[str, Signal]) -> None:
    assert assemble([], [RuleFile("rules.d/o.toml", "")], catalogue=catalogue).rules == ()


def test_the_problems_of_all_files_are_reported_at_once_and_in_order(catalogue: Mapping[str, Signal]) -> None:
    overlays = [
        RuleFile("rules.d/b.toml", "[scope]\nwhere = 'amuont > 1'\nwho = 1"),
        RuleFile("rules.d/a.toml", "= 5"),
        RuleFile("rules.d/c.toml", "rules = 5"),
    ]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert [str(problem.location) for problem in refusal.value.problems] == [
        *("rules.d/a.toml:1:1", "rules.d/b.toml:2:10", "rules.d/b.toml:3:1", "rules.d/c.toml:1:9"),
    ]


def test_a_file_that_cannot_be_read_does_not_make_others_look_wrong(catalogue: Mapping[str, Signal]) -> None:
    overlays = [RuleFile("rules.d/a.toml", "[families"), RuleFile("rules.d/b.toml", f"[rules.x]\n{WHEN}")]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert [problem.location.path for problem in refusal.value.problems] == ["rules.d/a.toml"]


def test_one_id_in_two_files_of_a_layer_is_refused(catalogue: Mapping[str, Signal]) -> None:
    overlays = [RuleFile(f"rules.d/{name}.toml", f"{FAMILY}[rules.x]\n{WHEN}") for name in "ab"]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert str(refusal.value).split("\n") == [
        "rules.d/b.toml:1:11: the family 'slip' again, expected it once; it stands at rules.d/a.toml:1:11",
        "rules.d/b.toml:9:8: the rule 'x' again, expected it once; it stands at rules.d/a.toml:9:8",
    ]


def test_an_unknown_pack_is_named_where_the_config_names_it(catalogue: Mapping[str, Signal]) -> None:
    config = RuleFile("config.toml", '[rules]\npacks = ["cor"]\n')
    with pytest.raises(RuleError) as refusal:
        load(["cor"], config=config, catalogue=catalogue)

    assert str(refusal.value).startswith("config.toml:2:10: unknown pack 'cor', expected one of ")
    assert str(refusal.value).endswith("; did you mean 'core'?")
