"""What changed and what was deleted between two times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.errors import ApiError
from sandbox.salesforce.org.org import Org

_UPDATED_REACH = timedelta(days=30)
_DELETED_REACH = timedelta(days=15)
_SHORTEST = timedelta(minutes=1)
_MOST_IDS = 600_000


def updated(org: Org, call: Call, sobject: str, now: datetime) -> Reply:
    """Ids of rows that were created or changed, deleted ones left out."""
    start, end = _window(org, call, sobject, now, _UPDATED_REACH)
    ids = org.updated(sobject, start, end)
    _check_bound(len(ids))
    return Reply(200, {"ids": ids, "latestDateCovered": _stamp(end)})


def deleted(org: Org, call: Call, sobject: str, now: datetime) -> Reply:
    """Ids of rows that were deleted, for good ones too, and when."""
    start, end = _window(org, call, sobject, now, _DELETED_REACH)
    rows = org.deleted(sobject, start, end)
    _check_bound(len(rows))
    return Reply(
        200,
        {
            "deletedRecords": [{"id": record_id, "deletedDate": _stamp(at)} for record_id, at in rows],
            "earliestDateAvailable": _stamp(now - _DELETED_REACH),
            "latestDateCovered": _stamp(end),
        },
    )


def _window(org: Org, call: Call, sobject: str, now: datetime, reach: timedelta) -> tuple[datetime, datetime]:
    """Start and end, cut to whole seconds; *end* never lies ahead of the org's time."""
    if "replicateable" not in org.schema.objects[sobject].can:
        raise ApiError(400, "INVALID_TYPE", f"object type {sobject} is not replicable")
    start, end = _moment(call, "start"), _moment(call, "end")
    # Older deletions have left the bin and the log: a client must sweep all ids instead.
    if start < now - reach:
        raise ApiError(400, "INVALID_REPLICATION_DATE", f"startDate lies before the window of {reach.days} days")
    if end - start < _SHORTEST:
        raise ApiError(400, "INVALID_REPLICATION_DATE", "endDate must be more than a minute after startDate")
    # The next window starts here, so it must not claim what has not happened yet.
    return start, min(end, now.replace(microsecond=0))


def _moment(call: Call, name: str) -> datetime:
    # A plus that the client did not encode arrives as a space.
    text = call.query.get(name, "").replace(" ", "+")
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiError(400, "INVALID_FIELD", f"{name}: expected a time with its zone such as 2026-06-15T09:00:00Z")
    return moment.astimezone(UTC).replace(microsecond=0)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _check_bound(count: int) -> None:
    if count > _MOST_IDS:
        raise ApiError(400, "EXCEEDED_ID_LIMIT", f"more than {_MOST_IDS} ids; ask for a shorter time")
