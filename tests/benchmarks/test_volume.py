"""A small version of the benchmark on volume: 40 reps, with the caps as shipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.volume.__main__ import shipped_caps
from benchmarks.volume.profiles import Demo, demo
from benchmarks.volume.simulation import Outcome, Setting, Simulation
from sync.model.limits import NO_CAPS

SMALL = Setting(shipped_caps(), reps=40, rest="completed")


@pytest.fixture(scope="module")
def drawn() -> Demo:
    return demo()


@pytest.fixture(scope="module")
def capped(drawn: Demo) -> Outcome:
    return Simulation(drawn, SMALL).run()


def test_half_of_the_reps_have_two_open_tasks_at_most_and_nearly_all_five(capped: Outcome) -> None:
    assert (capped.median <= 2, capped.high <= 5) == (True, True)


def test_without_caps_they_have_more_and_half_of_them_three_times_that_at_most(drawn: Demo, capped: Outcome) -> None:
    free = Simulation(drawn, replace(SMALL, caps=NO_CAPS)).run()
    assert capped.median < free.median <= 6
    assert free.high > capped.high


def test_every_critical_finding_is_told_within_two_business_days(capped: Outcome) -> None:
    assert max(capped.delays) <= 2
    assert capped.untold == 0


def test_people_who_leave_tasks_alone_have_no_more_than_the_caps_allow(drawn: Demo) -> None:
    outcome = Simulation(drawn, replace(SMALL, rest="left")).run()
    assert outcome.high <= SMALL.caps.open_per_owner + 2


def test_after_the_ramp_milder_findings_make_tasks(capped: Outcome) -> None:
    assert capped.weeks[2].made > capped.weeks[1].made
