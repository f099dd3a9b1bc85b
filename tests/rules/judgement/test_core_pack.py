"""The shipped core pack: its own cases, its words, and whole deals judged by it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest

from connectors.model import ELEMENTS
from rules.files.load import load
from rules.judgement.coverage import not_judged
from rules.judgement.evaluate import judge, verdict_expr
from rules.language.signal import SignalType
from rules.language.templates import render
from rules.signals.catalogue import CATALOGUE
from rules.testing.cases import CaseResult, run
from tests.rules.judgement.world import World

CORE = load(["core"], catalogue=CATALOGUE)
FIXED = {
    "meddpicc-gate",
    "meddpicc-filler",
    "single-threaded",
    "contacts-none",
    "champion-missing",
    "champion-quiet",
    "close-date-past",
    "owner-inactive",
}
FAMILIES = {
    "threading",
    "slip",
    "engagement",
    "champion",
    "meddpicc",
    "stage-age",
    "mutual-plan",
    "procurement",
    "hygiene",
    "review",
}
RESULTS = run(CORE, verdict_expr)
HELD = pl.DataFrame(schema={"deal_id": pl.String(), "rule_id": pl.String(), "severity": pl.Int8()})


def findings(world: World) -> dict[str, int]:
    """Rule and severity of every finding of the one deal."""
    frame = judge(CORE, world.signals(CORE), world.facts, CATALOGUE, HELD).findings
    return dict(frame.select("rule_id", "severity").rows())


def verdict(world: World, rule_id: str) -> int | None:
    value: int | None = (
        judge(CORE, world.signals(CORE), world.facts, CATALOGUE, HELD).verdicts.get_column(rule_id).item()
    )
    return value


def healthy(world: World, **values: Any) -> World:
    """A mid-size deal in evaluation with which nothing is wrong."""
    levels = {f"{element}_level": 3 for element in ELEMENTS}
    fillers = {f"{element}_filler": False for element in ELEMENTS}
    world.deal(owner_id="o1", **{**levels, **fillers, **values}).add("owners", owner_id="o1", name="Rep", active=True)
    world.role("c1", "champion").role("c2", "economic_buyer").role("c3", "technical")
    world.touch(2, "c1").touch(10, "c2", kind="meeting").touch(20, "c3", kind="email", direction="inbound")
    return world.knows(
        shows=dict.fromkeys(ELEMENTS, 3), element_roles={"champion": "champion", "economic_buyer": "economic_buyer"}
    )


def test_the_ids_that_are_fixed_are_there() -> None:
    assert {rule.id for rule in CORE.rules} == FIXED
    assert set(CORE.families) == FAMILIES


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.rule.id}:{result.case.location.line}")
def test_every_case_holds(result: CaseResult) -> None:
    assert result.passed, str(result)


@pytest.mark.parametrize("rule_id", sorted(FIXED))
def test_every_rule_has_a_case_for_each_of_its_answers(rule_id: str) -> None:
    rule = CORE.rule(rule_id)
    expected = {case.expect for case in rule.cases}
    words = {case.severity.word for case in rule.severity}
    words |= {severity.word for level in rule.levels for severity in level.thresholds}
    assert {"clear", "unknown", *words, *({"not applicable"} if rule.applies else ())} <= expected


@pytest.mark.parametrize("rule_id", sorted(FIXED))
def test_evidence_names_no_count_of_days(rule_id: str) -> None:
    counters = {name for name, signal in CATALOGUE.items() if signal.unit.endswith("days")}
    rule = CORE.rule(rule_id)
    assert not [name for name in counters for text in (rule.evidence, rule.advice, rule.done) if f"{{{{ {name}" in text]


def test_a_healthy_deal_has_no_findings(world: World) -> None:
    assert findings(healthy(world)) == {}


def test_the_close_date_is_past_from_the_day_after_it(world: World) -> None:
    assert findings(healthy(world, close_date=date(2026, 6, 15))) == {}
    assert findings(healthy(World(), close_date=date(2026, 6, 14))) == {"close-date-past": 2}


def test_a_close_date_three_business_days_ago_is_high(world: World) -> None:
    assert findings(healthy(world, close_date=date(2026, 6, 10))) == {"close-date-past": 3}


def test_a_past_close_date_is_found_in_an_unmapped_stage_without_any_coverage(world: World) -> None:
    world.deal(phase="somewhere", close_date=date(2026, 6, 10)).knows(coverage=())
    assert findings(world) == {"close-date-past": 3}


def test_an_owner_who_left_is_found(world: World) -> None:
    world.deal(owner_id="o1").add("owners", owner_id="o1", name="Rep", active=False).knows(coverage=())
    assert findings(world) == {"owner-inactive": 3}


def test_a_deal_with_nobody_on_it_is_not_called_single_threaded_too(world: World) -> None:
    world.deal(amount=500_000.0)
    assert findings(world) == {"champion-missing": 3, "contacts-none": 3}
    assert verdict(world, "single-threaded") == -1


def test_a_deal_with_one_active_contact_is_single_threaded_by_its_segment(world: World) -> None:
    world.deal(amount=500_000.0).role("c1").role("c2").touch(2, "c1")
    assert findings(world) == {"single-threaded": 3}


def test_a_silent_champion_is_no_finding_while_a_meeting_is_booked(world: World) -> None:
    world.deal().role("c1").role("c2", None).touch(2, "c2").touch(2, "c3").role("c3", None).touch(16, "c1")
    assert findings(world) == {"champion-quiet": 2}
    assert findings(world.touch(-14, "c1", kind="meeting")) == {}


def test_a_champion_who_was_never_touched_goes_quiet_from_the_day_of_the_role(world: World) -> None:
    world.deal().role("c1", since=31).role("c2", None).touch(1, "c2").role("c3", None).touch(1, "c3")
    assert findings(world) == {"champion-quiet": 3}


def test_the_gate_holds_for_a_sponsor_not_confirmed_late(world: World) -> None:
    assert findings(healthy(world, amount=500_000.0, phase="business_case", metrics_level=1)) == {"meddpicc-gate": 1}
    assert findings(healthy(World(), phase="business_case", implicate_pain_level=1)) == {"meddpicc-gate": 2}
    quiet = healthy(World(), phase="business_case", economic_buyer_level=1)
    quiet.rows["touches"][1]["at"] = quiet.rows["touches"][1]["at"].replace(month=5, day=1)
    assert findings(quiet) == {"meddpicc-gate": 3, "single-threaded": 2}


def test_filler_is_found_along_with_the_gate(world: World) -> None:
    assert findings(healthy(world, metrics_filler=True)) == {"meddpicc-filler": 1}


@pytest.mark.parametrize(
    ("rule_id", "change"),
    [
        ("champion-missing", {"readable": {"roles": False}}),
        ("contacts-none", {"readable": {"roles": False}}),
        ("single-threaded", {"readable": {"touches": False}}),
        ("champion-quiet", {"readable": {"touches": False}}),
        ("meddpicc-gate", {"readable": {f"field:{element}": False for element in ELEMENTS}}),
        ("meddpicc-filler", {"readable": {"field:metrics": False}}),
        ("champion-missing", {"phases": {}}),
        ("single-threaded", {"phases": {}}),
        ("meddpicc-gate", {"phases": {}}),
        ("champion-quiet", {"coverage": ()}),
        ("close-date-past", {"stale_tables": frozenset({"deals"})}),
    ],
)
def test_a_fact_that_goes_missing_makes_a_rule_unknown_and_not_clear(
    world: World, rule_id: str, change: dict[str, Any]
) -> None:
    if rule_id in {"champion-missing", "contacts-none"}:
        world.deal()
    else:
        healthy(world)
    assert verdict(world, rule_id) is not None
    assert verdict(world.knows(**change), rule_id) is None


@pytest.mark.parametrize("rule_id", ["single-threaded", "champion-quiet", "meddpicc-gate"])
def test_a_blank_amount_makes_rules_by_segment_unknown(world: World, rule_id: str) -> None:
    assert verdict(healthy(world, amount=None), rule_id) is None


def test_an_org_that_keeps_only_deals_is_judged_by_their_own_fields_alone(world: World) -> None:
    for number in range(12):
        world.deal(f"d{number:02}", phase="Prospecting", close_date=date(2026, 6, 1 if number == 0 else 30))
    coverage = world.coverage(CORE)
    assert set(not_judged(CORE, CATALOGUE, coverage)) == FIXED - {"close-date-past", "owner-inactive"}
    world.knows(coverage=coverage)
    findings = judge(CORE, world.signals(CORE), world.facts, CATALOGUE, HELD).findings
    assert findings.select("deal_id", "rule_id").rows() == [("d00", "close-date-past")]


@pytest.mark.parametrize("rule_id", sorted(FIXED))
def test_every_section_has_words_when_everything_is_known(rule_id: str) -> None:
    samples: dict[SignalType, object] = {
        SignalType.NUMBER: 1,
        SignalType.TEXT: "text",
        SignalType.DATE: date(2026, 6, 1),
        SignalType.BOOLEAN: False,
        SignalType.PHASE: "evaluation",
        SignalType.LIST: ["Metrics"],
    }
    values = {name: samples[signal.type] for name, signal in CATALOGUE.items()}
    known = {**values, "deal": {"name": "Big one", "id": "d1"}, "target": 3, "limit": 7}
    others = {name: not value if isinstance(value, bool) else value for name, value in known.items()}
    rule = CORE.rule(rule_id)
    for text in (rule.evidence, rule.advice, rule.done, rule.also):
        assert render(text, known) or render(text, others)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_subject_of_every_family_names_the_deal(family: str) -> None:
    assert "Big one" in (render(CORE.families[family].subject, {"deal": {"name": "Big one", "id": "d1"}}) or "")


def test_only_the_elements_to_work_on_bring_their_questions(world: World) -> None:
    asked = render(CORE.rule("meddpicc-gate").ask, {"meddpicc_focus": ["Champion", "Metrics"]})
    assert asked is not None
    assert Counter(line.split("?")[0] for line in asked.splitlines()) == {
        "Who is our internal advocate, what is their influence, and what do they personally gain": 1,
        "Which outcomes do they want in numbers, how is success measured, and what does waiting cost": 1,
    }
