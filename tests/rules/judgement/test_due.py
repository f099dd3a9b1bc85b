"""Where a source is due: a rule's condition with that source's signals at their worst."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from rules.judgement.demands import demands
from rules.judgement.due import FALSE, TRUE
from rules.language.compile import compiled
from rules.model import Rule
from rules.signals.catalogue import CATALOGUE
from tests.rules.judgement.world import rule, ruleset

WARN = ((None, "warn"),)
SCHEMA = {
    "phase": pl.String,
    "segment": pl.String,
    "renewal": pl.Boolean,
    "has_champion": pl.Boolean,
    "champion_silent_days": pl.Int64,
    "next_champion_meeting_in_days": pl.Int64,
    "engaged_contacts": pl.Int64,
    "contacts": pl.Int64,
    "close_in_days": pl.Int64,
}


def due_on(rules: Rule, source: str, *, won: bool = False, **signals: Any) -> bool:
    """Whether *source* is due for a rule on a deal with these signals; all others are unknown."""
    (demand,) = (
        found for found in demands(ruleset(rules), CATALOGUE) if (found.rule, found.source) == (rules.id, source)
    )
    tree = demand.due_won if won else demand.due
    if tree in (TRUE, FALSE):
        return tree == TRUE
    frame = pl.DataFrame({name: [signals.get(name)] for name in SCHEMA}, schema=SCHEMA)
    value = frame.with_columns(pl.lit(None, pl.Boolean).alias("_unknown")).select(compiled(tree)).item()
    return value is True


APPROVAL = rule(
    "approval", when="NOT has_champion AND phase > 'business_case'", applies="phase <= 'close'", severity=WARN
)
QUIET = rule(
    "quiet",
    applies="has_champion AND (next_champion_meeting_in_days IS NULL OR next_champion_meeting_in_days > 14)",
    measure="champion_silent_days",
    worse="higher",
    levels=(("phase >= 'business_case'", {"warn": 7}), ("segment = 'mid'", {"high": 14})),
)


@pytest.mark.parametrize(
    ("phase", "due"),
    [("procurement", True), ("close", True), ("business_case", False), ("onboarding", False), (None, False)],
)
def test_a_source_is_due_where_the_rest_of_the_condition_holds(phase: str | None, due: bool) -> None:
    assert due_on(APPROVAL, "roles:champion", phase=phase, has_champion=True) is due


@pytest.mark.parametrize(("champion", "due"), [(False, True), (True, False), (None, False)])
def test_another_source_counts_as_it_is(champion: bool | None, due: bool) -> None:
    assert due_on(APPROVAL, "phase", phase="discovery", has_champion=champion) is due


def test_a_signal_takes_its_worst_value_even_where_it_has_a_better_one() -> None:
    assert due_on(
        QUIET, "touches", phase="close", has_champion=True, champion_silent_days=0, next_champion_meeting_in_days=3
    )


def test_a_measure_is_at_its_worst_through_the_level_that_picks_the_deal() -> None:
    assert due_on(QUIET, "touches", phase="discovery", segment="mid", has_champion=True)
    assert not due_on(QUIET, "touches", phase="discovery", segment="smb", has_champion=True)


def test_an_unknown_level_is_not_due() -> None:
    assert not due_on(QUIET, "touches", phase=None, segment="mid", has_champion=True)


def test_both_signs_of_one_signal_are_met_by_one_value_and_never_by_two() -> None:
    some = rule("some", when="contacts > 0 AND contacts < 3", severity=WARN)
    none = rule("none", when="contacts > 3 AND contacts < 2", severity=WARN)
    assert due_on(some, "roles")
    assert not due_on(none, "roles")


def test_either_of_two_values_may_be_the_worst() -> None:
    either = rule(
        "either", when="(contacts = 0 AND segment = 'mid') OR (contacts > 9 AND segment = 'smb')", severity=WARN
    )
    assert [due_on(either, "roles", segment=segment) for segment in ("mid", "smb", "enterprise")] == [True, True, False]


def test_nothing_is_the_worst_value_where_a_rule_asks_for_it() -> None:
    unnamed = rule("unnamed", when="champion_name IS NULL AND segment = 'mid'", severity=WARN)
    assert due_on(unnamed, "roles:champion", segment="mid")


def test_a_comparison_with_another_signal_is_taken_to_come_out_worst() -> None:
    late = rule("late", when="close_in_days < 2 * days_in_phase AND segment = 'mid'", severity=WARN)
    assert due_on(late, "phase", segment="mid", close_in_days=500)


def test_deals_that_were_won_are_asked_only_what_is_not_about_phase_or_time() -> None:
    assert due_on(APPROVAL, "roles:champion", won=True, phase=None)
    renewal = rule("renewal", when="NOT has_champion AND NOT renewal AND close_in_days < 9", severity=WARN)
    assert due_on(renewal, "roles:champion", won=True, renewal=False, close_in_days=None)
    assert not due_on(renewal, "roles:champion", won=True, renewal=True)


def test_a_severity_that_no_case_gives_is_no_finding() -> None:
    partly = rule("partly", when="contacts = 0", severity=(("segment = 'mid'", "high"),))
    assert [due_on(partly, "roles", segment=segment) for segment in ("mid", "smb", None)] == [True, False, False]
