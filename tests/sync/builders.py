"""Small rule sets and deals for the planner's tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from rules.days.business_days import PLAIN
from rules.language.location import Location
from rules.model import Family, Gates, Rule, RuleSet, Severity
from sync.config.sections import Tasks
from sync.model.finding import Finding
from sync.model.limits import NO_CAPS
from sync.plan.assignment import Assignment
from sync.plan.deal_view import DealView
from sync.plan.policy import Policy

TODAY = date(2026, 6, 15)
DEAL = "006000000000001AAA"


def rule(rule_id: str, family: str) -> Rule:
    return Rule(
        id=rule_id,
        title=rule_id.replace("-", " ").capitalize(),
        family=family,
        pack="test",
        location=Location("test.toml"),
        evidence="{{ deal.name }} is worth {{ amount }}",
        advice="Do something about it",
        done="It is done",
    )


SLIP = rule("slip-rule", "slip")
HYGIENE = rule("hygiene-rule", "hygiene")


def finding(rule: Rule, severity: Severity, **keys: Any) -> Finding:
    """A finding that nothing explains, and that explains nothing unless *keys* say so."""
    return Finding(rule, severity, keys.pop("carries", severity), **keys)


def small_policy() -> Policy:
    families = {
        name: Family(name, {Severity.HIGH: 10.0}, f"Look at {{{{ deal.name }}}} for {name}", due=3)
        for name in ("slip", "hygiene")
    }
    ruleset = RuleSet((SLIP, HYGIENE), families, (), None, Gates(), "f")
    tasks = Tasks()
    return Policy(
        connection="acme",
        ruleset=ruleset,
        families=frozenset(families),
        today=TODAY,
        from_severity=Severity[tasks.from_severity.upper()],
        subject_prefix=tasks.subject_prefix,
        cooldown=tasks.cooldown,
        calendar=PLAIN,
        caps=NO_CAPS,
    )


def view(**changes: Any) -> DealView:
    values = {
        "deal_id": DEAL,
        "name": "Globex renewal",
        "findings": {"slip": (finding(SLIP, Severity.HIGH),)},
        "digest_only": {},
        "unknown": frozenset(),
        "excluded": "",
        "changed": False,
        "values": {"deal": {"name": "Globex renewal"}, "amount": 5000.0},
        "assignment": Assignment("005000000000001AAA", TODAY),
    }
    return DealView(**(values | changes))
