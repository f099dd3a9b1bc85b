"""One reason counts once: what explains what, and what a group of findings adds to a score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from rules.judgement.causes import explained, unwaived
from rules.judgement.covers import without_covered
from rules.judgement.score import score
from rules.judgement.sums import reasons
from rules.model import Effect, Family, Rule, RuleSet, Severity
from tests.rules.judgement.world import condition, rule, ruleset

WARN, HIGH, CRITICAL = 2, 3, 4
POINTS = {
    "threading": (6, 15, 30),
    "engagement": (5, 14, 30),
    "champion": (6, 15, 32),
    "hygiene": (1, 3, 3),
    "meddpicc": (4, 13, 13),
}


def explaining(rule_id: str, family: str, *effects: str | tuple[str, str], **keys: Any) -> Rule:
    relations = tuple(
        Effect(effect) if isinstance(effect, str) else Effect(effect[0], condition(effect[1])) for effect in effects
    )
    return replace(rule(rule_id, family, when="age_days > 0"), explains=relations, **keys)


def rules(*given: Rule) -> RuleSet:
    levels = (Severity.WARN, Severity.HIGH, Severity.CRITICAL)
    families = {
        name: Family(name, dict(zip(levels, map(float, points), strict=True)), "", 3) for name, points in POINTS.items()
    }
    families["meddpicc"] = replace(families["meddpicc"], each=2.0, most=21.0)
    return replace(ruleset(*given), families=families)


def held(**severities: int) -> pl.DataFrame:
    return on_deal("d", **severities)


def on_deal(deal_id: str, **severities: int) -> pl.DataFrame:
    rows = [(deal_id, name.replace("_", "-"), severity) for name, severity in severities.items()]
    return pl.DataFrame(
        rows, schema={"deal_id": pl.String(), "rule_id": pl.String(), "severity": pl.Int8()}, orient="row"
    )


def signals(**values: Any) -> pl.DataFrame:
    return pl.DataFrame(
        [{"deal_id": "d", "engaged_contacts": None, **values}], schema_overrides={"engaged_contacts": pl.Int64}
    )


def causes(given: RuleSet, findings: pl.DataFrame, facts: pl.DataFrame | None = None) -> dict[str, str]:
    frame = explained(given, findings, signals() if facts is None else facts)
    return dict(frame.select("rule_id", "cause").iter_rows())


def points(given: RuleSet, findings: pl.DataFrame, facts: pl.DataFrame | None = None) -> dict[str, float]:
    frame = reasons(given, findings, signals() if facts is None else facts)
    return dict(frame.select("rule_id", "points").iter_rows())


QUIET = explaining("deal-quiet", "engagement", "champion-quiet", ("single-threaded", "engaged_contacts = 0"))
LEFT = explaining("owner-inactive", "hygiene", "deal-quiet")
CHAMPION = explaining("champion-quiet", "champion")
SINGLE = explaining("single-threaded", "threading")


def test_a_rule_that_holds_is_the_cause_of_what_it_explains() -> None:
    assert causes(rules(QUIET, CHAMPION), held(deal_quiet=HIGH, champion_quiet=CRITICAL)) == {
        "champion-quiet": "deal-quiet"
    }


def test_a_rule_that_is_clear_explains_nothing() -> None:
    assert causes(rules(QUIET, CHAMPION), held(champion_quiet=CRITICAL)) == {}


@pytest.mark.parametrize(("engaged", "known"), [(0, True), (1, False), (None, False)])
def test_a_conditional_relation_holds_only_where_its_condition_is_true(engaged: int | None, known: bool) -> None:
    found = causes(rules(QUIET, SINGLE), held(deal_quiet=HIGH, single_threaded=HIGH), signals(engaged_contacts=engaged))
    assert found == ({"single-threaded": "deal-quiet"} if known else {})


def test_a_chain_leads_to_its_root() -> None:
    findings = held(owner_inactive=WARN, deal_quiet=HIGH, champion_quiet=HIGH)
    assert causes(rules(LEFT, QUIET, CHAMPION), findings) == {
        "deal-quiet": "owner-inactive",
        "champion-quiet": "owner-inactive",
    }


def test_what_is_not_among_the_findings_breaks_a_chain() -> None:
    assert causes(rules(LEFT, QUIET, CHAMPION), held(owner_inactive=WARN, champion_quiet=HIGH)) == {}


def test_of_two_roots_the_more_severe_is_the_cause() -> None:
    other = explaining("champion-left", "champion", "champion-quiet")
    findings = held(deal_quiet=HIGH, champion_left=CRITICAL, champion_quiet=HIGH)
    assert causes(rules(QUIET, other, CHAMPION), findings) == {"champion-quiet": "champion-left"}


def test_of_two_roots_equally_severe_the_one_of_more_points_is_the_cause() -> None:
    other = explaining("champion-left", "champion", "champion-quiet")
    findings = held(deal_quiet=HIGH, champion_left=HIGH, champion_quiet=HIGH)
    assert causes(rules(QUIET, other, CHAMPION), findings) == {"champion-quiet": "champion-left"}


def test_deals_do_not_explain_each_other() -> None:
    findings = pl.concat([on_deal("a", deal_quiet=HIGH), on_deal("b", champion_quiet=HIGH)])
    assert causes(rules(QUIET, CHAMPION), findings) == {}


def test_a_cause_carries_the_most_points_of_its_group_in_its_own_family() -> None:
    findings = held(deal_quiet=HIGH, champion_quiet=CRITICAL)
    assert points(rules(QUIET, CHAMPION), findings) == {"deal-quiet": 32, "champion-quiet": 0}


def test_a_waived_cause_waives_what_it_explains() -> None:
    given, findings = rules(QUIET, CHAMPION), held(deal_quiet=HIGH, champion_quiet=CRITICAL)
    assert unwaived(given, findings, signals(), {"engagement": frozenset({"d"})}).is_empty()


def test_a_waived_link_breaks_a_chain_and_waives_no_more_than_itself() -> None:
    given, findings = rules(LEFT, QUIET, CHAMPION), held(owner_inactive=WARN, deal_quiet=HIGH, champion_quiet=HIGH)
    left = unwaived(given, findings, signals(), {"engagement": frozenset({"d"})})
    assert causes(given, left) == {}
    assert set(left["rule_id"]) == {"owner-inactive", "champion-quiet"}


def test_a_finding_waived_on_one_deal_counts_on_another() -> None:
    given = rules(QUIET)
    findings = pl.concat([on_deal("d", deal_quiet=HIGH), on_deal("e", deal_quiet=HIGH)])
    both = pl.concat([signals(), signals(deal_id="e")])
    assert unwaived(given, findings, both, {"engagement": frozenset({"d"})})["deal_id"].to_list() == ["e"]


GATE = replace(explaining("meddpicc-gate", "meddpicc"), count="meddpicc_gap_count")
BUYER = explaining("economic-buyer-missing", "threading", covers=("economic_buyer",))


def gaps(*names: str) -> pl.DataFrame:
    return signals(
        meddpicc_missing=list(names),
        meddpicc_focus=list(names[:3]),
        meddpicc_gaps=[f"{name} 0 of 2" for name in names],
        meddpicc_gap_count=len(names),
    )


def test_each_further_gap_adds_to_the_gate() -> None:
    facts = gaps("Metrics", "Champion", "Competition")
    assert points(rules(GATE), held(meddpicc_gate=WARN), facts) == {"meddpicc-gate": 4 + 2 + 2}


def test_gaps_add_no_more_than_the_family_may_have() -> None:
    facts = gaps("Metrics", "Champion", "Competition", "Economic Buyer", "Paper Process", "Implicate Pain")
    assert points(rules(GATE), held(meddpicc_gate=HIGH), facts) == {"meddpicc-gate": 21}


def test_another_finding_of_a_family_adds_each() -> None:
    filler = explaining("meddpicc-filler", "meddpicc")
    found = points(rules(GATE, filler), held(meddpicc_gate=HIGH, meddpicc_filler=WARN), gaps("Metrics"))
    assert found == {"meddpicc-gate": 13, "meddpicc-filler": 2}


def test_a_covered_element_is_not_counted_again() -> None:
    findings = held(meddpicc_gate=WARN, economic_buyer_missing=HIGH)
    found = points(rules(GATE, BUYER), findings, gaps("Economic Buyer", "Metrics", "Champion"))
    assert found == {"economic-buyer-missing": 15, "meddpicc-gate": 4 + 2}


def test_a_gate_all_of_whose_gaps_are_covered_is_counted_under_what_covers_them() -> None:
    findings = held(meddpicc_gate=HIGH, economic_buyer_missing=HIGH)
    sums = reasons(rules(GATE, BUYER), findings, gaps("Economic Buyer"))
    assert dict(sums.select("rule_id", "points").iter_rows()) == {"economic-buyer-missing": 15, "meddpicc-gate": 0}
    assert dict(sums.select("rule_id", "explained_by").iter_rows())["meddpicc-gate"] == "economic-buyer-missing"


def test_a_covered_element_is_in_no_text_of_the_gate() -> None:
    facts = gaps("Economic Buyer", "Metrics", "Champion", "Competition")
    left = without_covered(rules(GATE, BUYER), held(meddpicc_gate=WARN, economic_buyer_missing=HIGH), facts).row(
        0, named=True
    )
    assert left["meddpicc_focus"] == ["Metrics", "Champion", "Competition"]
    assert left["meddpicc_gaps"] == ["Metrics 0 of 2", "Champion 0 of 2", "Competition 0 of 2"]


def test_nothing_is_covered_by_a_rule_that_does_not_hold() -> None:
    facts = gaps("Economic Buyer")
    assert without_covered(rules(GATE, BUYER), held(meddpicc_gate=WARN), facts).equals(facts)


def scored(given: RuleSet, findings: pl.DataFrame, facts: pl.DataFrame | None = None) -> dict[str, Any]:
    verdicts = pl.DataFrame({"deal_id": ["d"], **{rule.id: [0] for rule in given.rules}})
    return score(given, verdicts, reasons(given, findings, signals() if facts is None else facts)).row(0, named=True)


def test_a_high_finding_that_nothing_explains_makes_at_least_watch() -> None:
    step = explaining("next-step-missing", "hygiene")
    found = scored(rules(step), held(next_step_missing=HIGH))
    assert (found["score"], found["band"], found["band_by"]) == (3, "watch", "severity")


def test_points_make_the_band_where_they_reach_it() -> None:
    found = scored(rules(QUIET), held(deal_quiet=CRITICAL))
    assert (found["score"], found["band"], found["band_by"]) == (30, "at risk", "score")


def test_an_explained_finding_keeps_no_band_up_but_through_its_cause() -> None:
    given = rules(replace(LEFT, explains=(Effect("single-threaded"),)), SINGLE)
    found = scored(given, held(owner_inactive=WARN, single_threaded=CRITICAL))
    assert (found["score"], found["band"]) == (30, "at risk")


def test_the_reasons_name_what_is_already_counted() -> None:
    given = rules(QUIET, CHAMPION)
    assert scored(given, held(deal_quiet=HIGH, champion_quiet=CRITICAL))["reasons"].splitlines() == [
        "+32 Deal-quiet (deal-quiet, high; critical by what it explains)",
        "already counted under Deal-quiet: Champion-quiet (champion-quiet, critical)",
    ]


def test_a_gate_covered_by_an_effect_is_counted_under_the_effects_cause() -> None:
    nobody = explaining("contacts-none", "threading", "economic-buyer-missing")
    findings = held(contacts_none=HIGH, economic_buyer_missing=CRITICAL, meddpicc_gate=HIGH)
    sums = reasons(rules(GATE, BUYER, nobody), findings, gaps("Economic Buyer"))
    assert dict(sums.select("rule_id", "explained_by").iter_rows())["meddpicc-gate"] == "contacts-none"
