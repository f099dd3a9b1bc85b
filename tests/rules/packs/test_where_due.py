"""Late deals are judged by what late deals keep: what an org notes only at the end is not asked of all its deals."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from rules.judgement.coverage import NotJudged, not_judged
from rules.judgement.evaluate import judge
from rules.language.signal import SignalType
from rules.model import RuleSet
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.mapped_fields import type_of_extra
from tests.rules.judgement.world import World, condition
from tests.rules.packs.shipped import SHIPPED
from tests.rules.packs.test_packs import HELD

SIX = (
    "legal-unapproved",
    "security-unapproved",
    "business-case-unapproved",
    "legal-missing",
    "deal-structure-missing",
    "implementation-scope-missing",
)
FIELDS = {
    "x_legal_approved": "2026-06-01",
    "x_security_approved": "2026-06-01",
    "x_business_case_approved": "2026-06-01",
    "x_pricing_model": "Per seat",
    "x_implementation_scope": "Two systems",
}
EARLY = ("discovery", "qualification", "evaluation", "business_case")
BARE = "d99"
RULES = SHIPPED.judged()


@pytest.fixture
def pipeline() -> World:
    """A hundred open deals, 25 in procurement or close; all of these but one have everything that is asked for."""
    world = World()
    for number in range(100):
        deal_id, late = f"d{number:02}", number >= 75
        phase = ("procurement" if number < 85 else "close") if late else EARLY[number % 4]
        values = FIELDS if late and deal_id != BARE else {}
        world.deal(
            deal_id, phase=phase, amount=250_000.0, close_date=date(2026, 7, 10), extras=json.dumps(values), entered=2
        )
        if values:
            world.role(f"c{number}", "legal", deal=deal_id)
    extras: dict[str, SignalType] = {name: type_of_extra(name.removeprefix("x_")) for name in FIELDS}
    return world.knows(extras=extras, coverage=())


def found(world: World, rules: RuleSet) -> dict[str, list[str]]:
    """Of the six rules, the deals on which each holds."""
    world.knows(coverage=world.coverage(rules))
    catalogue = with_extras(CATALOGUE, world.facts.extras)
    findings = judge(rules, world.signals(rules), world.facts, catalogue, HELD).findings
    deals: dict[str, list[str]] = {rule_id: [] for rule_id in SIX}
    for deal_id, rule_id in findings.select("deal_id", "rule_id").iter_rows():
        deals.get(rule_id, []).append(deal_id)
    return deals


def lacks(world: World, rules: RuleSet) -> dict[str, NotJudged]:
    return dict(not_judged(rules, with_extras(CATALOGUE, world.facts.extras), world.coverage(rules)))


def test_the_late_deal_that_lacks_all_six_gets_six_findings_and_no_other_deal_any(pipeline: World) -> None:
    assert found(pipeline, RULES) == {rule: [BARE] for rule in SIX}


def test_without_its_phase_a_rule_is_not_judged_and_says_why(pipeline: World) -> None:
    everywhere = replace(RULES.rule("legal-unapproved"), when=condition("NOT legal_approved_done"))
    rules = replace(RULES, rules=tuple(everywhere if rule.id == everywhere.id else rule for rule in RULES.rules))
    lack = lacks(pipeline, rules)["legal-unapproved"]
    assert (lack.source, lack.coverage, lack.why, lack.deals) == ("field:x_legal_approved", 0.24, "not kept", 100)
    assert found(pipeline, rules) == {rule: [] if rule == "legal-unapproved" else [BARE] for rule in SIX}


def test_with_few_late_deals_it_is_too_early_to_tell(pipeline: World) -> None:
    del pipeline.rows["deals"][75:95]
    assert lacks(pipeline, RULES)["legal-unapproved"].why == "too few to tell"
