"""Custom properties: the product's own, and those in which a seeded portal keeps its MEDDPICC answers."""

from __future__ import annotations

from dataclasses import replace

from sandbox.hubspot.portal.definitions import BOOLEAN_OPTIONS, Option, Property
from sandbox.hubspot.portal.portal import Portal
from sandbox.story.model import BuyingRole

_CREATED = "2026-01-12T15:04:31.117Z"
_DEALS, _TASKS = "dealinformation", "task_information"


def _custom(group: str, name: str, label: str, field_type: str = "text", *, unique: bool = False) -> Property:
    return Property(name, label, "string", field_type, group, unique=unique, standard=False, created=_CREATED)


def _on_deals(name: str, label: str, kind: str, field_type: str, options: tuple[Option, ...] = ()) -> Property:
    return Property(name, label, kind, field_type, _DEALS, options=options, standard=False, created=_CREATED)


_OUR_PROPERTIES: tuple[tuple[str, Property], ...] = (
    ("tasks", _custom(_TASKS, "dealwarden_key", "Dealwarden key", unique=True)),
    ("tasks", _custom(_TASKS, "dealwarden_reason", "Dealwarden reason")),
    ("tasks", _custom(_TASKS, "dealwarden_answer", "Dealwarden answer")),
    ("deals", _on_deals("deal_risk_score", "Deal risk score", "number", "number")),
    ("deals", _custom(_DEALS, "deal_risk_band", "Deal risk band")),
    ("deals", _on_deals("deal_risk_confidence", "Deal risk confidence", "number", "number")),
    ("deals", _custom(_DEALS, "deal_risk_reasons", "Deal risk reasons", "textarea")),
    ("deals", _on_deals("deal_risk_as_of", "Deal risk as of", "date", "date")),
)

CRITERIA_LEVELS = ("0 - Unknown", "1 - Identified", "2 - Confirmed", "3 - Documented")

_PLAYBOOK_PROPERTIES: tuple[Property, ...] = (
    *(
        _custom(_DEALS, f"dw_{label.lower().replace(' ', '_')}", label, "textarea")
        for label in (
            "Metrics",
            "Decision criteria",
            "Decision process",
            "Paper process",
            "Implicate pain",
            "Competition",
        )
    ),
    _on_deals(
        "dw_decision_criteria_level",
        "Decision criteria level",
        "enumeration",
        "select",
        tuple(Option(label[0], label) for label in CRITERIA_LEVELS),
    ),
    _on_deals("dw_paper_process_started", "Paper process started", "bool", "booleancheckbox", BOOLEAN_OPTIONS),
)

ROLE_LABELS: dict[BuyingRole, str] = {
    BuyingRole.ECONOMIC_BUYER: "Economic buyer",
    BuyingRole.CHAMPION: "Champion",
    BuyingRole.TECHNICAL: "Technical evaluator",
    BuyingRole.USER: "End user",
    BuyingRole.PROCUREMENT: "Procurement",
    BuyingRole.LEGAL: "Legal",
    BuyingRole.SECURITY: "IT security",
    BuyingRole.EXEC_SPONSOR: "Executive sponsor",
    BuyingRole.INFLUENCER: "Influencer",
    BuyingRole.BLOCKER: "Blocker",
    BuyingRole.OTHER: "Other",
}
"""The labels that a seeded portal has between deals and contacts."""


def provision(portal: Portal) -> None:
    """Put the product's own properties on the schema, as its administrator would."""
    for object_type, known in _OUR_PROPERTIES:
        _install(portal, object_type, known)


def provision_playbook(portal: Portal) -> None:
    """Put on the schema what a seeded portal has of its own: MEDDPICC properties, a deal type, labels for roles."""
    for known in _PLAYBOOK_PROPERTIES:
        _install(portal, "deals", known)
    deal_type = portal.schema.all("deals")["dealtype"]
    renewal = Option("Renewal", "Renewal")  # what people add has its label as its value
    if renewal not in deal_type.options:
        portal.schema.install("deals", replace(deal_type, options=(*deal_type.options, renewal)))
    present = {known.label for known in portal.labels("deals", "contacts")}
    for label in ROLE_LABELS.values():
        if label not in present:
            portal.add_label("deals", "contacts", label)


def _install(portal: Portal, object_type: str, known: Property) -> None:
    if known.name not in portal.schema.all(object_type):
        portal.schema.install(object_type, known)
