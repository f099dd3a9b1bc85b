"""Three values, levels, targets and coverage masks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from rules.judgement.evaluate import Judgement, judge, verdict_expr
from rules.model import CoverageVerdict, Facts, Rule
from rules.signals.catalogue import CATALOGUE
from rules.signals.compute import polars_type
from tests.rules.judgement.world import EVERYTHING_KEPT, judged, rule, ruleset

NOTHING_HELD = pl.DataFrame(schema={"deal_id": pl.String(), "rule_id": pl.String(), "severity": pl.Int8()})
THREADED = rule(
    "single-threaded",
    applies="phase >= 'qualification'",
    measure="engaged_contacts",
    worse="lower",
    target=3.0,
    levels=(
        ("segment = 'enterprise'", {"warn": 3, "high": 2, "critical": 1}),
        ("segment = 'mid'", {"warn": 2, "high": 1}),
    ),
)
QUIET = rule(
    "quiet", about="recency", measure="champion_silent_days", worse="higher", levels=((None, {"warn": 7, "high": 14}),)
)
NO_CHAMPION = rule(
    "no-champion",
    when="NOT has_champion",
    severity=(("phase >= 'evaluation'", "critical"), ("phase = 'discovery'", "info")),
)


def rows(*given: dict[str, Any]) -> pl.DataFrame:
    """Signals of deals d0, d1 ..., unknown but for what is *given*."""
    schema = {name: polars_type(signal) for name, signal in CATALOGUE.items()}
    identity = {"deal_id": pl.String(), "pipeline": pl.String()}
    filled = [{"deal_id": f"d{number}", "pipeline": "default", **values} for number, values in enumerate(given)]
    return pl.DataFrame(filled, schema={**identity, **schema})


def verdict(of: Rule, **given: Any) -> int | None:
    value: int | None = rows(given).select(verdict_expr(of)).item()
    return value


def judgement(
    *rules: Rule, signals: pl.DataFrame, facts: Facts = EVERYTHING_KEPT, held: pl.DataFrame = NOTHING_HELD
) -> Judgement:
    return judge(ruleset(*rules), signals, facts, CATALOGUE, held)


def held(*deals: str, rule_id: str = "single-threaded") -> pl.DataFrame:
    return pl.DataFrame([(deal, rule_id, 2) for deal in deals], schema=NOTHING_HELD.schema, orient="row")


@pytest.mark.parametrize(("engaged", "expected"), [(3, 0), (2, 2), (1, 3), (0, 4), (None, None)])
def test_a_measure_has_the_worst_severity_whose_threshold_it_crosses(engaged: int | None, expected: int | None) -> None:
    assert verdict(THREADED, phase="close", segment="enterprise", engaged_contacts=engaged) == expected


@pytest.mark.parametrize(("days", "expected"), [(6, 0), (7, 2), (13, 2), (14, 3)])
def test_a_threshold_is_the_first_value_that_fires_where_higher_is_worse(days: int, expected: int) -> None:
    assert verdict(QUIET, champion_silent_days=days) == expected


def test_a_deal_that_no_level_row_picks_is_clear() -> None:
    assert verdict(THREADED, phase="close", segment="smb", engaged_contacts=0) == 0


def test_an_unknown_level_row_is_unknown() -> None:
    assert verdict(THREADED, phase="close", engaged_contacts=0) is None


def test_a_rule_that_does_not_apply_says_so_whatever_it_measures() -> None:
    assert verdict(THREADED, phase="discovery") == -1


def test_a_rule_is_unknown_where_it_may_not_apply() -> None:
    assert verdict(THREADED, segment="enterprise", engaged_contacts=0) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"has_champion": True}, 0),
        ({"has_champion": False, "phase": "close"}, 4),
        ({"has_champion": False, "phase": "discovery"}, 1),
        ({"has_champion": False, "phase": "qualification"}, 0),
        ({"has_champion": False}, None),
        ({"phase": "close"}, None),
    ],
)
def test_a_condition_has_the_first_severity_that_fits(given: dict[str, Any], expected: int | None) -> None:
    assert verdict(NO_CHAMPION, **given) == expected


def test_between_level_and_target_only_a_rule_that_held_goes_on_at_its_lowest_severity() -> None:
    signals = rows(*[{"phase": "close", "segment": "mid", "engaged_contacts": 2}] * 2)
    result = judgement(THREADED, signals=signals, held=held("d1"))
    assert result.verdicts.get_column("single-threaded").to_list() == [0, 2]


def test_at_the_target_a_rule_that_held_is_clear() -> None:
    signals = rows({"phase": "close", "segment": "mid", "engaged_contacts": 3})
    assert judgement(THREADED, signals=signals, held=held("d0")).findings.is_empty()


def test_a_rule_that_held_for_another_reason_does_not_keep_this_one() -> None:
    signals = rows({"phase": "close", "segment": "mid", "engaged_contacts": 2})
    assert judgement(THREADED, signals=signals, held=held("d0", rule_id="quiet")).findings.is_empty()


def test_what_held_before_never_hides_that_a_rule_no_longer_applies() -> None:
    signals = rows({"phase": "discovery", "segment": "mid", "engaged_contacts": 2})
    assert judgement(THREADED, signals=signals, held=held("d0")).verdicts.row(0) == ("d0", -1)


def test_a_source_under_the_floor_makes_the_rule_unknown_in_that_pipeline_alone() -> None:
    coverage = (*judged("phase", "roles", "roles:champion"), *judged("phase", "roles", pipeline="partners"))
    given = {"has_champion": False, "phase": "close"}
    result = judgement(
        NO_CHAMPION,
        signals=rows(given, {**given, "pipeline": "partners"}),
        facts=replace(EVERYTHING_KEPT, coverage=coverage),
    )
    assert result.verdicts.get_column("no-champion").to_list() == [4, None]


def test_a_rule_under_the_floor_is_not_clear_either() -> None:
    facts = replace(EVERYTHING_KEPT, coverage=judged("phase"))
    assert judgement(NO_CHAMPION, signals=rows({"has_champion": True}), facts=facts).verdicts.row(0) == ("d0", None)


def test_a_rule_under_the_floor_that_certainly_does_not_apply_says_so() -> None:
    facts = replace(EVERYTHING_KEPT, coverage=judged("phase"))
    assert judgement(THREADED, signals=rows({"phase": "discovery"}), facts=facts).verdicts.row(0) == ("d0", -1)


def test_a_source_may_be_kept_well_enough_for_one_rule_and_not_for_another() -> None:
    coverage = (
        *judged("phase", "touches", "roles", "roles:champion"),
        CoverageVerdict(NO_CHAMPION.id, "roles:champion", "default", 0.2, judged=False, lack="not kept"),
    )
    facts = replace(EVERYTHING_KEPT, coverage=coverage)
    signals = rows({"champion_silent_days": 30, "has_champion": False, "phase": "close"})
    assert judgement(QUIET, NO_CHAMPION, signals=signals, facts=facts).verdicts.row(0) == ("d0", 3, None)


EITHER = rule("either", when="NOT has_champion OR days_since_touch > 30", severity=((None, "high"),))


@pytest.mark.parametrize(("days", "verdict"), [(31, 3), (30, None)])
def test_a_rule_holds_through_its_other_sources_and_else_is_unknown(days: int, verdict: int | None) -> None:
    facts = replace(EVERYTHING_KEPT, coverage=judged("touches"))
    signals = rows({"has_champion": False, "days_since_touch": days})
    assert judgement(EITHER, signals=signals, facts=facts).verdicts.row(0) == ("d0", verdict)


def test_what_is_not_kept_well_enough_is_not_known_to_be_empty() -> None:
    nobody = rule("nobody", when="champion_name IS NULL", severity=((None, "high"),))
    facts = replace(EVERYTHING_KEPT, coverage=())
    assert judgement(nobody, signals=rows({"champion_name": None}), facts=facts).verdicts.row(0) == ("d0", None)


@pytest.mark.parametrize(("silence", "verdict"), [(True, None), (False, 3)])
def test_the_silence_of_an_owner_who_logs_too_little_is_unknown(silence: bool, verdict: int | None) -> None:
    facts = replace(EVERYTHING_KEPT, silent_owners=frozenset({"rep"}))
    signals = rows({"champion_silent_days": 30}).with_columns(owner_id=pl.lit("rep"))
    assert judgement(replace(QUIET, silence=silence), signals=signals, facts=facts).verdicts.row(0) == ("d0", verdict)


def test_silence_under_another_owner_is_known() -> None:
    facts = replace(EVERYTHING_KEPT, silent_owners=frozenset({"rep"}))
    signals = rows({"champion_silent_days": 30}).with_columns(owner_id=pl.lit("other"))
    assert judgement(replace(QUIET, silence=True), signals=signals, facts=facts).verdicts.row(0) == ("d0", 3)


def test_a_rule_without_sources_is_judged_without_any_coverage() -> None:
    past = rule("past", when="close_in_days < 0", severity=((None, "high"),))
    facts = replace(EVERYTHING_KEPT, coverage=())
    assert judgement(past, signals=rows({"close_in_days": -1}), facts=facts).verdicts.row(0) == ("d0", 3)


def test_one_covered_element_is_enough_for_signals_over_any_of_them() -> None:
    gate = rule("gate", "meddpicc", when="meddpicc_shortfall >= 1", severity=((None, "warn"),))
    facts = replace(EVERYTHING_KEPT, coverage=judged("field:metrics"))
    assert judgement(gate, signals=rows({"meddpicc_shortfall": 1}), facts=facts).verdicts.row(0) == ("d0", 2)


def test_findings_are_ordered_by_deal_family_worst_first_and_rule() -> None:
    rules = [
        rule("b", "slip", when="age_days > 0", severity=((None, "warn"),)),
        rule("a", "slip", when="age_days > 0", severity=((None, "warn"),)),
        rule("c", "slip", when="age_days > 0", severity=((None, "high"),)),
        rule("z", "champion", when="age_days > 0", severity=((None, "info"),)),
    ]
    signals = rows({"age_days": 0}, {"age_days": 1}, {"age_days": 1}).reverse()
    result = judgement(*rules, signals=signals)
    assert result.findings.rows() == [
        (deal, rule_id, family, severity)
        for deal in ("d1", "d2")
        for rule_id, family, severity in (("z", "champion", 1), ("c", "slip", 3), ("a", "slip", 2), ("b", "slip", 2))
    ]
    assert result.verdicts.get_column("deal_id").to_list() == ["d0", "d1", "d2"]


def test_no_deals_and_no_rules_are_judged_too() -> None:
    assert judgement(THREADED, signals=rows()).verdicts.schema["single-threaded"] == pl.Int8()
    assert judgement(signals=rows({})).verdicts.columns == ["deal_id"]
