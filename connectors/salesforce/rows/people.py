"""Accounts, contacts, contact roles, users and stages as canonical rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.columns import Column, Record, Rows, columns, count, flag, frame, moment, number, text
from connectors.role_names import canonical_role
from connectors.salesforce.columns import split_deleted

_ACCOUNT: Final[Mapping[str, Column]] = {
    "account_id": ("Id", text),
    "name": ("Name", text),
    "parent_id": ("ParentId", text),
    "industry": ("Industry", text),
    "employees": ("NumberOfEmployees", count),
    "country": ("BillingCountry", text),
    "owner_id": ("OwnerId", text),
}
_CONTACT: Final[Mapping[str, Column]] = {
    "contact_id": ("Id", text),
    "account_id": ("AccountId", text),
    "name": ("Name", text),
    "title": ("Title", text),
}
_ROLE: Final[Mapping[str, Column]] = {
    "role_id": ("Id", text),
    "deal_id": ("OpportunityId", text),
    "contact_id": ("ContactId", text),
    "raw_role": ("Role", text),
    "is_primary": ("IsPrimary", flag),
    "since": ("CreatedDate", moment),
}
_OWNER: Final[Mapping[str, Column]] = {
    "owner_id": ("Id", text),
    "name": ("Name", text),
    "email": ("Email", text),
    "active": ("IsActive", flag),
    "manager_id": ("ManagerId", text),
    "team": ("Department", text),
    "country": ("Country", text),
    "time_zone": ("TimeZoneSidKey", text),
}
_STAGE: Final[Mapping[str, Column]] = {
    "stage_id": ("ApiName", text),
    "label": ("MasterLabel", text),
    "rank": ("SortOrder", count),
    "is_closed": ("IsClosed", flag),
    "is_won": ("IsWon", flag),
    "probability": ("DefaultProbability", number),
}


def account_rows(records: Sequence[Record]) -> Rows:
    """Convert Account records; a merged one counts as deleted."""
    living, deleted = split_deleted(records)
    return Rows({"accounts": frame("accounts", columns(living, _ACCOUNT), len(living))}, {"accounts": deleted})


def contact_rows(records: Sequence[Record]) -> Rows:
    """Convert Contact records; a merged one counts as deleted."""
    living, deleted = split_deleted(records)
    values = columns(living, _CONTACT)
    values["reachable"] = [_reachable(record) for record in living]
    return Rows({"contacts": frame("contacts", values, len(living))}, {"contacts": deleted})


def _reachable(record: Record) -> bool | None:
    """Whether mail reaches a contact, None where the org hides both fields that show it."""
    if "IsEmailBounced" in record:
        return record["IsEmailBounced"] is not True
    return record["EmailBouncedDate"] is None if "EmailBouncedDate" in record else None


def role_rows(records: Sequence[Record], own_names: Mapping[str, str]) -> Rows:
    """Convert OpportunityContactRole records; *own_names* are the org's own role names."""
    living, deleted = split_deleted(records)
    values = columns(living, _ROLE)
    values["role"] = [canonical_role(raw, own_names) for raw in values["raw_role"]]
    return Rows({"roles": frame("roles", values, len(living))}, {"roles": deleted})


def owner_rows(records: Sequence[Record]) -> Rows:
    """Convert User records; users are never deleted, they become inactive."""
    return Rows({"owners": frame("owners", columns(records, _OWNER), len(records))})


def stage_rows(records: Sequence[Record]) -> Rows:
    """Convert OpportunityStage records; Salesforce has one list of stages for the whole org."""
    values: dict[str, list[Any]] = columns(records, _STAGE)
    # Record types restrict the list per sales process, but ids and order are one for the org.
    values["pipeline"] = ["default"] * len(records)
    return Rows({"stages": frame("stages", values, len(records))})
