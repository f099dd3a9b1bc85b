"""The calls that a small org takes are counted, and held against the formulas of a large one."""

from __future__ import annotations

from benchmarks.calls import measure


def test_a_small_org_keeps_to_every_formula() -> None:
    lines = measure("salesforce", 5)
    assert [line.met for line in lines] == [True] * 5
