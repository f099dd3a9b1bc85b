"""A made-up deal as Salesforce rows: the opportunity, its contact roles, its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from sandbox.salesforce.seed.row_values import (
    Row,
    account_id,
    contact_id,
    opportunity_id,
    record_of_deal,
    stamp,
    user_id,
)
from sandbox.salesforce.seed.stages import KNOWN_STAGES, STAGE_OF_PHASE, Stage, forecast_name
from sandbox.story.model import BuyingRole, Deal, Element, Phase, Step

_ROLE_VALUES: Mapping[BuyingRole, tuple[str, ...]] = {
    BuyingRole.CHAMPION: ("Champion",),
    BuyingRole.ECONOMIC_BUYER: ("Economic Buyer", "Economic Buyer", "Economic Buyer", "Economic Decision Maker"),
    BuyingRole.TECHNICAL: ("Technical Buyer", "Evaluator"),
    BuyingRole.USER: ("Business User",),
    BuyingRole.PROCUREMENT: ("Procurement",),
    BuyingRole.LEGAL: ("Legal",),
    BuyingRole.SECURITY: ("Security",),
    BuyingRole.EXEC_SPONSOR: ("Executive Sponsor",),
    BuyingRole.INFLUENCER: ("Influencer",),
    BuyingRole.BLOCKER: ("Blocker",),
    BuyingRole.OTHER: ("Other",),
}
"""Picklist values that sellers choose for a role; which one depends on the deal."""

CRITERIA_LEVELS = ("0 - Unknown", "1 - Identified", "2 - Confirmed", "3 - Documented")

_TEXT_FIELDS: Mapping[Element, str] = {
    Element.METRICS: "Metrics__c",
    Element.DECISION_CRITERIA: "Decision_Criteria__c",
    Element.DECISION_PROCESS: "Decision_Process__c",
    Element.PAPER_PROCESS: "Paper_Process__c",
    Element.IMPLICATE_PAIN: "Implicate_Pain__c",
    Element.COMPETITION: "Competition__c",
}


def deal_rows(deal: Deal, now: datetime) -> Iterator[tuple[str, Row]]:
    """Return (object, row) for the deal and what hangs on it, activities apart."""
    yield "Opportunity", _opportunity(deal, now)
    for place, role in enumerate(deal.roles):
        since = stamp(role.since)
        values = _ROLE_VALUES[role.role] if role.role else (None,)
        row = {
            "Id": record_of_deal("00K", deal.index, place),
            "OpportunityId": opportunity_id(deal.index),
            "ContactId": contact_id(role.contact),
            "Role": values[deal.index % len(values)],
            "IsPrimary": role.is_primary,
        }
        yield "OpportunityContactRole", row | _audit(deal, since, since)
    yield from (("OpportunityHistory", row) for row in _history(deal))
    yield from (("OpportunityFieldHistory", row) for row in _field_history(deal))


def stage_of(step: Step) -> Stage:
    """Return the stage of a deal at *step*."""
    if step.outcome == "open":
        return STAGE_OF_PHASE[step.phase]
    return KNOWN_STAGES["Closed Won" if step.outcome == "won" else "Closed Lost"]


def _audit(deal: Deal, created: str, modified: str, stamped: str | None = None) -> Row:
    owner = user_id(deal.owner)
    return {
        "CreatedById": owner,
        "CreatedDate": created,
        "LastModifiedById": owner,
        "LastModifiedDate": modified,
        "SystemModstamp": stamped or modified,
    }


def _opportunity(deal: Deal, now: datetime) -> Row:
    step = deal.current_step
    stage = stage_of(step)
    # A logged touch moves LastActivityDate, which moves the stamp but not the modification date.
    moved = max([step.at, *(touch.at for touch in deal.touches if touch.at <= now and touch.linked)])
    row: Row = {
        "Id": opportunity_id(deal.index),
        "Name": deal.name,
        "AccountId": account_id(deal.account),
        "OwnerId": user_id(deal.owner),
        "StageName": stage.name,
        "IsClosed": stage.is_closed,
        "IsWon": stage.is_won,
        "Amount": step.amount,
        "Probability": stage.probability,
        "ExpectedRevenue": _expected(step.amount, stage),
        "CloseDate": step.close_date.isoformat(),
        "ForecastCategory": stage.forecast,
        "ForecastCategoryName": forecast_name(stage.forecast),
        "Type": deal.deal_type,
        "LeadSource": "Partner Referral" if deal.partner else deal.lead_source,
        "NextStep": deal.next_step,
        "LastStageChangeDate": stamp(deal.stage_entered_at),
    }
    return row | _playbook_values(deal) | _audit(deal, stamp(deal.created_at), stamp(step.at), stamp(moved))


def _playbook_values(deal: Deal) -> Row:
    row: Row = {field: deal.answers[element].text for element, field in _TEXT_FIELDS.items()}
    criteria, paper = deal.answers[Element.DECISION_CRITERIA], deal.answers[Element.PAPER_PROCESS]
    row["Decision_Criteria_Level__c"] = CRITERIA_LEVELS[criteria.level] if criteria.text else None
    row["Paper_Process_Started__c"] = paper.level > 0 and deal.current_step.phase.rank >= Phase.EVALUATION.rank
    for role, field in ((BuyingRole.ECONOMIC_BUYER, "Economic_Buyer__c"), (BuyingRole.CHAMPION, "Champion__c")):
        holder = deal.contact_in(role)
        # Some sellers keep the role row and forget the lookup.
        row[field] = contact_id(holder) if holder is not None and deal.index % 7 else None
    return row


def _history(deal: Deal) -> Iterator[Row]:
    before: Step | None = None
    for place, step in enumerate(deal.steps):
        stage, at = stage_of(step), stamp(step.at)
        yield {
            "Id": record_of_deal("008", deal.index, place),
            "OpportunityId": opportunity_id(deal.index),
            "StageName": stage.name,
            "Amount": step.amount,
            "ExpectedRevenue": _expected(step.amount, stage),
            "CloseDate": step.close_date.isoformat(),
            "Probability": stage.probability,
            "FromForecastCategory": stage_of(before).forecast if before else stage.forecast,
            "ForecastCategory": stage.forecast,
            "PrevAmount": before.amount if before else None,
            "PrevCloseDate": before.close_date.isoformat() if before else None,
            "CreatedById": user_id(deal.owner),
            "CreatedDate": at,
            "SystemModstamp": at,
        }
        before = step


def _field_history(deal: Deal) -> Iterator[Row]:
    place = 0
    for before, step in pairwise(deal.steps):
        at = stamp(step.at)
        old, new = _tracked(before), _tracked(step)
        for field in (name for name in new if old[name] != new[name]):
            yield {
                "Id": record_of_deal("017", deal.index, place),
                "OpportunityId": opportunity_id(deal.index),
                "Field": field,
                "DataType": {"Amount": "Currency", "CloseDate": "DateOnly"}.get(field, "Text"),
                "OldValue": old[field],
                "NewValue": new[field],
                "CreatedById": user_id(deal.owner),
                "CreatedDate": at,
            }
            place += 1


def _tracked(step: Step) -> Row:
    return {"StageName": stage_of(step).name, "Amount": step.amount, "CloseDate": step.close_date.isoformat()}


def _expected(amount: int | None, stage: Stage) -> float | None:
    return None if amount is None or stage.probability is None else amount * stage.probability / 100
