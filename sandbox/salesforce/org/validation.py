"""What a save must pass before anything is written: names, access, types, references, required and unique values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import ACTIVITY, Field, SObject
from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction
from sandbox.salesforce.data.values import accept

SETUP_OBJECTS = frozenset({"OpportunityStage", "TaskStatus", "Organization"})
"""Objects whose rows the API can only read; people change them in the setup screens."""

PICKLIST_OBJECTS = frozenset({"OpportunityStage", "TaskStatus"})
"""Setup objects whose rows are the values of a picklist."""


def accepted(tx: Transaction, sobject: SObject, values: Mapping[str, Any], before: Row | None) -> Row:
    """The columns that a request sets, by their API names and in stored form."""
    changes: Row = {}
    for name, value in values.items():
        if name == "attributes":
            continue
        parent = sobject.parent(name) if isinstance(value, Mapping) else None
        if parent is not None:
            name, value = parent.name, _by_external_id(tx, parent, value)  # noqa: PLW2901
        field = sobject.field(name)
        # People set fields that the integration user cannot see; only the API user is bound by its permissions.
        if field is None or (tx.api and not tx.schema.sees(tx.quirks, sobject, field)):
            raise RowError("INVALID_FIELD", f"{sobject.name} has no field {name} that this user can see", (name,))
        _check_access(tx, sobject, field, creating=before is None)
        changes[field.name] = accept(field, value, trim=tx.quirks["trim_text"])
    for name, value in changes.items():
        _check_value(tx, sobject.fields[name], value, before)
    return changes


def check_required(sobject: SObject, row: Row) -> None:
    """Refuse a row that lacks a value it cannot be without."""
    missing = tuple(
        field.name
        for field in sobject.fields.values()
        if field.createable and not (field.nillable or field.defaulted_on_create) and row.get(field.name) is None
    )
    if missing:
        raise RowError("REQUIRED_FIELD_MISSING", f"required fields are missing: {', '.join(missing)}", missing)


def check_unique(tx: Transaction, sobject: SObject, row: Row, changed: Row) -> None:
    """Refuse a value that another row has in a unique field; visibility does not matter, nor do bins and archives."""
    if tx.quirks["key_not_unique"]:
        return
    for name, value in changed.items():
        field = sobject.fields[name]
        if field.unique and value is not None:
            other = _holder(tx, sobject, field, value, row["Id"])
            if other:
                raise RowError("DUPLICATE_VALUE", f"{name} holds a value that record {other} has already")


def check_rules(tx: Transaction, sobject: SObject, row: Row) -> None:
    """Apply the org's one validation rule, where it is switched on."""
    banned = tx.quirks["validation_rule"]
    if banned and sobject.name == "Task" and banned in (row.get("Subject") or ""):
        message = f"the org's validation rule refuses tasks whose subject contains {banned!r}"
        raise RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("Subject",))


def check_owner(tx: Transaction, row: Row, changed: Row) -> None:
    """Refuse an inactive owner: a new one always, the present one under its quirk."""
    owner = row.get("OwnerId")
    if owner and ("OwnerId" in changed or tx.quirks["inactive_owner_blocks_update"]):
        user = tx.storage.row("User", owner)
        if user is not None and not user["IsActive"]:
            raise RowError(
                "INACTIVE_OWNER_OR_USER", f"user {owner} is inactive and cannot own the record", ("OwnerId",)
            )


def _check_access(tx: Transaction, sobject: SObject, field: Field, *, creating: bool) -> None:
    if sobject.name in SETUP_OBJECTS and not tx.api and field.type != "id":
        return
    if not (field.createable if creating else field.updateable):
        message = f"{field.name} cannot be set {'on creation' if creating else 'on update'}: read-only for this user"
        raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, (field.name,))


def _check_value(tx: Transaction, field: Field, value: Any, before: Row | None) -> None:
    if value is None:
        if before is not None and not field.nillable:
            raise RowError("REQUIRED_FIELD_MISSING", f"required fields are missing: {field.name}", (field.name,))
        return
    if field.type == "reference" and (before is None or before[field.name] != value):
        _check_reference(tx, field, value)


def _check_reference(tx: Transaction, field: Field, record_id: str) -> None:
    """A lookup must find a living row of a kind it may point at; kinds not modelled here are taken on trust."""
    if not any(name in tx.schema.objects for name in field.reference_to):
        return
    target = tx.sobject_of(record_id)
    if target not in field.reference_to or not tx.living(target, record_id):
        message = f"{field.name}: {record_id} is no living record that this field may refer to"
        raise RowError("INVALID_CROSS_REFERENCE_KEY", message, (field.name,))


def _by_external_id(tx: Transaction, field: Field, given: Mapping[str, Any]) -> str:
    """The id of a parent that the request names by one of its lookup fields, as in {"Account": {"Code__c": "A1"}}."""
    for target in field.reference_to:
        sobject = tx.schema.objects.get(target)
        for name, value in given.items():
            key = sobject.field(name) if sobject else None
            if sobject and key and key.id_lookup:
                sql = f'SELECT Id FROM "{target}" WHERE "{key.name}" = ? LIMIT 1'  # noqa: S608
                record_id: str | None = tx.storage.scalar(sql, (value,))
                if record_id:
                    return record_id
    raise RowError("INVALID_FIELD", f"{field.relationship}: no record is found by {dict(given)}", (field.name,))


def _holder(tx: Transaction, sobject: SObject, field: Field, value: Any, own_id: str) -> str | None:
    # Custom fields of Task and Event are one shared set, so a unique value is unique over both objects.
    for name in ACTIVITY if sobject.name in ACTIVITY and field.custom else (sobject.name,):
        # Whether the recycle bin still reserves a unique value is not documented; hence a quirk.
        living = " AND IsDeleted = 0" if tx.quirks["unique_frees_on_delete"] and "IsDeleted" in sobject.fields else ""
        sql = f'SELECT Id FROM "{name}" WHERE "{field.name}" = ? AND Id <> ?{living} LIMIT 1'  # noqa: S608
        holder: str | None = tx.storage.scalar(sql, (value, own_id))
        if holder:
            return holder
    return None
