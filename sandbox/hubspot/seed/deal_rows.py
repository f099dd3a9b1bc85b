"""A made-up deal as HubSpot keeps it: the record, its history, its company and its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.pipelines import Stage
from sandbox.hubspot.seed.provision import ROLE_LABELS
from sandbox.hubspot.seed.row_values import LinkRow, Links, Row, midday, owner_id, record_id, user_id
from sandbox.hubspot.seed.seeded_stages import FORECAST_OF_STAGE, SEEDED_PIPELINE, stage_for
from sandbox.story.model import BuyingRole, Deal, Element, Phase, Step
from sandbox.story.story import CONTACTS_PER_ACCOUNT

_TEXTS: Mapping[Element, str] = {
    Element.METRICS: "dw_metrics",
    Element.DECISION_CRITERIA: "dw_decision_criteria",
    Element.DECISION_PROCESS: "dw_decision_process",
    Element.PAPER_PROCESS: "dw_paper_process",
    Element.IMPLICATE_PAIN: "dw_implicate_pain",
    Element.COMPETITION: "dw_competition",
}
_DEAL_TYPES = {"New Business": "newbusiness", "Existing Business": "existingbusiness"}

HistoryRow = tuple[int, str, str, str | None, str | None]

_CONTACT_WIDE: Mapping[int, tuple[BuyingRole, str]] = {
    5: (BuyingRole.LEGAL, "LEGAL_AND_COMPLIANCE"),
    7: (BuyingRole.EXEC_SPONSOR, "EXECUTIVE_SPONSOR"),
}
"""Places on an account's list whose people have the same role on every deal."""


def contact_wide_role(contact: int) -> tuple[BuyingRole, str] | None:
    """Return the role that is kept on the contact itself, and its value there, for those who have it nowhere else."""
    account, place = divmod(contact, CONTACTS_PER_ACCOUNT)
    return _CONTACT_WIDE.get(place) if account % 3 == 0 else None


def deal_row(deal: Deal, now: datetime) -> Row:
    """Return the record of a deal."""
    step = deal.current_step
    stage = _stage(step)
    moved = max([step.at, *(touch.at for touch in deal.touches if touch.at <= now and touch.linked)])
    row: Row = {
        "hs_object_id": str(record_id("deals", deal.index)),
        "dealname": deal.name,
        "pipeline": SEEDED_PIPELINE.id,
        "dealstage": stage.id,
        "amount": None if step.amount is None else str(step.amount),
        "closedate": midday(step.close_date),
        "dealtype": _DEAL_TYPES.get(deal.deal_type, deal.deal_type),
        "deal_currency_code": "USD",
        "hs_next_step": deal.next_step,
        "hs_manual_forecast_category": FORECAST_OF_STAGE[stage.id],
        "hubspot_owner_id": owner_id(deal.owner),
        "hubspot_owner_assigneddate": stamp(deal.created_at),
        "createdate": stamp(deal.created_at),
        "hs_lastmodifieddate": stamp(moved),
        "hs_created_by_user_id": user_id(deal.owner),
        "hs_updated_by_user_id": user_id(deal.owner),
        "hs_object_source": "CRM_UI",
        "hs_v2_date_entered_current_stage": stamp(deal.stage_entered_at),
    }
    return row | _playbook(deal) | _stays(deal)


def deal_links(deal: Deal, links: Links) -> Iterator[LinkRow]:
    """Return the associations of a deal with its company and its people, whose roles are labels."""
    here = ("deals", record_id("deals", deal.index))
    yield from links.between(here, ("companies", record_id("companies", deal.account)), "Primary")
    held: defaultdict[int, list[str]] = defaultdict(list)
    for role in deal.roles:
        wide = contact_wide_role(role.contact)
        labels = held[role.contact]
        if role.role is not None and (wide is None or wide[0] is not role.role):
            labels.append(ROLE_LABELS[role.role])
    for contact, labels in held.items():
        yield from links.between(here, ("contacts", record_id("contacts", contact)), *labels)


def deal_history(deal: Deal) -> Iterator[HistoryRow]:
    """Return every value that stage, amount and close date have had, the first ones included."""
    before: dict[str, str | None] = {}
    for step in deal.steps:
        values = {
            "dealstage": _stage(step).id,
            "amount": None if step.amount is None else str(step.amount),
            "closedate": midday(step.close_date),
        }
        for name, value in values.items():
            if before.get(name) != value:
                yield record_id("deals", deal.index), name, stamp(step.at), value, user_id(deal.owner)
        before = values


def _stage(step: Step) -> Stage:
    return stage_for(step.phase, step.outcome)


def _playbook(deal: Deal) -> Row:
    row: Row = {name: deal.answers[element].text for element, name in _TEXTS.items()}
    criteria, paper = deal.answers[Element.DECISION_CRITERIA], deal.answers[Element.PAPER_PROCESS]
    row["dw_decision_criteria_level"] = str(criteria.level) if criteria.text else None
    started = paper.level > 0 and deal.current_step.phase.rank >= Phase.EVALUATION.rank
    row["dw_paper_process_started"] = "true" if started else "false"
    return row


def _stays(deal: Deal) -> Row:
    """Return when the deal entered and left each stage that it has been in."""
    row: Row = {}
    here = None
    for step in deal.steps:
        suffix = _stage(step).property_suffix
        if suffix != here:
            row[f"hs_v2_date_entered_{suffix}"] = stamp(step.at)
            row[f"hs_v2_date_exited_{suffix}"] = None
            if here is not None:
                row[f"hs_v2_date_exited_{here}"] = stamp(step.at)
        here = suffix
    return row
