"""Rows that follow other rows: relations of activities, contact roles of deals, the account behind a record."""

from __future__ import annotations

from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction


def account_of(tx: Transaction, record_id: str | None) -> str | None:
    """The account that a record is, or belongs to."""
    sobject = tx.sobject_of(record_id)
    if sobject == "Account":
        return record_id
    if sobject not in {"Opportunity", "Contact"}:
        return None
    account_id: str | None = tx.storage.scalar(f"SELECT AccountId FROM {sobject} WHERE Id = ?", (record_id,))  # noqa: S608
    return account_id


def follow_activity(tx: Transaction, sobject: str, before: Row | None, after: Row) -> None:
    """Keep one relation row for the activity's WhoId and one for its WhatId."""
    for column in ("WhoId", "WhatId"):
        old, new = before[column] if before else None, after.get(column)
        if old == new:
            continue
        if old:
            _drop(tx, sobject, after["Id"], old)
        if new:
            _add(tx, sobject, after, new)


def add_primary_role(tx: Transaction, deal: Row) -> None:
    """The role row that a deal's create-only ContactId stands for."""
    role = {
        "Id": tx.storage.new_id("OpportunityContactRole"),
        "OpportunityId": deal["Id"],
        "ContactId": deal["ContactId"],
        "IsPrimary": 1,
        **tx.audit(tx.schema.objects["OpportunityContactRole"]),
    }
    tx.storage.insert("OpportunityContactRole", role)


def keep_one_primary(tx: Transaction, role: Row) -> None:
    """Take the primary mark from the deal's other roles when this one bears it."""
    if not role["IsPrimary"] or not tx.quirks["primary_role_exclusive"]:
        return
    sql = "SELECT Id FROM OpportunityContactRole WHERE OpportunityId = ? AND IsPrimary = 1 AND Id <> ?"
    for (other,) in tx.storage.all(sql, (role["OpportunityId"], role["Id"])):
        tx.storage.update("OpportunityContactRole", other, {"IsPrimary": 0, **tx.audit_of_change()})


def _add(tx: Transaction, sobject: str, activity: Row, related: str) -> None:
    name = f"{sobject}Relation"
    sql = f'SELECT 1 FROM "{name}" WHERE "{sobject}Id" = ? AND RelationId = ? AND IsDeleted = 0'  # noqa: S608
    if tx.storage.scalar(sql, (activity["Id"], related)):
        return
    row = {
        "Id": tx.storage.new_id(name),
        f"{sobject}Id": activity["Id"],
        "RelationId": related,
        "IsWhat": int(tx.sobject_of(related) not in {"Contact", "Lead"}),
        "AccountId": account_of(tx, related),
        **tx.audit(tx.schema.objects[name]),
    }
    tx.storage.insert(name, row | ({"IsParent": 1} if sobject == "Event" else {}))


def _drop(tx: Transaction, sobject: str, activity_id: str, related: str) -> None:
    name = f"{sobject}Relation"
    sql = f'SELECT Id FROM "{name}" WHERE "{sobject}Id" = ? AND RelationId = ?'  # noqa: S608
    for (relation,) in tx.storage.all(sql, (activity_id, related)):
        # Relation rows have no recycle bin.
        tx.storage.remove(name, relation)
        tx.storage.log_delete(name, relation, tx.stamp, relation)
