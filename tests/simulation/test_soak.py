"""A soak adds up over processes and plays no seed twice; the mutants are where the list says, and can be noticed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.promises.breaks import Break
from tests.simulation import history
from tests.simulation.history import Outcome
from tests.simulation.mutants import MUTANTS, killed_by
from tests.simulation.soak import State, soak


@pytest.fixture
def seeds_played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    played: list[int] = []

    def play(seed: int, crm: str, store: str) -> Outcome:
        played.append(seed)
        return Outcome(seed, crm, "", Counter({"fault: 503": 2}), 5, "broken" if seed == 3 else None)

    monkeypatch.setattr(history, "play", play)
    return played


def test_a_soak_goes_on_where_it_stopped(tmp_path: Path, seeds_played: list[int]) -> None:
    file = tmp_path / "soak.json"
    soak(State(file), "hubspot", "sqlite", range(1, 5))
    soak(State(file), "hubspot", "sqlite", range(3, 8))
    sums = State(file).of("hubspot", "sqlite")
    assert seeds_played == [1, 2, 3, 4, 5, 6, 7]
    assert (sums.seeds, sums.played, sums.cycles, sums.counts) == (7, [[1, 7]], 35, {"fault: 503": 14})


def test_a_soak_keeps_which_seed_broke_what(tmp_path: Path, seeds_played: list[int]) -> None:
    state = State(tmp_path / "soak.json")
    soak(state, "hubspot", "sqlite", range(1, 5))
    assert State(tmp_path / "soak.json").of("hubspot", "sqlite").violations == {"3": "broken"}
    assert "  BROKEN by seed 3: broken" in list(state.told())


def test_a_soak_says_which_faults_were_hardly_tried(tmp_path: Path, seeds_played: list[int]) -> None:
    state = State(tmp_path / "soak.json")
    soak(state, "hubspot", "sqlite", range(1, 3))
    assert "        4  fault: 503  (under 100)" in list(state.told())


@pytest.mark.parametrize("name", MUTANTS)
def test_what_a_mutant_replaces_is_there(name: str) -> None:
    for target, by in MUTANTS[name][1]:
        holder, attribute = Break(0, target, by, ()).holder
        assert hasattr(holder, attribute)


def test_the_document_lists_every_mutant_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text()
    listed = [line.split("|")[1].strip() for line in text.partition("is noticed as")[2].splitlines() if "| " in line]
    assert listed == list(MUTANTS)


def test_a_write_that_the_ledger_does_not_know_is_noticed() -> None:
    assert killed_by("skip the ledger before sending", "salesforce", 3) is not None


@pytest.mark.soak
@pytest.mark.parametrize(("name", "crm"), [(name, crm) for name, (crms, _) in MUTANTS.items() for crm in crms])
def test_every_mutant_is_noticed(name: str, crm: str) -> None:
    assert killed_by(name, crm) is not None
