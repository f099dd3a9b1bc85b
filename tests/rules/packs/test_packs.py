"""The shipped packs as a whole: what is active by default, its words, and whole deals judged by it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from connectors.model import ELEMENTS
from rules.files.load import load
from rules.judgement.evaluate import judge
from rules.language.signal import SignalType
from rules.language.templates import names_in, render
from rules.model import Rule
from rules.signals.catalogue import CATALOGUE
from rules.signals.mapped_fields import type_of_extra
from tests.rules.judgement.world import NOW, World
from tests.rules.packs.shipped import SHIPPED

DEFAULT = load(["core", "committee", "cadence", "timeline"], catalogue=CATALOGUE)
HELD = pl.DataFrame(schema={"deal_id": pl.String(), "rule_id": pl.String(), "severity": pl.Int8()})
SAMPLES: dict[SignalType, object] = {
    SignalType.NUMBER: 1,
    SignalType.TEXT: "text",
    SignalType.DATE: date(2026, 6, 1),
    SignalType.BOOLEAN: True,
    SignalType.PHASE: "evaluation",
    SignalType.LIST: ["Metrics"],
}

each_rule = pytest.mark.parametrize("rule", SHIPPED.rules, ids=lambda rule: rule.id)


def findings(world: World, *, shadow: bool = False) -> dict[str, int]:
    """Rule and severity of every finding of the one deal, by the default packs or by everything that ships."""
    rules = SHIPPED.judged() if shadow else DEFAULT.judged().active()
    rules = replace(rules, rules=tuple(replace(rule, for_=None) for rule in rules.rules))
    findings = judge(rules, world.signals(rules), world.facts, CATALOGUE, HELD).findings
    return dict(findings.select("rule_id", "severity").rows())


def healthy(world: World, **values: Any) -> World:
    """An enterprise deal in evaluation with which nothing is wrong."""
    levels = {f"{element}_level": 3 for element in ELEMENTS} | {f"{element}_filler": False for element in ELEMENTS}
    standard = {"amount": 400_000.0, "amount_original": 400_000.0, "next_step": "Demo on Friday", "modified_at": NOW}
    world.deal(owner_id="o1", entered=20, **{**levels, **standard, "close_date": date(2026, 10, 1), **values})
    world.add("owners", owner_id="o1", name="Rep", active=True)
    roles = ("champion", "champion", "economic_buyer", "technical", "user", "procurement", "exec_sponsor")
    for number, role in enumerate(roles):
        world.role(f"c{number}", role).touch(3, f"c{number}", kind="meeting")
    for contact in world.rows["contacts"]:
        contact.update(reachable=True, title="CFO")
    world.add("changes", change_id="1", deal_id="d1", field="stage", old="qualification", new="evaluation")
    world.rows["changes"][0]["at"] = NOW - timedelta(20)
    return world.knows(
        shows=dict.fromkeys(ELEMENTS, 3), element_roles={"champion": "champion", "economic_buyer": "economic_buyer"}
    )


def test_fifteen_rules_make_tasks_by_default() -> None:
    assert {rule.id for rule in SHIPPED.rules if rule.mode == "on"} == {
        *("contacts-none", "single-threaded", "economic-buyer-missing", "economic-buyer-not-met"),
        *("champion-missing", "champion-quiet", "champion-left", "deal-quiet", "next-step-missing"),
        *("close-date-past", "close-date-pushed", "close-date-implausible", "commit-unbacked"),
        *("meddpicc-gate", "competitor-threat"),
    }


def test_six_rules_are_scored_and_told_in_digests_alone() -> None:
    assert {rule.id for rule in SHIPPED.rules if rule.mode == "digest"} == {
        *("phase-too-long", "meddpicc-filler", "economic-buyer-quiet", "owner-inactive"),
        *("legal-missing", "security-missing"),
    }


def test_all_other_rules_begin_in_shadow() -> None:
    assert {rule.mode for rule in SHIPPED.rules} == {"on", "digest", "shadow"}


def test_a_healthy_deal_has_no_findings(world: World) -> None:
    assert findings(healthy(world)) == {}


def test_a_healthy_deal_has_none_in_shadow_either(world: World) -> None:
    assert findings(healthy(world), shadow=True) == {}


def test_an_org_that_maps_nothing_of_its_own_gets_no_finding_from_it(world: World) -> None:
    verdicts = judge(SHIPPED.judged(), healthy(world).signals(SHIPPED), world.facts, CATALOGUE, HELD).verdicts
    resting = [rule.id for rule in SHIPPED.judged().rules if rule.pack in {"milestones", "mutual-plan"}]
    assert {verdicts.get_column(rule_id).item() for rule_id in resting if rule_id != "exec-sponsor-missing"} == {None}


def test_a_mapped_milestone_is_asked_for_once_its_phase_is_over(world: World) -> None:
    values = {"phase": "business_case", "extras": json.dumps({"x_technical_win": None})}
    healthy(world, **values).knows(extras={"x_technical_win": type_of_extra("technical_win")})
    kept = replace(world.facts.coverage[0], source="field:x_technical_win")
    world.knows(coverage=(*world.facts.coverage, kept))
    assert findings(world, shadow=True).get("technical-win-missing") == 2


def test_a_deal_too_long_in_its_phase_is_found(world: World) -> None:
    healthy(world)
    world.rows["changes"][0]["at"] = NOW - timedelta(57)
    assert findings(world) == {"phase-too-long": 2}


def test_a_champion_whose_mail_bounces_is_found(world: World) -> None:
    healthy(world).rows["contacts"][0]["reachable"] = False
    assert findings(world) == {"champion-left": 2}
    world.rows["contacts"][1]["reachable"] = False
    assert findings(world) == {"champion-left": 4}


def test_a_deal_without_an_economic_buyer_is_found(world: World) -> None:
    healthy(world).rows["roles"][2]["role"] = "other"
    assert findings(world)["economic-buyer-missing"] == 3


def test_a_silent_deal_is_no_finding_while_a_meeting_is_booked(world: World) -> None:
    healthy(world)
    for touch in world.rows["touches"]:
        touch["at"] = NOW - timedelta(29)
    assert findings(world)["deal-quiet"] == 3
    world.touch(-14, "c0", kind="meeting")
    assert "deal-quiet" not in findings(world)


@each_rule
def test_a_rule_names_its_steward_its_source_and_when_it_was_reviewed(rule: Rule) -> None:
    assert (rule.steward, rule.reviewed) == ("revops", date(2026, 11, 1))
    assert rule.source.startswith("playbook: ")


@each_rule
def test_evidence_states_dates_and_no_days_that_count_up(rule: Rule) -> None:
    counters = {name for name, signal in CATALOGUE.items() if signal.ages and signal.unit.endswith("days")}
    assert not [name for name in counters for text in (rule.evidence, rule.advice, rule.done) if f"{{{{ {name}" in text]


@each_rule
def test_words_for_the_rep_are_complete_when_everything_is_known(rule: Rule) -> None:
    # A line may be for deals of one kind alone, such as those where a role is held: one kind or the other has words.
    values = {name: SAMPLES[signal.type] for name, signal in CATALOGUE.items()}
    others = {name: not value if isinstance(value, bool) else value for name, value in values.items()}
    fixed = {"target": 3, "limit": 7, "deal": {"name": "Globex", "id": "1"}}
    for text in (rule.evidence, rule.advice, rule.done, rule.also, rule.subject):
        assert not text or render(text, {**values, **fixed}) or render(text, {**others, **fixed})


@pytest.mark.parametrize("change", [{"readable": {"changes": False}}, {"stale_tables": frozenset({"deals"})}])
def test_what_cannot_be_read_never_clears_a_rule_about_changes(world: World, change: dict[str, Any]) -> None:
    rules = load(["core", "timeline"], catalogue=CATALOGUE)
    healthy(world).knows(**change)
    row = judge(rules, world.signals(rules), world.facts, CATALOGUE, HELD).verdicts.row(0, named=True)
    assert [row[name] for name in ("close-date-pushed", "close-date-pushed-weeks", "phase-regressed")] == [None] * 3


@each_rule
def test_every_template_is_rendered_whatever_is_unknown(rule: Rule) -> None:
    subject = SHIPPED.families[rule.family].subject
    for text in (rule.evidence, rule.advice, rule.done, rule.ask, rule.also, rule.subject, subject):
        known = {name: SAMPLES[CATALOGUE[name].type] for name in names_in(text) & CATALOGUE.keys()}
        deal = {"deal": {"name": "Globex", "id": "1"}, "target": rule.target, "level": "high", "limit": 7}
        for unknown in known:
            rest = {name: value for name, value in known.items() if name != unknown}
            shown = render(text, {**rest, **deal}) or ""
            assert "None" not in shown.replace("None booked", "")
            assert len(shown.splitlines()) <= len(text.splitlines())
