"""Two hundred seeded histories keep every promise; `make soak` plays as many more as there is time for."""

from __future__ import annotations

import pytest

from tests.simulation.history import play

SEEDS = range(4, 101)  # the ones before are played by tests/simulation in every run


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_keeps_every_promise(crm: str, seed: int) -> None:
    ended = play(seed, crm)
    assert ended.violation is None, ended
