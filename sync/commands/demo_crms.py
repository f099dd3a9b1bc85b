"""What the simulated CRMs of the demo hold after a cycle, as a rep would see it there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.row_values import record_id
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.row_values import opportunity_id


@dataclass(frozen=True, slots=True)
class ScoredDeal:
    """An open deal with its score; *number* is the same in both CRMs, and two deals may have the same name."""

    number: int
    name: str
    owner: str
    score: float
    band: str
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class MadeTask:
    """A managed task: due day, owner and subject."""

    due: str
    owner: str
    subject: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The scored deals, riskiest first, and the managed tasks, soonest first, of a CRM."""

    crm: str
    deals: tuple[ScoredDeal, ...]
    tasks: tuple[MadeTask, ...]


def in_salesforce(org: Org) -> Seen:
    """Look into the simulated Salesforce."""
    people = {row["Id"]: row["Name"] for row in org.table("User")}
    rows = org.table("Opportunity")
    numbers = {opportunity_id(number): number for number in range(len(rows))}
    deals = [
        ScoredDeal(
            numbers[row["Id"]],
            row["Name"],
            people.get(row["OwnerId"], ""),
            float(row["Deal_Risk_Score__c"]),
            row["Deal_Risk_Band__c"] or "",
            float(row["Deal_Risk_Confidence__c"] or 0),
            tuple((row["Deal_Risk_Reasons__c"] or "").splitlines()),
        )
        for row in rows
        if row.get("Deal_Risk_Score__c") is not None and not row["IsClosed"]
    ]
    tasks = [
        MadeTask(row["ActivityDate"] or "", people.get(row["OwnerId"], ""), row["Subject"])
        for row in org.table("Task")
        if row.get("Dealwarden_Key__c") and not row["IsDeleted"]
    ]
    return _seen("Salesforce", deals, tasks)


def in_hubspot(portal: Portal) -> Seen:
    """Look into the simulated HubSpot."""
    people = {owner.id: f"{owner.first_name} {owner.last_name}".strip() for owner in portal.schema.owners.values()}
    rows = _properties(portal, "deals")
    numbers = {str(record_id("deals", number)): number for number in range(len(rows))}
    deals = [
        ScoredDeal(
            numbers[row["hs_object_id"]],
            row["dealname"],
            people.get(row["hubspot_owner_id"] or "", ""),
            float(row["deal_risk_score"]),
            row.get("deal_risk_band") or "",
            float(row.get("deal_risk_confidence") or 0),
            tuple((row.get("deal_risk_reasons") or "").splitlines()),
        )
        for row in rows
        if row.get("deal_risk_score") and row.get("hs_is_closed") != "true"
    ]
    tasks = [
        MadeTask(
            (row.get("hs_timestamp") or "")[:10], people.get(row["hubspot_owner_id"] or "", ""), row["hs_task_subject"]
        )
        for row in _properties(portal, "tasks")
        if row.get("dealwarden_key")
    ]
    return _seen("HubSpot", deals, tasks)


def _seen(crm: str, deals: Iterable[ScoredDeal], tasks: Iterable[MadeTask]) -> Seen:
    return Seen(crm, tuple(sorted(deals, key=lambda deal: (-deal.score, deal.name, deal.number))), tuple(sorted(tasks)))


def _properties(portal: Portal, plural: str) -> Sequence[dict[str, Any]]:
    return [row["properties"] for row in portal.table(plural) if not row["archived"]]
