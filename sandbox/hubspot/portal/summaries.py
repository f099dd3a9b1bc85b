"""Properties that the portal sets from what a record is associated with: counts, primary companies, activity dates."""

from __future__ import annotations

from sandbox.hubspot.portal.associations import HUBSPOT, living
from sandbox.hubspot.portal.change import Change
from sandbox.hubspot.portal.objects import ACTIVE

_COUNTS = {
    ("deals", "contacts"): "num_associated_contacts",
    ("contacts", "deals"): "num_associated_deals",
    ("companies", "contacts"): "num_associated_contacts",
    ("companies", "deals"): "num_associated_deals",
}
_PRIMARY = {
    ("deals", "companies"): ("hs_primary_associated_company", 5),
    ("contacts", "companies"): ("associatedcompanyid", 1),
}

_ONE_KIND = """
    SELECT a.from_id AS id, '{kind}' AS kind, {at} AS at, {contact} AS contact, {reply} AS reply, {ahead} AS ahead
    FROM _association a JOIN "{kind}" e ON e._id = a.to_id AND e._archived_at IS NULL
    WHERE a.from_type = :parent AND a.to_type = '{kind}' AND a.category = 'HUBSPOT_DEFINED' AND {which}"""
_KINDS = (
    # kind, when it counts, whether it is contact with the other side, whether it is their reply, when it is ahead
    ("meetings", "COALESCE(e.hs_meeting_start_time, e.hs_timestamp)", "1", "0", "e.hs_timestamp"),
    ("calls", "e.hs_timestamp", "1", "0", "e.hs_timestamp"),
    ("emails", "e.hs_timestamp", "1", "e.hs_email_direction = 'INCOMING_EMAIL'", "e.hs_timestamp"),
    ("notes", "e.hs_timestamp", "0", "0", "e.hs_timestamp"),
    # Creating a task counts as an update of the deal, and not as contact with the customer.
    ("tasks", "e.hs_createdate", "0", "0", "CASE e.hs_task_status WHEN 'COMPLETED' THEN NULL ELSE e.hs_timestamp END"),
)
_SUMMARIES = {
    "notes_last_updated": "MAX(CASE WHEN at <= :now THEN at END)",
    "notes_last_contacted": "MAX(CASE WHEN contact AND at <= :now THEN at END)",
    "notes_next_activity_date": "MIN(CASE WHEN ahead > :now THEN ahead END)",
    "hs_latest_meeting_activity": "MAX(CASE WHEN kind = 'meetings' AND at <= :now THEN at END)",
    "hs_sales_email_last_replied": "MAX(CASE WHEN reply AND at <= :now THEN at END)",
    "hs_last_sales_activity_timestamp": "MAX(CASE WHEN contact AND at <= :now THEN at END)",
    "num_notes": "CAST(COUNT(*) AS TEXT)",
    "num_contacted_notes": "CAST(COUNT(CASE WHEN contact AND at <= :now THEN 1 END) AS TEXT)",
}


def follow_activity(change: Change, object_type: str, record_id: int) -> None:
    """Recompute the activity dates of one record."""
    if object_type not in ACTIVE:
        return
    row = change.storage.connection.execute(
        _activity_sql("a.from_id = :id", grouped=False), {"parent": object_type, "id": record_id, "now": change.at}
    ).fetchone()
    moved = change.set_silently(object_type, record_id, dict(zip(_SUMMARIES, row, strict=True)))
    # A logged activity moves summary properties of its deal, and with them the deal's stamp.
    if moved and change.quirks["activity_bumps_modified"]:
        change.bump(object_type, record_id)


def follow_links(change: Change, object_type: str, record_id: int, to_type: str) -> None:
    """Recompute what one record says of its associations with an object; no stamp moves."""
    values: dict[str, str | None] = {}
    if name := _COUNTS.get((object_type, to_type)):
        linked = change.associations.links(object_type, [record_id], to_type)
        values[name] = str(len(linked.get(record_id, ())))
    if primary := _PRIMARY.get((object_type, to_type)):
        sql = (
            "SELECT to_id FROM _association WHERE from_type = ? AND from_id = ? AND to_type = ? AND type_id = ?"
            " AND category = ?"
        )
        company = change.storage.scalar(sql, (object_type, record_id, to_type, primary[1], HUBSPOT))
        values[primary[0]] = None if company is None else str(company)
    change.set_silently(object_type, record_id, values)


def derive_all(change: Change) -> None:
    """Set every record's summaries; no stamp moves."""
    run = change.storage.connection.execute
    for (object_type, to_type), name in _COUNTS.items():
        run(
            f'UPDATE "{object_type}" SET "{name}" = (SELECT CAST(COUNT(DISTINCT to_id) AS TEXT) FROM _association'  # noqa: S608
            f' WHERE from_type = ? AND from_id = "{object_type}"._id AND to_type = ? AND {living("to_id", to_type)})',
            (object_type, to_type),
        )
    for (object_type, to_type), (name, type_id) in _PRIMARY.items():
        run(
            f'UPDATE "{object_type}" SET "{name}" = COALESCE((SELECT CAST(to_id AS TEXT) FROM _association WHERE'  # noqa: S608
            f' from_type = ? AND from_id = _id AND to_type = ? AND type_id = ? AND category = ?), "{name}")',
            (object_type, to_type, type_id, HUBSPOT),
        )
    pairs = ", ".join(f'"{name}" = s."{name}"' for name in _SUMMARIES)
    for object_type in ACTIVE:
        summaries = _activity_sql("1", grouped=True)
        run(
            f'UPDATE "{object_type}" SET {pairs} FROM ({summaries}) AS s WHERE s.id = "{object_type}"._id',  # noqa: S608
            {"parent": object_type, "now": change.at},
        )
    change.storage.revision += 1


def _activity_sql(which: str, *, grouped: bool) -> str:
    arms = " UNION ALL ".join(
        _ONE_KIND.format(kind=kind, at=at, contact=contact, reply=reply, ahead=ahead, which=which)
        for kind, at, contact, reply, ahead in _KINDS
    )
    columns = ", ".join(f'{expression} AS "{name}"' for name, expression in _SUMMARIES.items())
    first, last = ("id, ", " GROUP BY id") if grouped else ("", "")
    return f"SELECT {first}{columns} FROM ({arms}){last}"  # noqa: S608
