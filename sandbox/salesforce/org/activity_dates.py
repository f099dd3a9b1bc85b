"""LastActivityDate of deals, accounts and contacts: the latest event day or due day of a closed task."""

from __future__ import annotations

from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction

# Open tasks do not count, and the day of a closed task is the day it was due, not the day it was closed (Object
# Reference).
_DIRECT = """
    SELECT {key} AS id, ActivityDate AS day FROM Task WHERE IsDeleted = 0 AND IsClosed = 1 AND {key} {which}
    UNION ALL SELECT {key}, ActivityDate FROM Event WHERE IsDeleted = 0 AND {key} {which}"""
_RELATED = """
    SELECT RelationId AS id, t.ActivityDate AS day FROM TaskRelation r JOIN Task t ON t.Id = r.TaskId
    WHERE r.IsDeleted = 0 AND t.IsDeleted = 0 AND t.IsClosed = 1 AND RelationId {which}
    UNION ALL SELECT RelationId, e.ActivityDate FROM EventRelation r JOIN Event e ON e.Id = r.EventId
    WHERE r.IsDeleted = 0 AND e.IsDeleted = 0 AND RelationId {which}"""
_DAYS = {
    "Opportunity": _DIRECT.replace("{key}", "WhatId"),
    "Account": _DIRECT.replace("{key}", "AccountId"),
    "Contact": _RELATED,
}
"""The days of a record's activities, by the record's object; contacts are found through relations."""


def follow(tx: Transaction, sobject: str, before: Row | None, after: Row) -> None:
    """Recompute the dates that a save of an activity may move: those of everything that it is or was about."""
    if any(row is not None and _counts(sobject, row) for row in (before, after)):
        refresh(tx, sobject, before, after)


def refresh(tx: Transaction, sobject: str, before: Row | None, after: Row) -> None:
    """Recompute the dates of everything that the activity is or was about, whether it counts or not."""
    parents = {row.get(name) for row in (before or {}, after) for name in ("WhatId", "WhoId", "AccountId")}
    sql = f'SELECT RelationId FROM "{sobject}Relation" WHERE "{sobject}Id" = ?'  # noqa: S608
    parents |= {related for (related,) in tx.storage.all(sql, (after["Id"],))}
    recompute(tx, {parent for parent in parents if parent})


def recompute(tx: Transaction, record_ids: set[str]) -> None:
    """Set the date where it moved; that moves SystemModstamp too, and leaves the last modifier alone."""
    for record_id in sorted(record_ids):
        sobject = tx.sobject_of(record_id)
        row = tx.storage.row(sobject, record_id) if sobject in _DAYS else None
        if sobject is None or row is None:
            continue
        latest = tx.storage.scalar(f"SELECT MAX(day) FROM ({_DAYS[sobject].format(which='= ?1')})", (record_id,))  # noqa: S608
        # Where nothing moved the stamp stays, or every save of an activity would look like a change of its deal.
        if row["LastActivityDate"] != latest:
            tx.touch(sobject, record_id, {"LastActivityDate": latest})


def derive_all(tx: Transaction) -> None:
    """Set the date of every record that has activities; no stamp moves."""
    for sobject, days in _DAYS.items():
        arms = days.format(which="IS NOT NULL")
        latest = f"SELECT id, MAX(day) AS day FROM ({arms}) WHERE day IS NOT NULL GROUP BY id"  # noqa: S608
        tx.storage.connection.execute(
            f"UPDATE {sobject} SET LastActivityDate = d.day FROM ({latest}) AS d"  # noqa: S608
            f" WHERE d.id = {sobject}.Id AND LastActivityDate IS NOT d.day"
        )


def _counts(sobject: str, row: Row) -> bool:
    return sobject == "Event" or bool(row["IsClosed"])
