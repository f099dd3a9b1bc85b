"""Deals as the planner sees them, built from a judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rules.model import Facts, Family, RuleSet, Severity
from sync.judge.judge import Judged
from sync.model.own_task import TasksByReason
from sync.model.task_text import FoundRule
from sync.plan.assignment import Assignment, Assignments


@dataclass(frozen=True, slots=True)
class DealView:
    """One open deal as the planner sees it.

    *found* are the rules that hold, by family, *unknown* the ids of rules that could not be judged. *changed* says that
    the CRM changed something about the deal since the last judgement, which is what lets a body be rewritten for its
    wording alone. *receivers* are those who get tasks by another word of a family's ``to`` than the deal's owner.
    """

    deal_id: str
    name: str
    found: Mapping[str, tuple[FoundRule, ...]]
    unknown: frozenset[str]
    left_alone: str
    changed: bool
    values: Mapping[str, Any]
    assignment: Assignment
    receivers: Mapping[str, Assignment] = field(default_factory=dict)

    def receiver(self, family: Family) -> Assignment:
        """Give who gets the tasks of *family*."""
        return self.receivers.get(family.to, self.assignment)


def views(
    judged: Judged,
    tasks: TasksByReason,
    ruleset: RuleSet,
    facts: Facts,
    changed: Collection[str] | None,
    fallback_owner: str | None,
) -> Iterator[DealView]:
    """Give the deals that have a finding or a task of ours; about all others there is nothing to plan.

    Those outside the pilot are left alone as if out of scope; one of which it is unknown is not given at all.

    *changed* are the deals that the CRM changed since the last judgement; None says that this is not known, and then
    nothing counts as changed.
    """
    left_alone = {**judged.outside, **judged.left_alone}
    found = found_rules(judged.findings, ruleset)
    with_tasks = {deal_id for deal_id, _ in tasks}
    named = pl.col("deal_id").is_in(list(found.keys() | with_tasks))
    concerned = judged.signals.filter(named & pl.col("in_pilot").is_not_null())
    unknown = _unknown_rules(judged.verdicts, ruleset, with_tasks)
    assign = Assignments(judged.owners, facts, fallback_owner)
    others = {family.to for family in ruleset.families.values()} - {"deal_owner"}
    if any(family.escalate_after for family in ruleset.families.values()):
        others.add("manager")
    for row in concerned.iter_rows(named=True):
        deal_id = row["deal_id"]
        yield DealView(
            deal_id=deal_id,
            name=row["name"] or "",
            found=found.get(deal_id, {}),
            unknown=unknown.get(deal_id, frozenset()),
            left_alone=left_alone.get(deal_id, ""),
            changed=changed is not None and deal_id in changed,
            values=template_values(row),
            assignment=assign.of(row["owner_id"]),
            receivers={to: assign.to(to, row) for to in others},
        )


def template_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what templates may name: every signal, and the deal's own name as ``deal.name``."""
    return {**row, "deal": {"name": row["name"] or "this deal", "id": row["deal_id"]}}


def found_rules(findings: pl.DataFrame, ruleset: RuleSet) -> dict[str, dict[str, tuple[FoundRule, ...]]]:
    """Give what holds on each deal that has a finding, by family."""
    rules = {rule.id: rule for rule in ruleset.rules}
    by_deal: dict[str, dict[str, list[FoundRule]]] = defaultdict(lambda: defaultdict(list))
    for deal_id, rule_id, severity in findings.select("deal_id", "rule_id", "severity").iter_rows():
        rule = rules[rule_id]
        by_deal[deal_id][rule.family].append(FoundRule(rule, Severity(severity)))
    return {deal: {family: tuple(rows) for family, rows in families.items()} for deal, families in by_deal.items()}


def _unknown_rules(verdicts: pl.DataFrame, ruleset: RuleSet, deals: Collection[str]) -> dict[str, frozenset[str]]:
    rules = [rule.id for rule in ruleset.rules if rule.id in verdicts.columns]
    rows = verdicts.filter(pl.col("deal_id").is_in(list(deals)))
    return {
        row["deal_id"]: frozenset(rule_id for rule_id in rules if row[rule_id] is None)
        for row in rows.iter_rows(named=True)
    }
