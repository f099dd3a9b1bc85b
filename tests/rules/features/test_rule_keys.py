from __future__ import annotations

import pytest

from rules.days.span import Span
from rules.judgement.evaluate import verdict_expr
from rules.language.errors import RuleError
from rules.testing.cases import run
from tests.rules.features.conftest import PACK, Ruled

CLOSED = """
[rules.why-lost]
title = "t"
family = "FAMILY"
scope = "closed"
when = "NOT loss_reason_noted"
severity = "high"
evidence = "e"
advice = "a"
done = "d"
"""


def test_spans_are_days_or_business_days(ruled: Ruled) -> None:
    rule = ruled("[rules.late]\nfor = '2 business days'\nkeep_for = ' 1 day '").rule("late")

    assert (rule.for_, rule.keep_for) == (Span(2, business=True), Span(1, business=False))
    assert [str(rule.for_), str(rule.keep_for)] == ["2 business days", "1 day"]


def test_a_rule_is_on_until_a_file_says_otherwise(ruled: Ruled) -> None:
    assert ruled().rule("late").mode == "on"
    assert ruled("[rules.late]\nmode = 'shadow'").rule("late").mode == "shadow"


def test_only_an_overlay_confirms_that_a_rule_is_on(ruled: Ruled) -> None:
    shipped = PACK.replace('title = "Late"', 'title = "Late"\nmode = "on"')

    assert not ruled(pack=shipped).rule("late").confirmed
    assert ruled("[rules.late]\nmode = 'on'").rule("late").confirmed
    assert not ruled("[rules.late]\nmode = 'shadow'").rule("late").confirmed


def test_a_rule_of_an_overlay_alone_is_confirmed_unless_it_is_in_shadow(ruled: Ruled) -> None:
    text = CLOSED.replace('scope = "closed"\nwhen = "NOT loss_reason_noted"', 'when = "amount > 1"')
    own = text.replace("FAMILY", "slip")

    assert ruled(own).rule("why-lost").confirmed
    assert not ruled(own + "mode = 'shadow'").rule("why-lost").confirmed


def test_a_rule_that_is_off_is_not_judged_and_one_in_shadow_is_not_active(ruled: Ruled) -> None:
    off, shadow = (ruled(f"[rules.late]\nmode = '{mode}'") for mode in ("off", "shadow"))

    assert [rule.id for rule in off.judged().rules] == []
    assert [rule.id for rule in shadow.judged().rules] == ["late"]
    assert [rule.id for rule in shadow.active().rules] == []


def test_applies_also_narrows_what_the_shipped_condition_picks(ruled: Ruled) -> None:
    cases = """
    [[rules.late.cases]]
    given = { amount = 9, close_in_days = -1, owner_team = "East" }
    expect = "high"
    [[rules.late.cases]]
    given = { amount = 9, close_in_days = -1, owner_team = "West" }
    expect = "not applicable"
    [[rules.late.cases]]
    given = { amount = 4, close_in_days = -1, owner_team = "East" }
    expect = "not applicable"
    [[rules.late.cases]]
    given = { amount = 9, close_in_days = -1 }
    expect = "unknown"
    """
    rules = ruled(f"[rules.late]\napplies_also = \"owner_team = 'East'\"\n{cases}")

    assert [result.got for result in run(rules, verdict_expr)] == [
        "high",
        "not applicable",
        "not applicable",
        "unknown",
    ]
    assert "owner_team" in rules.rule("late").signals


def test_shipped_cases_go_on_passing_under_a_condition_that_they_do_not_know(ruled: Ruled) -> None:
    rules = ruled("[rules.late]\napplies_also = \"owner_team = 'East'\"")

    assert [result.passed for result in run(rules, verdict_expr)] == [True]


def test_rules_about_closed_deals_are_judged_apart(ruled: Ruled) -> None:
    rules = ruled(CLOSED.replace("FAMILY", "review"))

    assert [rule.id for rule in rules.judged("closed").rules] == ["why-lost"]
    assert [rule.id for rule in rules.judged("open").rules] == ["late"]


def test_a_family_holds_rules_about_open_or_about_closed_deals(ruled: Ruled) -> None:
    with pytest.raises(RuleError, match="closed deals in the family 'slip', which holds late, expected a family with"):
        ruled(CLOSED.replace("FAMILY", "slip"))


def test_every_key_of_a_rule_knows_where_it_was_written(ruled: Ruled) -> None:
    entries = {".".join(entry.path): entry for entry in ruled("[rules.late]\nseverity = 'warn'").rule("late").entries}

    assert (entries["severity"].value, str(entries["severity"].location)) == ("warn", "rules.d/ours.toml:2:1")
    assert (entries["title"].value, entries["title"].location.path) == ("Late", "packs/base.toml")


def test_a_key_below_the_tables_that_it_belongs_above_is_reported(ruled: Ruled) -> None:
    case = '[[rules.late.cases]]\ngiven = { amount = 9 }\nexpect = "unknown"\nsteward = "me"\n'

    with pytest.raises(RuleError, match=r"ours.toml:4:1: the rule key 'steward' as case key, expected it above the"):
        ruled(case)


@pytest.mark.parametrize(
    "overlay",
    [
        "[rules.late]\nfor = '2 days'",
        "[rules.late]\nkeep_for = '2 days'",
        "[rules.late]\nmode = 'shadow'",
        "[rules.late]\nmode = 'on'",
        "[rules.late]\napplies_also = 'amount > 7'",
        "[scope]\npipelines = ['a']",
        "[scope]\nexclude = ['a']",
    ],
)
def test_the_fingerprint_changes_with_it(overlay: str, ruled: Ruled) -> None:
    assert ruled(overlay).fingerprint != ruled().fingerprint


def test_a_connection_replaces_single_keys_of_the_scope(ruled: Ruled) -> None:
    config = (
        "[scope]\nwhere = 'amount > 1'\ndeal_types = ['New']\n[connections.acme.scope]\ndeal_types = ['Old']\n"
        "[connections.emea]\nmode = 'observe'\n"
    )
    acme, emea = (ruled(config=config, connection=name) for name in ("acme", "emea"))

    assert (acme.limits.deal_types, emea.limits.deal_types) == (("Old",), ("New",))
    assert acme.scope == emea.scope
    assert acme.fingerprint != emea.fingerprint
