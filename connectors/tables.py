"""The canonical tables: every CRM is read into these frames and no others.

Times are UTC with microseconds, days are dates. A value that a connection cannot fill is null: that is how "unknown"
enters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

UTC_TIME: Final = pl.Datetime("us", "UTC")

ELEMENTS: Final = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "implicate_pain",
    "champion",
    "competition",
)
"""The eight MEDDPICC elements, in the playbook's order."""

ROLES: Final = (
    "economic_buyer",
    "champion",
    "technical",
    "user",
    "procurement",
    "legal",
    "security",
    "exec_sponsor",
    "influencer",
    "blocker",
    "other",
)
"""The canonical buying roles."""

PHASES: Final = (
    "discovery",
    "qualification",
    "evaluation",
    "business_case",
    "procurement",
    "close",
    "onboarding",
)
"""The playbook's phases, in order: a later phase compares greater."""

_ELEMENT_COLUMNS: dict[str, pl.DataType] = {}
for _element in ELEMENTS:
    _ELEMENT_COLUMNS[f"{_element}_level"] = pl.Int8()
    _ELEMENT_COLUMNS[f"{_element}_filled"] = pl.Boolean()
    _ELEMENT_COLUMNS[f"{_element}_filler"] = pl.Boolean()
    _ELEMENT_COLUMNS[f"{_element}_confirmed_on"] = pl.Date()

DEALS: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "name": pl.String(),
        "account_id": pl.String(),
        "owner_id": pl.String(),
        "amount": pl.Float64(),  # org currency, by dated rate; null without a rate
        "amount_original": pl.Float64(),
        "currency": pl.String(),
        "pipeline": pl.String(),  # Salesforce: always "default", its stages are one list for the org
        "stage_id": pl.String(),
        "stage_entered_at": UTC_TIME,
        "is_closed": pl.Boolean(),
        "is_won": pl.Boolean(),
        "closed_at": UTC_TIME,
        "forecast_category": pl.String(),
        "probability": pl.Float64(),
        "close_date": pl.Date(),
        "created_at": UTC_TIME,
        "modified_at": UTC_TIME,
        "next_step": pl.String(),
        "deal_type": pl.String(),
        "record_type": pl.String(),
        "muted_until": pl.Date(),
        "last_activity_on": pl.Date(),  # the CRM's summary date: may make a silence signal unknown, nothing else
        **_ELEMENT_COLUMNS,
        "extras": pl.String(),  # mapped x_<name> columns as one JSON object
    }
)
ACCOUNTS: Final = pl.Schema(
    {
        "account_id": pl.String(),
        "name": pl.String(),
        "parent_id": pl.String(),
        "industry": pl.String(),
        "employees": pl.Int64(),
        "country": pl.String(),
        "owner_id": pl.String(),
        "extras": pl.String(),
    }
)
CONTACTS: Final = pl.Schema(
    {
        "contact_id": pl.String(),
        "account_id": pl.String(),
        "name": pl.String(),
        "title": pl.String(),
        "reachable": pl.Boolean(),  # no hard bounce; null where the org hides the fields that show it
    }
)
ROLES_TABLE: Final = pl.Schema(
    {
        "role_id": pl.String(),  # the CRM's row id; "<deal_id>:<field>" for a mapped lookup field
        "deal_id": pl.String(),
        "contact_id": pl.String(),
        "role": pl.String(),  # one of ROLES; null where the CRM's value is blank or not mapped
        "raw_role": pl.String(),
        "is_primary": pl.Boolean(),
        "since": UTC_TIME,
    }
)
TOUCHES: Final = pl.Schema(
    {
        "touch_id": pl.String(),
        "at": UTC_TIME,  # start of a meeting, moment of a call or mail; a meeting after now is planned, not held
        "kind": pl.String(),  # meeting, call, email, other
        "direction": pl.String(),  # two_way, inbound, outbound, unknown
        "owner_id": pl.String(),
    }
)
TOUCH_LINKS: Final = pl.Schema(
    {
        "link_id": pl.String(),  # the relation row's id, or the touch's own id for its main link
        "touch_id": pl.String(),
        "deal_id": pl.String(),
        "contact_id": pl.String(),
    }
)
OWNERS: Final = pl.Schema(
    {
        "owner_id": pl.String(),
        "name": pl.String(),
        "email": pl.String(),
        "active": pl.Boolean(),
        "manager_id": pl.String(),
        "team": pl.String(),
        "country": pl.String(),
        "time_zone": pl.String(),
        "extras": pl.String(),
    }
)
STAGES: Final = pl.Schema(
    {
        "pipeline": pl.String(),
        "stage_id": pl.String(),
        "label": pl.String(),
        "rank": pl.Int64(),
        "is_closed": pl.Boolean(),
        "is_won": pl.Boolean(),
        "probability": pl.Float64(),
    }
)
CHANGES: Final = pl.Schema(
    {
        "change_id": pl.String(),
        "deal_id": pl.String(),
        "field": pl.String(),  # stage, close_date, amount, owner, or an element
        "old": pl.String(),
        "new": pl.String(),
        "at": UTC_TIME,
    }
)
OWN_TASKS: Final = pl.Schema(
    {
        "task_id": pl.String(),
        "key": pl.String(),
        "deal_id": pl.String(),
        "owner_id": pl.String(),
        "subject": pl.String(),
        "body": pl.String(),
        "status": pl.String(),
        "is_open": pl.Boolean(),
        "due": pl.Date(),
        "priority": pl.String(),
        "reason": pl.String(),  # why we closed it; empty when a person did
        "answer": pl.String(),
        "created_at": UTC_TIME,
        "completed_at": UTC_TIME,
        "modified_at": UTC_TIME,
        "modified_by_us": pl.Boolean(),
        "is_deleted": pl.Boolean(),
    }
)
OWN_SCORES: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "score": pl.Float64(),
        "band": pl.String(),
        "confidence": pl.Float64(),
        "reasons": pl.String(),
        "as_of": pl.Date(),
    }
)

TABLES: Final[Mapping[str, pl.Schema]] = {
    "deals": DEALS,
    "accounts": ACCOUNTS,
    "contacts": CONTACTS,
    "roles": ROLES_TABLE,
    "touches": TOUCHES,
    "touch_links": TOUCH_LINKS,
    "owners": OWNERS,
    "stages": STAGES,
    "changes": CHANGES,
    "own_tasks": OWN_TASKS,
    "own_scores": OWN_SCORES,
}
"""Every canonical table by name."""

PRIMARY_KEY: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": ("deal_id",),
    "accounts": ("account_id",),
    "contacts": ("contact_id",),
    "roles": ("role_id",),
    "touches": ("touch_id",),
    "touch_links": ("link_id",),
    "owners": ("owner_id",),
    "stages": ("pipeline", "stage_id"),
    "changes": ("change_id",),
    "own_tasks": ("task_id",),
    "own_scores": ("deal_id",),
}
"""What makes a row of each canonical table one row."""


def empty(table: str) -> pl.DataFrame:
    """Return a frame of *table* without rows."""
    return pl.DataFrame(schema=TABLES[table])
