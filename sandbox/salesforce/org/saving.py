"""Saving one record: checks, defaults, derived values, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.data.computed import expression
from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import SObject
from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction
from sandbox.salesforce.org.triggers import Save, after_save, before_save
from sandbox.salesforce.org.validation import (
    SETUP_OBJECTS,
    accepted,
    check_owner,
    check_required,
    check_rules,
    check_unique,
)


def insert(tx: Transaction, sobject: SObject, record_id: str, values: Mapping[str, Any]) -> None:
    """Create the record under an id reserved for it."""
    _check_allowed(tx, sobject, "createable")
    given = accepted(tx, sobject, values, None)
    row: Row = {"Id": record_id, **given, **tx.audit(sobject)}
    for name, default in _defaults(tx, sobject).items():
        if row.get(name) is None:
            row[name] = default
    check_required(sobject, row)
    check_owner(tx, row, given)
    before_save(Save(tx, sobject.name, None, row, given))
    check_rules(tx, sobject, row)
    check_unique(tx, sobject, row, given)
    tx.storage.insert(sobject.name, _stored(sobject, row))
    after_save(Save(tx, sobject.name, None, _reread(tx, sobject, record_id), given))


def update(tx: Transaction, sobject: SObject, record_id: str, values: Mapping[str, Any]) -> None:
    """Change the record; its audit fields move even where no value does."""
    # Setup rows are read-only to the API, and changed by people in the setup screens.
    _check_allowed(tx, sobject, "updateable")
    before = existing(tx, sobject, record_id)
    given = accepted(tx, sobject, values, before)
    row = {**before, **given}
    check_owner(tx, row, {name: value for name, value in given.items() if before[name] != value})
    before_save(Save(tx, sobject.name, before, row, given))
    check_rules(tx, sobject, row)
    check_unique(tx, sobject, row, given)
    # The stamps of a save move even where no value changes, as they do for a no-op PATCH.
    marks = {name: value for name, value in tx.audit_of_change(before).items() if name in sobject.fields}
    changes = {name: value for name, value in _stored(sobject, row).items() if before.get(name) != value}
    tx.storage.update(sobject.name, record_id, changes | marks)
    after_save(Save(tx, sobject.name, before, _reread(tx, sobject, record_id), given))


def existing(tx: Transaction, sobject: SObject, record_id: str) -> Row:
    """The row that a write is about, or the refusal that fits its absence."""
    row = tx.storage.row(sobject.name, record_id)
    if (row is not None and row.get("IsDeleted")) or (row is None and tx.storage.was_deleted(record_id)):
        raise RowError("ENTITY_IS_DELETED", f"record {record_id} is deleted")
    if row is None:
        raise RowError("NOT_FOUND", f"no {sobject.name} has the id {record_id}")
    if tx.quirks["archived_is_locked"] and tx.archived(sobject, record_id):
        raise RowError("ENTITY_IS_ARCHIVED", f"record {record_id} is archived")
    return row


def _check_allowed(tx: Transaction, sobject: SObject, right: str) -> None:
    if tx.api and not tx.schema.sees(tx.quirks, sobject):
        raise RowError("INVALID_TYPE", f"no object {sobject.name} that this user can see")
    if right not in sobject.can and (tx.api or sobject.name not in SETUP_OBJECTS):
        raise RowError("INVALID_TYPE_FOR_OPERATION", f"{sobject.name} records are not {right} here")


def _defaults(tx: Transaction, sobject: SObject) -> Row:
    row: Row = {name: field.default for name, field in sobject.fields.items() if field.default is not None}
    if "OwnerId" in sobject.fields:
        row["OwnerId"] = tx.by
    if sobject.name == "Task":
        row["Status"] = (
            tx.storage.scalar("SELECT COALESCE(ApiName, MasterLabel) FROM TaskStatus WHERE IsDefault = 1 LIMIT 1")
            or "Not Started"
        )
    if "CurrencyIsoCode" in sobject.fields:
        row["CurrencyIsoCode"] = tx.storage.scalar("SELECT DefaultCurrencyIsoCode FROM Organization LIMIT 1")
    return row


def _stored(sobject: SObject, row: Row) -> Row:
    return {name: value for name, value in row.items() if expression(sobject, name) is None}


def _reread(tx: Transaction, sobject: SObject, record_id: str) -> Row:
    row = tx.storage.row(sobject.name, record_id)
    if row is None:
        raise LookupError(f"{sobject.name} {record_id} is gone in the middle of its own save")
    return row
