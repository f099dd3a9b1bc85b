"""The names that exports give to canonical columns: HubSpot's screen exports, Salesforce's reports, both CRMs' APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from connectors.tables import TABLES

_ALIASES: Final[Mapping[str, Mapping[str, str]]] = {
    "deals": {
        "deal_id": "record id, deal id, opportunity id, opportunity: id, id, hs object id, deal record id, casesafeid",
        "name": "deal name, opportunity name, opportunity, dealname",
        "account_id": """account id, associated company ids, primary associated company id, company id,
            associated company (primary) id, hs primary associated company, account name, associated company,
            primary associated company, associated company (primary), company name""",
        "owner_id": """owner id, deal owner id, opportunity owner id, hubspot owner id, deal owner, opportunity owner,
            owner, owner name, opportunity owner: full name, owner: full name, owner full name""",
        "amount": """amount in company currency, amount in home currency, amount (converted), converted amount,
            amount in corporate currency""",
        "amount_original": "amount, deal amount, opportunity amount",
        "currency": "currency, deal currency code, amount currency, currency iso code, opportunity currency",
        "pipeline": "deal pipeline, sales pipeline, deal pipeline id",
        "stage_id": "deal stage, stage, stage name, dealstage, opportunity stage, deal pipeline stage id",
        "stage_entered_at": """last stage change date, date entered current stage, stage entered,
            hs v2 date entered current stage""",
        "is_closed": "closed, is deal closed?, hs is closed, is closed (numeric), deal closed",
        "is_won": "won, is closed won, hs is closed won, is deal won?",
        "closed_at": "closed at, closed on",
        "forecast_category": "forecast category name, hs manual forecast category",
        "probability": "probability (%), deal probability, hs deal stage probability",
        "close_date": "closedate, expected close date, opportunity close date",
        "created_at": "create date, created date, createdate, created, deal created date, opportunity created date",
        "modified_at": "last modified date, last modified, hs lastmodifieddate",
        "next_step": "next steps, hs next step",
        "deal_type": "type, dealtype, opportunity type",
        "record_type": "opportunity record type, record type id, record type name",
        "last_activity_on": "last activity date, last activity, last contacted, notes last contacted",
    },
    "accounts": {
        "account_id": "record id, company id, id, hs object id",
        "name": "company name, account name, company",
        "parent_id": "parent account id, parent company id, parent account, parent company",
        "employees": "number of employees, numberofemployees, employees",
        "country": "country/region, billing country, billingcountry, company country",
        "owner_id": "owner id, company owner, account owner, owner, hubspot owner id",
    },
    "contacts": {
        "contact_id": "record id, id, hs object id, contact id",
        "account_id": """primary associated company id, associated company ids, associated company id, account id,
            associated company, account name""",
        "name": "full name, contact name",
        "title": "job title, jobtitle",
    },
    "roles": {
        "deal_id": "opportunity id, record id - deal, opportunity name, deal name",
        "contact_id": "contact: id, record id - contact, contact name, contact",
        "raw_role": "contact role, buying role, role name, association label",
        "is_primary": "primary",
    },
    "owners": {
        "owner_id": "user id, id, hubspot owner id",
        "name": "full name, user, owner name",
        "active": "is active",
        "email": "e-mail, email address, username",
        "team": "department, main team",
        "time_zone": "time zone sid key, timezone",
    },
    "stages": {
        "stage_id": "stage name, api name, stage, master label",
        "label": "stage label, master label",
        "rank": "sort order, display order, order",
        "is_closed": "closed",
        "is_won": "won",
    },
    "touches": {
        "touch_id": "activity id, task id, event id, record id, id",
        "at": "date, activity date, start date time, start, meeting start time",
        "kind": "activity type, type",
        "owner_id": "assigned to, assigned, owner, activity assigned to",
    },
}
"""By table and column, the names in the order of preference: an id before a name, a conversion before the original."""


def canonical_names(table: str, header: Sequence[str], mapped: Sequence[str] = ()) -> dict[str, str]:
    """Return, for each canonical column, the column of an export that is read as it.

    A canonical name counts before any alias; letters and digits alone matter. A column that is mapped as an extra keeps
    its own name too. An export's column is read at most once.
    """
    # Loaders into warehouses write a CRM's own properties with a prefix.
    folded = {_folded(name.removeprefix("property_")): name for name in reversed(header) if name}
    # "Amount" on a CRM's screen is the deal's own amount; only dealwarden's own name says that it is converted.
    columns = {
        column: folded[_folded(column)]
        for column in TABLES[table].names()
        if _folded(column) in folded and (column != "amount" or column in header)
    }
    taken = set(columns.values())
    for column, names in _ALIASES.get(table, {}).items():
        alias = next((folded[key] for name in names.split(",") if (key := _folded(name)) in folded), None)
        if column not in columns and alias is not None and alias not in taken and alias not in mapped:
            columns[column] = alias
            taken.add(alias)
    return columns


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
