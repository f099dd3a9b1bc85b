"""Merging two records into one, and erasing a contact for good."""

from __future__ import annotations

from sandbox.hubspot.portal import saving
from sandbox.hubspot.portal.change import Change
from sandbox.hubspot.portal.objects import ObjectType
from sandbox.hubspot.portal.refusals import invalid
from sandbox.hubspot.portal.summaries import follow_activity, follow_links

_MOST_MERGED = 250
"""How many identities one record may have taken in."""


def merge(change: Change, kind: ObjectType, winner: int, loser: int, new_id: int) -> int:
    """Fold *loser* into *winner*, whose values win where both have one; return the id of the record that remains.

    The loser leaves the lists without being archived. *new_id* is the id that remains where the portal makes a new
    record of the two.
    """
    if winner == loser:
        raise invalid(f"{kind.singular} {winner} cannot be merged with itself")
    kept, gone = saving.living(change, kind, winner), saving.living(change, kind, loser)
    # What was merged into either of them earlier stays known by its id.
    merged = [*_taken_in(kept.values), *_taken_in(gone.values), str(loser)]
    if len(merged) > _MOST_MERGED:
        raise invalid(f"{kind.singular} {winner} has taken in {_MOST_MERGED} others, the most there may be")
    values = {name: value if value is not None else gone.values[name] for name, value in kept.values.items()}
    remains = new_id if change.quirks["merge_makes_new_id"] else winner
    if remains == new_id:
        merged.append(str(winner))
        values |= {kind.created: change.at, "hs_createdate": change.at}
    values |= {"hs_merged_object_ids": ";".join(merged), **change.audit(kind.name)}
    for old in {winner, loser} - {remains}:
        _lead_on(change, kind.name, old, remains)
    if remains == winner:
        change.storage.update(kind.name, winner, values)
    else:
        change.storage.insert(kind.name, remains, values)
    for neighbour in change.associations.neighbours(kind.name, remains):
        saving.follow_pair(change, (kind.name, remains), neighbour)
    follow_activity(change, kind.name, remains)
    return remains


def erase(change: Change, kind: ObjectType, record_id: int) -> None:
    """Take a record away for good, out of the bin too."""
    neighbours = change.associations.neighbours(kind.name, record_id)
    change.associations.forget(kind.name, record_id)
    change.storage.remove(kind.name, record_id)
    for object_type, other in neighbours:
        follow_links(change, object_type, other, kind.name)


def _lead_on(change: Change, object_type: str, old: int, remains: int) -> None:
    change.storage.lead_on(object_type, old, remains)
    sql = "UPDATE _history SET id = ? WHERE object_type = ? AND id = ?"
    change.storage.connection.execute(sql, (remains, object_type, old))
    change.associations.move(object_type, old, remains)
    # The loser is not archived: it is gone from every list, and only its id leads on.
    change.storage.remove(object_type, old)


def _taken_in(values: dict[str, str | None]) -> list[str]:
    return (values.get("hs_merged_object_ids") or "").split(";") if values.get("hs_merged_object_ids") else []
