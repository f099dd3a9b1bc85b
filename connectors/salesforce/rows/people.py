"""Accounts, contacts, contact roles, users and stages as canonical rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.columns import Column, Reading, Record, Rows, count, flag, frame, moment, number, text
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
    return _rows("accounts", living, _ACCOUNT, deleted)


def contact_rows(records: Sequence[Record]) -> Rows:
    """Convert Contact records; a merged one counts as deleted."""
    living, deleted = split_deleted(records)
    return _rows("contacts", living, _CONTACT, deleted, reachable=[_reachable(record) for record in living])


def _reachable(record: Record) -> bool | None:
    """Whether mail reaches a contact, None where the org hides both fields that show it."""
    if "IsEmailBounced" in record:
        return record["IsEmailBounced"] is not True
    return record["EmailBouncedDate"] is None if "EmailBouncedDate" in record else None


def role_rows(records: Sequence[Record], own_names: Mapping[str, str]) -> Rows:
    """Convert OpportunityContactRole records; *own_names* are the org's own role names."""
    living, deleted = split_deleted(records)
    roles = [canonical_role(text(record.get("Role")), own_names) for record in living]
    return _rows("roles", living, _ROLE, deleted, role=roles)


def owner_rows(records: Sequence[Record]) -> Rows:
    """Convert User records; users are never deleted, they become inactive."""
    return _rows("owners", records, _OWNER)


def stage_rows(records: Sequence[Record]) -> Rows:
    """Convert OpportunityStage records; Salesforce has one list of stages for the whole org."""
    # Record types restrict the list per sales process, but ids and order are one for the org.
    return _rows("stages", records, _STAGE, pipeline=["default"] * len(records))


def _rows(
    table: str,
    records: Sequence[Record],
    wanted: Mapping[str, Column],
    deleted: tuple[str, ...] | None = None,
    **more: list[Any],
) -> Rows:
    """Convert the records of one table; *more* are columns that no single field holds."""
    reading = Reading(table, [str(record.get("Id")) for record in records])
    values = {**reading.columns(records, wanted), **more}
    gone = {} if deleted is None else {table: deleted}
    return Rows({table: frame(table, values, len(records))}, gone, tuple(reading.odd))
