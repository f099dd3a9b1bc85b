"""Seeded histories keep every promise; a failing one prints the command that plays it again."""

from __future__ import annotations

from functools import cache

import pytest

from tests.simulation.history import play

CRMS = ("salesforce", "hubspot")
SEEDS = range(1, 4)

played = cache(play)


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_keeps_every_promise(crm: str, seed: int) -> None:
    ended = played(seed, crm)
    assert ended.violation is None, ended


@pytest.mark.parametrize(("crm", "seed"), [("salesforce", 5), ("hubspot", 2)])  # the first reads many pages
def test_the_same_seed_is_the_same_history_to_the_byte(crm: str, seed: int) -> None:
    assert play(seed, crm) == played(seed, crm)


def test_another_seed_is_another_history() -> None:
    assert played(1, "salesforce").digest != played(2, "salesforce").digest
