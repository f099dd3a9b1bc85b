"""Owners who log so little that silence on their deals says nothing."""

from __future__ import annotations

import polars as pl
import pytest

from rules.judgement.owners import OWNERS, OwnerCoverage, measure_owners, owner_verdicts
from tests.rules.judgement.world import World


def silent(deals: int, touched: int, *before: OwnerCoverage) -> list[bool]:
    measured = pl.DataFrame([("rep", deals, touched)], schema=OWNERS, orient="row")
    return [owner.silent for owner in owner_verdicts([measured], before)]


def test_deals_with_a_two_way_touch_in_thirty_days_count(world: World) -> None:
    world.deal("d1", owner_id="rep").deal("d2", owner_id="rep").deal("d3", owner_id="rep").deal("d4", owner_id=None)
    world.touch(30, deal="d1").touch(31, deal="d2").touch(1, deal="d3", kind="email", direction="outbound")
    signals = world.signals(None, "last_touch_on")
    assert measure_owners(signals, world.facts).rows() == [("rep", 3, 1)]


def test_nobody_is_asked_where_touches_cannot_be_read(world: World) -> None:
    world.deal(owner_id="rep").knows(readable={"touches": False})
    assert measure_owners(world.signals(None, "last_touch_on"), world.facts).is_empty()


@pytest.mark.parametrize(("touched", "expected"), [(5, [False]), (4, [True])])
def test_half_of_the_deals_must_have_one(touched: int, expected: list[bool]) -> None:
    assert silent(10, touched) == expected


def test_an_owner_of_four_deals_is_not_asked() -> None:
    assert silent(4, 0) == []
    assert silent(5, 0) == [True]


@pytest.mark.parametrize(("touched", "expected"), [(5, False), (4, True)])
def test_an_owner_whose_silence_counted_loses_that_at_forty_percent(touched: int, expected: bool) -> None:
    assert silent(10, touched, OwnerCoverage("rep", 10, 0.9, silent=False)) == [expected]
    assert silent(11, 5, OwnerCoverage("rep", 10, 0.9, silent=False)) == [False]
    assert silent(11, 5, OwnerCoverage("rep", 10, 0.1, silent=True)) == [True]


def test_the_deals_of_one_owner_are_added_up_over_all_chunks() -> None:
    parts = [pl.DataFrame([("rep", 3, count)], schema=OWNERS, orient="row") for count in (3, 1)]
    assert owner_verdicts(parts, ()) == (OwnerCoverage("rep", 6, 4 / 6, silent=False),)
