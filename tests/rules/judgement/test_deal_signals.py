"""Signals of the deal itself: phase, dates, segment, scope, extras."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules.days.calendar import business_day_after, business_days_between
from rules.language.signal import SignalType
from rules.signals.catalogue import CATALOGUE
from rules.signals.compute import IDENTITY
from tests.rules.judgement.world import NOW, World, ruleset


def test_there_is_one_row_per_deal_and_one_column_per_signal(world: World) -> None:
    signals = world.deal("d2").deal("d1").signals()
    assert signals.get_column("deal_id").to_list() == ["d1", "d2"]
    assert signals.columns == [*IDENTITY, *CATALOGUE, "in_scope", "muted", "in_pilot"]


def test_no_deals_give_the_same_columns_and_types(world: World) -> None:
    empty, single = world.signals(), World().deal().signals()
    assert empty.schema == single.schema


def test_the_order_of_rows_in_the_tables_changes_nothing(world: World) -> None:
    for number in range(30):
        deal = f"d{number:02}"
        world.deal(deal).role("c1", deal=deal).role("c2", deal=deal).role("c3", "economic_buyer", deal=deal)
        world.touch(number, "c1", "c2", deal=deal).touch(number, "c3", deal=None)
    before = world.signals()
    for rows in world.rows.values():
        rows.reverse()
    assert_frame_equal(before, world.signals())


def test_an_unmapped_stage_has_no_phase_and_no_days_in_it(world: World) -> None:
    world.deal(phase="somewhere")
    assert (world.signal("phase"), world.signal("days_in_phase"), world.signal("stage")) == (None, None, "somewhere")


def test_several_stages_of_one_phase_do_not_restart_its_clock(world: World) -> None:
    phases = {**world.facts.phases, ("default", "demo"): "evaluation"}
    world.knows(phases=phases).deal(phase="evaluation", entered=2)
    world.add(
        "changes", change_id="1", deal_id="d1", field="stage", old="discovery", new="demo", at=NOW - timedelta(30)
    )
    world.add(
        "changes", change_id="2", deal_id="d1", field="stage", old="demo", new="evaluation", at=NOW - timedelta(2)
    )
    assert world.signal("days_in_phase") == 30


def test_without_history_the_clock_of_the_phase_starts_with_the_stage(world: World) -> None:
    assert world.deal(entered=7).signal("days_in_phase") == 7


def test_close_in_days_is_negative_once_the_date_has_passed(world: World) -> None:
    assert world.deal(close_date=date(2026, 6, 14)).signal("close_in_days") == -1


def test_elapsed_days_are_unknown_while_the_deals_are_stale(world: World) -> None:
    world.deal().knows(stale_tables=frozenset({"deals"}))
    assert (world.signal("close_in_days"), world.signal("days_in_phase"), world.signal("age_days")) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("amount", "segment"),
    [(100_000.0, "enterprise"), (99_999.0, "mid"), (25_000.0, "mid"), (24_999.0, "smb"), (None, None)],
)
def test_the_first_segment_that_fits_counts_and_a_blank_amount_has_none(
    world: World, amount: float | None, segment: str | None
) -> None:
    assert world.deal(amount=amount).signal("segment") == segment


def test_scope_is_unknown_where_its_condition_is(world: World) -> None:
    world.deal("d1", deal_type="Renewal").deal("d2", deal_type="New").deal("d3")
    rows = world.signals(ruleset(scope="deal_type <> 'Renewal'"))
    assert rows.get_column("in_scope").to_list() == [False, True, None]


def test_pushes_count_moves_to_a_later_close_date_in_half_a_year(world: World) -> None:
    world.deal()
    moves = [("2026-05-01", "2026-06-01", 10), ("2026-06-01", "2026-05-20", 9), ("2026-01-01", "2026-02-01", 181)]
    for number, (old, new, days) in enumerate(moves):
        at = NOW - timedelta(days)
        world.add("changes", change_id=str(number), deal_id="d1", field="close_date", old=old, new=new, at=at)
    assert world.signal("close_date_pushes") == 1


def test_the_owner_brings_activity_team_and_manager(world: World) -> None:
    world.deal(owner_id="o1")
    world.add("owners", owner_id="o1", name="Rep", active=False, team="East", manager_id="o2")
    world.add("owners", owner_id="o2", name="Boss", active=True)
    values = [world.signal(name) for name in ("owner_name", "owner_active", "owner_team", "manager_name")]
    assert values == ["Rep", False, "East", "Boss"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (SignalType.NUMBER, "12.5", 12.5),
        (SignalType.NUMBER, '"twelve"', None),
        (SignalType.TEXT, '"Gold"', "Gold"),
        (SignalType.TEXT, '" "', None),
        (SignalType.BOOLEAN, "true", True),
        (SignalType.DATE, '"2026-05-01"', date(2026, 5, 1)),
        (SignalType.DATE, "null", None),
    ],
)
def test_mapped_extras_have_the_type_that_the_map_gives(
    world: World, kind: SignalType, text: str, value: object
) -> None:
    world.deal(extras=f'{{"x_tier": {text}}}').knows(extras={"x_tier": kind})
    assert world.signal("x_tier") == value


def test_an_extra_of_the_account_comes_from_the_account(world: World) -> None:
    world.deal(account_id="a1").add("accounts", account_id="a1", name="Acme", extras='{"x_account_tier": "Gold"}')
    world.knows(extras={"x_account_tier": SignalType.TEXT})
    assert (world.signal("x_account_tier"), world.signal("account_name")) == ("Gold", "Acme")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 6, 15), date(2026, 6, 18), 3),  # Monday to Thursday
        (date(2026, 6, 12), date(2026, 6, 15), 1),  # Friday to Monday
        (date(2026, 6, 13), date(2026, 6, 15), 0),  # Saturday to Monday
    ],
)
def test_business_days_leave_out_weekends(start: date, end: date, days: int) -> None:
    assert pl.select(business_days_between(pl.lit(start), pl.lit(end))).item() == days


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 6, 15), 3, date(2026, 6, 18)),
        (date(2026, 6, 12), 1, date(2026, 6, 15)),
        (date(2026, 6, 13), 0, date(2026, 6, 15)),
        (date(2026, 6, 13), 1, date(2026, 6, 16)),
    ],
)
def test_a_due_day_counts_business_days_on_from_the_first_business_day(day: date, count: int, due: date) -> None:
    assert business_day_after(day, count) == due
