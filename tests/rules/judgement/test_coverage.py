"""Shares of the deals on which a source is due, floors, and which rules are not judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from rules.judgement import coverage
from rules.judgement.coverage import MEASURED, in_force, not_judged
from rules.judgement.demands import EVERY_DEAL, demands
from rules.language.signal import SignalType
from rules.model import CoverageVerdict, Lack, Rule
from rules.signals.catalogue import CATALOGUE, with_extras
from tests.rules.judgement.world import EVERYTHING_KEPT, World, judged, rule, ruleset

NOBODY = rule("nobody", when="contacts = 0", severity=((None, "warn"),))
QUIET = rule("quiet", about="recency", measure="contacts", worse="lower", levels=((None, {"warn": 1}),))
WON = MEASURED.to_frame()


def measured(deals: int, kept: int, *, rule_id: str = "nobody", source: str = "roles") -> pl.DataFrame:
    return pl.DataFrame([(rule_id, source, "default", deals, kept)], schema=MEASURED, orient="row")


def verdict(
    deals: int, kept: int, *before: CoverageVerdict, of: Rule = NOBODY, won: tuple[int, int] | None = None
) -> tuple[bool, Lack, bool]:
    """Whether a rule is judged by its roles, why not, and whether it once was."""
    helping = WON if won is None else measured(*won, rule_id=of.id)
    demanded = demands(ruleset(of), CATALOGUE)
    rows = coverage.verdicts(measured(deals, kept, rule_id=of.id), helping, demanded, EVERYTHING_KEPT, before)
    (made,) = (row for row in rows if row.rule == of.id)
    return made.judged, made.lack, made.lapsed


def counted(world: World, of: Rule, source: str, pipeline: str = "default") -> tuple[int, int]:
    """On how many deals a source is due for a rule, and on how many of them it is kept."""
    here = (pl.col("rule") == of.id) & (pl.col("source") == source) & (pl.col("pipeline") == pipeline)
    deals, kept = world.measured(ruleset(of)).filter(here).select("deals", "kept").row(0)
    return deals, kept


def test_a_source_is_counted_where_it_is_due_and_in_each_pipeline_by_itself(world: World) -> None:
    late = rule("late", when="NOT has_champion AND phase >= 'procurement'", severity=((None, "warn"),))
    world.deal("d1", phase="close").deal("d2", phase="procurement").deal("d3", phase="discovery").role("c1", deal="d1")
    world.deal("d4", phase="procurement", pipeline="partners").role("c2", deal="d3")
    world.knows(phases={**world.facts.phases, ("partners", "procurement"): "procurement"})
    assert counted(world, late, "roles:champion") == (2, 1)
    assert counted(world, late, "roles:champion", "partners") == (1, 0)


def test_roles_count_deals_and_not_rows(world: World) -> None:
    world.deal("d1").deal("d2").role("c1").role("c2").role("c3", None, deal="d2")
    champion = rule("champion", when="NOT has_champion", severity=((None, "warn"),))
    assert (counted(world, NOBODY, "roles"), counted(world, champion, "roles:champion")) == ((2, 2), (2, 1))


@pytest.mark.parametrize(("days", "kept"), [(90, 1), (91, 0), (-1, 0)])
def test_touches_count_for_ninety_days_back(world: World, days: int, kept: int) -> None:
    silent = rule("silent", when="days_since_touch > 9", severity=((None, "warn"),))
    world.deal().touch(days, kind="email", direction="outbound")
    assert counted(world, silent, "touches") == (1, kept)


def test_an_element_counts_by_its_field_or_the_role_that_proves_it(world: World) -> None:
    low = rule("low", when="champion_level = 0", severity=((None, "warn"),))
    world.deal("d1", champion_filled=True).deal("d2").deal("d3").deal("d4", champion_filled=False).role("c1", deal="d2")
    world.knows(shows={"champion": 2}, element_roles={"champion": "champion"})
    assert counted(world, low, "field:champion") == (4, 2)


def test_a_mapped_extra_counts_where_it_has_a_value(world: World) -> None:
    world.deal("d1", extras='{"x_tier": "Gold"}').deal("d2", extras='{"x_tier": ""}').deal("d3").deal("d4")
    world.knows(extras={"x_technical_win": SignalType.DATE})
    world.rows["deals"][0]["extras"] = '{"x_technical_win": "2026-01-01"}'
    win = rule("win", when="NOT technical_win_done", severity=((None, "warn"),))
    assert counted(world, win, "field:x_technical_win") == (4, 1)


@pytest.mark.parametrize(
    ("kept", "absence", "recency"), [(30, True, True), (29, False, True), (5, False, True), (4, False, False)]
)
def test_the_floors_are_thirty_and_five_percent(kept: int, absence: bool, recency: bool) -> None:
    assert (verdict(100, kept)[0], verdict(100, kept, of=QUIET)[0]) == (absence, recency)


def test_an_empty_source_is_never_kept_however_low_the_floor() -> None:
    low = replace(NOBODY, coverage_floor=0.001)
    assert verdict(100, 0, of=low) == (False, "not kept", False)
    assert verdict(1000, 1, of=low)[0]


def test_a_rule_may_set_its_own_floor() -> None:
    assert verdict(100, 50, of=replace(NOBODY, coverage_floor=0.6)) == (False, "not kept", False)


@pytest.mark.parametrize("deals", [0, 3, 100])
def test_a_floor_of_nothing_takes_empty_for_no_on_however_few_deals(deals: int) -> None:
    assert verdict(deals, 0, of=replace(NOBODY, coverage_floor=0.0)) == (True, "", False)


def test_what_has_happened_needs_no_share() -> None:
    assert verdict(2, 0, of=replace(NOBODY, about="event")) == (True, "", False)


def test_under_ten_deals_are_too_few_to_tell() -> None:
    assert verdict(9, 9) == (False, "too few to tell", False)
    assert verdict(10, 9)[0]


def test_deals_that_were_won_help_where_open_ones_are_too_few() -> None:
    assert verdict(4, 4, won=(6, 0)) == (True, "", False)
    assert verdict(4, 0, won=(6, 2)) == (False, "not kept", False)
    assert verdict(4, 4, won=(5, 5)) == (False, "too few to tell", False)


def everywhere(deals: int, kept: int, *, due: tuple[int, int]) -> Lack:
    """Why a source is not judged by that is due on few deals and kept on so many of all."""
    rows = pl.concat([measured(*due), measured(deals, kept, rule_id=EVERY_DEAL)])
    made = coverage.verdicts(rows, WON, demands(ruleset(NOBODY), CATALOGUE), EVERYTHING_KEPT)
    return next(row.lack for row in made if row.rule == "nobody")


def test_what_is_kept_on_all_deals_alike_is_kept_where_it_is_due_on_few() -> None:
    assert everywhere(60, 18, due=(3, 1)) == everywhere(60, 18, due=(0, 0)) == ""
    assert everywhere(60, 17, due=(3, 3)) == "too few to tell"
    assert everywhere(9, 9, due=(3, 3)) == "too few to tell"


def test_what_is_kept_elsewhere_and_not_where_it_is_due_is_not_told() -> None:
    assert everywhere(60, 60, due=(6, 0)) == "too few to tell"


def test_open_deals_decide_alone_from_ten_on() -> None:
    assert verdict(10, 0, won=(90, 90)) == (False, "not kept", False)


BEFORE = judged("roles", by="nobody")[0]


@pytest.mark.parametrize(("kept", "expected"), [(25, (True, "", False)), (24, (False, "not kept", True))])
def test_to_leave_judged_takes_five_points_less_and_is_remembered(kept: int, expected: tuple[Any, ...]) -> None:
    assert verdict(100, kept, BEFORE) == expected


@pytest.mark.parametrize(("deals", "expected"), [(5, (True, "", False)), (4, (False, "too few to tell", True))])
def test_judged_lasts_down_to_five_deals(deals: int, expected: tuple[Any, ...]) -> None:
    assert verdict(deals, deals, BEFORE) == expected


def test_a_lapsed_source_comes_back_at_the_floor_only() -> None:
    lapsed = replace(BEFORE, judged=False, lapsed=True, lack="not kept")
    assert verdict(100, 29, lapsed) == (False, "not kept", True)
    assert verdict(100, 30, lapsed) == (True, "", False)


def test_a_pipeline_without_open_deals_keeps_its_verdicts(world: World) -> None:
    before = judged("roles", pipeline="partners", by="nobody")
    assert set(before) <= set(world.deal().coverage(ruleset(NOBODY), *before))


def test_what_cannot_be_read_counts_at_once() -> None:
    hidden = replace(EVERYTHING_KEPT, readable={"roles": False})
    (now,) = in_force([BEFORE], hidden)
    assert (now.judged, now.lapsed, now.lack) == (False, True, "not readable")
    assert in_force([BEFORE], EVERYTHING_KEPT) == (BEFORE,)


def named(of: Rule, *verdicts: CoverageVerdict) -> Any:
    reasons = not_judged(ruleset(of), with_extras(CATALOGUE, {}), verdicts)
    return {rule_id: (why.source, why.coverage, why.why) for rule_id, why in reasons.items()}


def lacking(source: str, share: float, lack: Lack = "not kept", by: str = "") -> CoverageVerdict:
    return CoverageVerdict(by, source, "default", share, judged=False, deals=100, floor=0.3, lack=lack)


def test_a_rule_judged_nowhere_is_named_with_its_worst_source() -> None:
    threaded = rule("threaded", measure="engaged_contacts", worse="lower", levels=((None, {"warn": 2}),))
    both = (lacking("roles", 0.2), lacking("touches", 0.1))
    assert named(threaded, *both) == {"threaded": ("touches", 0.1, "not kept")}
    assert named(threaded, both[0], *judged("touches")) == {"threaded": ("roles", 0.2, "not kept")}
    assert named(threaded, *judged("roles", "touches")) == {}


def test_of_sources_of_which_one_is_enough_the_best_is_named() -> None:
    gate = rule("gate", when="meddpicc_shortfall >= 1", severity=((None, "warn"),))
    elements = [lacking(source, 0.0, "not mapped") for source in CATALOGUE["meddpicc_shortfall"].sources]
    mapped = [verdict for verdict in elements if verdict.source != "field:metrics"]
    assert named(gate, *mapped, lacking("field:metrics", 0.2)) == {"gate": ("field:metrics", 0.2, "not kept")}
    assert named(gate, *mapped, *judged("field:metrics")) == {}


def test_a_rule_that_can_hold_through_another_source_is_not_named() -> None:
    either = rule("either", when="contacts = 0 OR days_since_touch > 9", severity=((None, "warn"),))
    assert named(either, lacking("roles", 0.1), *judged("touches")) == {}
    assert named(either, lacking("roles", 0.1), lacking("touches", 0.2)) == {"either": ("roles", 0.1, "not kept")}


def test_a_rule_judged_in_one_pipeline_is_not_named() -> None:
    assert named(NOBODY, lacking("roles", 0.0), *judged("roles", pipeline="partners")) == {}


def test_a_rule_without_sources_is_never_named() -> None:
    past = rule("past", when="close_in_days < 0", severity=((None, "high"),))
    assert named(past, lacking("roles", 0.0)) == {}


def test_a_rule_about_closed_deals_is_named_until_its_field_is_mapped(world: World) -> None:
    lost = rule("lost", "review", when="NOT loss_reason_noted", severity=((None, "warn"),), scope="closed")
    world.deal()
    assert not_judged(ruleset(lost), CATALOGUE, world.coverage(ruleset(lost)))["lost"].why == "not mapped"
    world.knows(extras={"x_loss_reason": SignalType.TEXT})
    assert not_judged(ruleset(lost), CATALOGUE, world.coverage(ruleset(lost))) == {}


def test_a_rule_about_what_changed_is_named_while_no_history_can_be_read(world: World) -> None:
    pushed = rule("pushed", about="event", measure="close_date_pushes", worse="higher", levels=((None, {"warn": 2}),))
    world.deal()
    assert not_judged(ruleset(pushed), CATALOGUE, world.coverage(ruleset(pushed))) == {}
    world.knows(readable={"changes": False})
    reasons = not_judged(ruleset(pushed), CATALOGUE, world.coverage(ruleset(pushed)))
    assert (reasons["pushed"].source, reasons["pushed"].why) == ("changes", "not readable")
