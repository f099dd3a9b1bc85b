"""Custom fields: the product's own, and those in which a seeded org keeps its MEDDPICC answers."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.data.schema import Field, custom_field
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.deal_rows import CRITERIA_LEVELS

_LONG_TEXT = 32_000

_OUR_FIELDS: tuple[tuple[str, Field], ...] = (
    (
        "Activity",
        custom_field(
            "Dealwarden_Key__c", "string", "Dealwarden Key",
            length=80, external_id=True, unique=True, case_sensitive=True,
        ),
    ),
    ("Activity", custom_field("Dealwarden_Reason__c", "string", "Dealwarden Reason", length=255)),
    ("Activity", custom_field("Dealwarden_Answer__c", "string", "Dealwarden Answer", length=255)),
    ("Opportunity", custom_field("Deal_Risk_Score__c", "double", "Deal Risk Score", precision=3, scale=0)),
    ("Opportunity", custom_field("Deal_Risk_Band__c", "string", "Deal Risk Band", length=40)),
    ("Opportunity", custom_field("Deal_Risk_Confidence__c", "double", "Deal Risk Confidence", precision=3, scale=0)),
    ("Opportunity", custom_field("Deal_Risk_Reasons__c", "textarea", "Deal Risk Reasons", length=_LONG_TEXT)),
    ("Opportunity", custom_field("Deal_Risk_As_Of__c", "date", "Deal Risk As Of")),
)  # fmt: skip

_PLAYBOOK_FIELDS: tuple[Field, ...] = (
    *(
        custom_field(f"{name.replace(' ', '_')}__c", "textarea", name, length=_LONG_TEXT)
        for name in (
            "Metrics",
            "Decision Criteria",
            "Decision Process",
            "Paper Process",
            "Implicate Pain",
            "Competition",
        )
    ),
    custom_field(
        "Decision_Criteria_Level__c", "picklist", "Decision Criteria Level", length=255, values=CRITERIA_LEVELS
    ),
    custom_field("Paper_Process_Started__c", "boolean", "Paper Process Started"),
    custom_field("Economic_Buyer__c", "reference", "Economic Buyer", length=18, reference_to=("Contact",)),
    custom_field("Champion__c", "reference", "Champion", length=18, reference_to=("Contact",)),
)

_EXTRA_ROLES = ("Champion", "Procurement", "Legal", "Security", "Blocker")


def provision(org: Org) -> None:
    """Put the product's own fields on the schema, as its administrator would deploy them."""
    for sobject, field in _OUR_FIELDS:
        org.schema.add_field(sobject, field)


def provision_playbook(org: Org) -> None:
    """Put on the schema what a seeded org has of its own: MEDDPICC fields, and roles beyond the standard nine."""
    for field in _PLAYBOOK_FIELDS:
        org.schema.add_field("Opportunity", field)
    # The standard list has no champion: orgs that sell by MEDDPICC add roles.
    roles = org.schema.objects["OpportunityContactRole"]
    standard = roles.fields["Role"]
    missing = tuple(role for role in _EXTRA_ROLES if role not in standard.picklist)
    roles.add(replace(standard, values=(*standard.values, *missing)))
