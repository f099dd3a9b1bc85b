"""Deleting, restoring and merging records, with what goes along."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import SObject
from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import ACTIVITY_OBJECTS, Transaction
from sandbox.salesforce.org import activity_dates
from sandbox.salesforce.org.validation import PICKLIST_OBJECTS, check_unique

HARD = frozenset(
    {"OpportunityContactRole", "TaskRelation", "EventRelation", "EmailMessageRelation", "DatedConversionRate"}
)
"""Objects whose rows skip the bin when they are deleted by themselves."""

_ALONG: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Task", "WhatId"), ("Event", "WhatId")),
    "Opportunity": (
        ("OpportunityContactRole", "OpportunityId"),
        ("OpportunityHistory", "OpportunityId"),
        ("OpportunityFieldHistory", "OpportunityId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Task": (("TaskRelation", "TaskId"),),
    "Event": (("EventRelation", "EventId"),),
    "EmailMessage": (("EmailMessageRelation", "EmailMessageId"),),
}


def delete(tx: Transaction, sobject: SObject, row: Row) -> None:
    """Put a record and what belongs to it into the bin; a kind without a bin is gone at once."""
    if sobject.name in PICKLIST_OBJECTS and not tx.api:
        # A value that is taken out in the setup screens stays on the rows that have it.
        tx.storage.remove(sobject.name, row["Id"])
        return
    if "deletable" not in sobject.can:
        raise RowError("METHOD_NOT_ALLOWED", f"{sobject.name} records cannot be deleted")
    if sobject.name in HARD:
        tx.storage.remove(sobject.name, row["Id"])
        tx.storage.log_delete(sobject.name, row["Id"], tx.stamp, row["Id"])
        activity_dates.recompute(tx, {row["RelationId"]} if row.get("RelationId") else set())
        return
    _to_bin(tx, sobject.name, row, root=row["Id"])


def undelete(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Take a record and what went along with it out of the bin.

    A record that went along with its parent is not in the bin by itself. What a merge moved to the winner stays there.
    """
    rows = tx.storage.all("SELECT sobject, id FROM _deleted WHERE root = ?", (record_id,))
    if "undeletable" not in sobject.can or (sobject.name, record_id) not in rows:
        raise RowError("UNDELETE_FAILED", f"{record_id} is not a record in the bin")
    for name, along in rows:
        _restore(tx, tx.schema.objects[name], along)
    tx.storage.connection.execute("DELETE FROM _deleted WHERE root = ?", (record_id,))
    for name, along in rows:
        _refresh_dates(tx, name, along)


def merge(tx: Transaction, sobject: SObject, winner: str, losers: Sequence[str]) -> None:
    """Fold records into one: their children move to the winner, they go into the bin and name it as their master."""
    if "mergeable" not in sobject.can:
        raise RowError("INVALID_TYPE_FOR_OPERATION", f"{sobject.name} records cannot be merged")
    if winner in losers or len(set(losers)) < len(losers):
        raise RowError(
            "INVALID_OPERATION", f"{sobject.name} {winner} cannot be merged with itself, nor twice with another"
        )
    for loser in losers:
        for child, field in list(tx.schema.children(sobject.name)):
            if field.name != "MasterRecordId":
                sql = f'SELECT Id FROM "{child.name}" WHERE "{field.name}" = ?'  # noqa: S608
                for (child_id,) in tx.storage.all(sql, (loser,)):
                    stamp = {"SystemModstamp": tx.stamp} if "SystemModstamp" in child.fields else {}
                    tx.storage.update(child.name, child_id, {field.name: winner, **stamp})
        tx.storage.update(sobject.name, loser, {"IsDeleted": 1, "MasterRecordId": winner, **tx.audit_of_change()})
        tx.storage.log_delete(sobject.name, loser, tx.stamp, loser)
    for activity in sorted(ACTIVITY_OBJECTS):
        _drop_repeated_relations(tx, activity, winner)
    tx.storage.update(sobject.name, winner, tx.audit_of_change())
    activity_dates.recompute(tx, {winner})


def _restore(tx: Transaction, sobject: SObject, record_id: str) -> None:
    row = tx.storage.row(sobject.name, record_id)
    if row is None:
        return
    check_unique(tx, sobject, row, {name: row[name] for name, field in sobject.fields.items() if field.unique})
    changes: Row = {"IsDeleted": 0}
    if "MasterRecordId" in row:
        changes["MasterRecordId"] = None
    if "SystemModstamp" in row and tx.quirks["undelete_bumps_stamp"]:
        changes["SystemModstamp"] = tx.stamp
    tx.storage.update(sobject.name, record_id, changes)


def _drop_repeated_relations(tx: Transaction, activity: str, related: str) -> None:
    """Leave one relation to a merged record where an activity had one to each of the records merged into it."""
    name, column = f"{activity}Relation", f"{activity}Id"
    sql = (
        f'SELECT Id FROM "{name}" r WHERE RelationId = ?1 AND EXISTS(SELECT 1 FROM "{name}" other'  # noqa: S608
        f" WHERE other.RelationId = ?1 AND other.{column} = r.{column} AND other.Id < r.Id)"
    )
    for (relation,) in tx.storage.all(sql, (related,)):
        tx.storage.remove(name, relation)
        tx.storage.log_delete(name, relation, tx.stamp, relation)


def _to_bin(tx: Transaction, sobject: str, row: Row, *, root: str) -> None:
    fields = tx.schema.objects[sobject].fields
    marks = {name: value for name, value in tx.audit_of_change(row).items() if name in fields}
    tx.storage.update(sobject, row["Id"], {"IsDeleted": 1, **marks})
    tx.storage.log_delete(sobject, row["Id"], tx.stamp, root)
    for child, column in _ALONG.get(sobject, ()):
        for child_row in _children(tx, child, column, row["Id"]):
            _to_bin(tx, child, child_row, root=root)
    if sobject == "Contact":
        for child in sorted(ACTIVITY_OBJECTS):
            for child_row in _children(tx, child, "WhoId", row["Id"]):
                if child_row["WhatId"] is None:
                    _to_bin(tx, child, child_row, root=root)
    _refresh_dates(tx, sobject, row["Id"])


def _children(tx: Transaction, sobject: str, column: str, parent: str) -> list[Row]:
    sql = f'SELECT Id FROM "{sobject}" WHERE "{column}" = ? AND IsDeleted = 0 ORDER BY Id'  # noqa: S608
    rows = (tx.storage.row(sobject, child_id) for (child_id,) in tx.storage.all(sql, (parent,)))
    return [row for row in rows if row is not None]


def _refresh_dates(tx: Transaction, sobject: str, record_id: str) -> None:
    row = tx.storage.row(sobject, record_id) if sobject in ACTIVITY_OBJECTS else None
    if row is not None:
        activity_dates.refresh(tx, sobject, None, row)
