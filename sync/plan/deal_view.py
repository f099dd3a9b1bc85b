"""Deals as the planner sees them, built from a judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from rules.model import Facts, Family, Mode, RuleSet, Severity
from sync.judge.judge import Judged
from sync.model.finding import Finding
from sync.model.own_task import TasksByReason
from sync.plan.assignment import Assignment, Assignments
from sync.plan.signal_row import SignalRow


@dataclass(frozen=True, slots=True)
class DealView:
    """One open deal as the planner sees it.

    *findings* are the rules that hold, by family, *unknown* the ids of rules that could not be judged, *excluded* why
    the deal is not judged, if so. *changed* says that the CRM changed something about the deal since the last
    judgement, which is what lets a body be rewritten for its wording alone. *receivers* are those who get tasks by
    another word of a family's ``to`` than the deal's owner.
    """

    deal_id: str
    name: str
    findings: Mapping[str, tuple[Finding, ...]]
    digest_only: Mapping[str, tuple[Finding, ...]]
    unknown: frozenset[str]
    excluded: str
    changed: bool
    values: Mapping[str, Any]
    assignment: Assignment
    receivers: Mapping[str, Assignment] = field(default_factory=dict)

    def receiver(self, family: Family) -> Assignment:
        """Return who gets the tasks of *family*."""
        return self.receivers.get(family.to, self.assignment)


def views(
    judged: Judged,
    tasks: TasksByReason,
    ruleset: RuleSet,
    facts: Facts,
    changed: Collection[str] | None,
    fallback_owner: str | None,
) -> Iterator[DealView]:
    """Yield the deals that have a finding or a managed task; about all others there is nothing to plan.

    Those outside the pilot are excluded as if out of scope; one of which it is unknown is not among them at all.

    *changed* are the deals that the CRM changed since the last judgement; None says that this is not known, and then
    nothing counts as changed.
    """
    excluded = {**judged.outside, **judged.excluded}
    holding = findings_by_deal(judged.findings, ruleset)
    with_tasks = {deal_id for deal_id, _ in tasks}
    unknown = _unknown_rules(judged.verdicts, ruleset, with_tasks)
    assignments = Assignments(judged.owners, facts, fallback_owner)
    receivers = _receivers(ruleset)
    for at, deal_id, name, owner_id in _concerned(judged.signals, holding.keys() | with_tasks):
        values = SignalRow(judged.signals, at)
        yield DealView(
            deal_id=deal_id,
            name=name or "",
            findings=_of_mode(holding.get(deal_id, {}), "on"),
            digest_only=_of_mode(holding.get(deal_id, {}), "digest"),
            unknown=unknown.get(deal_id, _NONE),
            excluded=excluded.get(deal_id, ""),
            changed=changed is not None and deal_id in changed,
            values=values,
            assignment=assignments.of(owner_id),
            receivers={to: assignments.to(to, values) for to in receivers},
        )


def _concerned(signals: pl.DataFrame, deals: Collection[str]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """Yield row, id, name and owner of each of *deals* of which it is known whether it is in the pilot."""
    named = pl.col("deal_id").is_in(list(deals)) & pl.col("in_pilot").is_not_null()
    yield from signals.with_row_index("at").filter(named).select("at", "deal_id", "name", "owner_id").iter_rows()


def _receivers(ruleset: RuleSet) -> list[str]:
    """Return the words by which families name who else than the deal's owner gets tasks, or reads of late ones."""
    words = {family.to for family in ruleset.families.values()} - {"deal_owner"}
    # The manager reads of tasks that are open for long, and of critical findings that have no task.
    return sorted(words | {"manager"})


_OF_FINDING: Final = ("rule_id", "severity", "carries", "worth", "explained_by", "limit", "happened_on")
_NONE: Final[frozenset[str]] = frozenset()


def _of_mode(findings: Mapping[str, tuple[Finding, ...]], mode: Mode) -> dict[str, tuple[Finding, ...]]:
    kept = {name: tuple(finding for finding in held if finding.rule.mode == mode) for name, held in findings.items()}
    return {name: held for name, held in kept.items() if held}


def findings_by_deal(findings: pl.DataFrame, ruleset: RuleSet) -> dict[str, dict[str, tuple[Finding, ...]]]:
    """Return the findings of each deal that has any, by family."""
    rules = {rule.id: rule for rule in ruleset.rules}
    # One value for all deals on which a rule holds alike: a million deals have few different findings.
    shared: dict[tuple[Any, ...], Finding] = {}
    by_deal: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for deal_id, *values in findings.select("deal_id", *_OF_FINDING).iter_rows():
        kind = tuple(values)
        finding = shared.get(kind)
        if finding is None:
            rule_id, severity, carries, *rest = values
            finding = shared[kind] = Finding(rules[rule_id], Severity(severity), Severity(carries), *rest)
        by_deal[deal_id][finding.rule.family].append(finding)
    return {deal: {family: tuple(rows) for family, rows in families.items()} for deal, families in by_deal.items()}


def _unknown_rules(verdicts: pl.DataFrame, ruleset: RuleSet, deals: Collection[str]) -> dict[str, frozenset[str]]:
    rules = [rule.id for rule in ruleset.rules if rule.id in verdicts.columns]
    rows = verdicts.filter(pl.col("deal_id").is_in(list(deals)))
    return {
        row["deal_id"]: frozenset(rule_id for rule_id in rules if row[rule_id] is None)
        for row in rows.iter_rows(named=True)
    }
