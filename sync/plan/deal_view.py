"""Deals as the planner sees them, built from a judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from rules.model import USER_FIELD, Facts, RuleSet, Severity
from sync.judge.judge import Judged
from sync.model.task_text import FoundRule
from sync.plan.own_tasks import TasksByReason
from sync.plan.tasks import Assignment, DealView


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


class Assignments:
    """Who gets a task: the deal's owner if active, else the manager if active, else the configured fallback."""

    def __init__(self, owners: pl.DataFrame, facts: Facts, fallback: str | None) -> None:
        self._owners = {row["owner_id"]: row for row in owners.iter_rows(named=True)}
        self._facts, self._fallback = facts, fallback

    def of(self, owner_id: str | None) -> Assignment:
        """Find the person for a deal of *owner_id*, with that person's own date and calendar."""
        owner = self._owners.get(owner_id) if owner_id else None
        if owner_id and owner is None:
            # An owner that we cannot see is unknown, not inactive: the CRM decides whether the task may be theirs.
            return self._assignment(owner_id)
        for candidate in (owner, self._owners.get(owner["manager_id"]) if owner else None):
            if candidate is not None and candidate["active"] is not False:
                return self._assignment(candidate["owner_id"], candidate["time_zone"], candidate["country"])
        return self._assignment(self._fallback)

    def to(self, receiver: str, row: Mapping[str, Any]) -> Assignment:
        """Find who gets a task by a family's ``to``; where that is nobody, it is as for the deal's owner."""
        owner_id: str | None = row["owner_id"]
        if receiver == "manager":
            owner = self._owners.get(owner_id or "")
            manager = self._owners.get(owner["manager_id"]) if owner else None
            return self.of(manager["owner_id"] if manager else owner_id)
        if receiver.startswith(USER_FIELD):
            return self.of(row.get(receiver.removeprefix(USER_FIELD)) or owner_id)
        return self._assignment(self._fallback) if self._fallback else self.of(owner_id)

    def _assignment(self, owner_id: str | None, zone: str | None = None, country: str | None = None) -> Assignment:
        return Assignment(owner_id, self._local_day(zone), self._facts.calendars.of(country))

    def _local_day(self, zone: str | None) -> date:
        if not zone:
            return self._facts.today
        try:
            return self._facts.now.astimezone(ZoneInfo(zone)).date()
        except (ZoneInfoNotFoundError, ValueError):
            return self._facts.today


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
