"""Creating, changing and archiving one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.portal import refusals, values
from sandbox.hubspot.portal.associations import HUBSPOT, Key, missing_end
from sandbox.hubspot.portal.change import SYSTEM, Change
from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.derived import derived
from sandbox.hubspot.portal.objects import ENGAGEMENTS, ObjectType
from sandbox.hubspot.portal.refusals import Fault, invalid, invalid_values, not_found
from sandbox.hubspot.portal.storage import Stored
from sandbox.hubspot.portal.summaries import follow_activity, follow_links

_TASK_DEFAULTS = {
    "hs_task_status": "NOT_STARTED",
    "hs_task_priority": "NONE",
    "hs_task_type": "TODO",
    "hs_task_family": "SALES",
    "hs_task_for_object_type": "OWNER",
}
_STAGE = {"pipeline", "dealstage"}
_PRIMARY_COMPANY: tuple[Key, ...] = ((HUBSPOT, 279), (HUBSPOT, 1))


@dataclass(frozen=True, slots=True)
class Target:
    """A record that another is to be associated with, and the types; no types for the plain one."""

    object_type: str
    id: int
    types: tuple[Key, ...] = ()


def create(
    change: Change, kind: ObjectType, record_id: int, given: Mapping[str, Any], targets: Sequence[Target]
) -> None:
    """Add a record and its associations, or refuse them all."""
    accepted = _accepted(change, kind, given, {})
    _check_required(change, kind, accepted)
    row: dict[str, str | None] = dict(_TASK_DEFAULTS) if kind.name == "tasks" else {}
    row |= {"hs_createdate": change.at, kind.created: change.at, **change.audit(kind.name)}
    row["hs_created_by_user_id"] = row.get("hs_updated_by_user_id")
    source = change.source
    row |= {
        "hs_object_source": source,
        "hs_object_source_id": change.by if source == "INTEGRATION" else f"userId:{change.by}",
        "hs_object_source_label": source,
    }
    row |= {name: value for name, value in accepted.items() if value is not None}
    if kind.name == "deals" and "pipeline" not in row:
        row["pipeline"] = _only_pipeline(change)
    row |= derived(change.schema, kind.name, {}, row, change.at)
    _check(change, kind, record_id, row, list(accepted))
    change.storage.insert(kind.name, record_id, {name: value for name, value in row.items() if value is not None})
    change.record(kind.name, record_id, None, {name: row.get(name) for name in accepted})
    for target in targets:
        associate(change, (kind.name, record_id), target)
    _follow_company(change, kind, record_id, accepted)


def update(change: Change, kind: ObjectType, record_id: int, given: Mapping[str, Any]) -> None:
    """Change a living record."""
    before = living(change, kind, record_id)
    accepted = _accepted(change, kind, given, before.values)
    after = before.values | accepted
    changes = accepted | derived(change.schema, kind.name, before.values, after, change.at)
    _check(change, kind, record_id, after | changes, list(accepted))
    moved = {name: value for name, value in changes.items() if before.values.get(name) != value}
    # Whether a write without a change moves the stamp is not documented; hence a quirk.
    if not moved and not change.quirks["same_value_bumps_modified"]:
        return
    change.storage.update(kind.name, record_id, moved | change.audit(kind.name, before))
    change.record(kind.name, record_id, before, {name: after[name] for name in accepted})
    _follow_company(change, kind, record_id, accepted)
    if moved and kind.name in ENGAGEMENTS:
        _follow_neighbours(change, kind, record_id)


def archive(change: Change, kind: ObjectType, record_id: int) -> None:
    """Put a living record into the bin; its modification stamp stays."""
    living(change, kind, record_id)
    # hs_lastmodifieddate stays, so a delta by that stamp never shows a deletion.
    change.storage.update(kind.name, record_id, {"_archived_at": change.at})
    _follow_neighbours(change, kind, record_id)


def restore(change: Change, kind: ObjectType, record_id: int) -> None:
    """Take a record out of the bin."""
    row = change.storage.row(kind.name, record_id)
    if row is None or not row.is_archived:
        raise not_found(f"archived {kind.singular}", str(record_id))
    kept = [name for name, value in row.values.items() if value is not None and name not in _STAGE]
    _check(change, kind, record_id, row.values, kept)
    change.storage.update(kind.name, record_id, {"_archived_at": None, **change.audit(kind.name)})
    _follow_neighbours(change, kind, record_id)


def associate(change: Change, start: tuple[str, int], target: Target) -> None:
    """Join two living records by exactly these types and the plain one."""
    types = change.associations.chosen(start[0], target.object_type, target.types)
    end = (target.object_type, target.id)
    for side, (object_type, record_id) in (("FROM", start), ("TO", end)):
        row = change.storage.row(object_type, record_id, ())
        if row is None or row.is_archived:
            raise missing_end(side, object_type, str(record_id))
    change.associations.put(start, end, types)
    follow_pair(change, start, end)
    if change.quirks["association_bumps_modified"]:
        change.bump(*start)


def disassociate(change: Change, start: tuple[str, int], target: Target) -> None:
    """Part two records; with types, take only these labels."""
    types = change.associations.chosen(start[0], target.object_type, target.types) if target.types else None
    named = [known for known in types if known.key in target.types] if types else None
    end = (target.object_type, target.id)
    change.associations.cut(start, end, named)
    follow_pair(change, start, end)


def follow_pair(change: Change, start: tuple[str, int], end: tuple[str, int]) -> None:
    """Update the summaries of both records from the association between them."""
    for (object_type, record_id), (other, _) in ((start, end), (end, start)):
        follow_links(change, object_type, record_id, other)
        if other in ENGAGEMENTS:
            follow_activity(change, object_type, record_id)


def living(change: Change, kind: ObjectType, record_id: int) -> Stored:
    """Read a record that is not archived, or refuse the call."""
    row = change.storage.row(kind.name, record_id)
    hidden = change.api and str(record_id) in map(str, change.quirks["hide_rows"])
    if row is None or row.is_archived or hidden:
        raise not_found(kind.singular, str(record_id))
    return row


def _accepted(
    change: Change, kind: ObjectType, given: Mapping[str, Any], before: Mapping[str, str | None]
) -> dict[str, str | None]:
    known = change.schema.visible(kind.name) if change.api else change.schema.all(kind.name)
    accepted: dict[str, str | None] = {}
    faults: list[Fault] = []
    for name, value in given.items():
        # On writes a property that the caller cannot see is one that does not exist.
        if name not in known:
            faults.append(Fault(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif known[name].calculated or (known[name].read_only and change.by != SYSTEM):
            faults.append(Fault(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set'))
        else:
            try:
                accepted[name] = values.read(change.schema, change.quirks, known[name], value, before.get(name))
            except values.ValueFault as refused:
                faults.append(refused.fault)
    if faults:
        raise invalid_values(faults)
    return accepted


def _check_required(change: Change, kind: ObjectType, accepted: Mapping[str, str | None]) -> None:
    required = list(kind.required)
    if kind.name == "deals" and len(change.schema.pipelines) != 1:
        required.append("pipeline")
    missing = [name for name in required if accepted.get(name) is None]
    if not missing and kind.one_of and not any(accepted.get(name) for name in kind.one_of):
        missing = list(kind.one_of)
    if missing:
        raise invalid(
            f"Error creating {kind.singular.upper()}. Some required properties were not set.", properties=missing
        )


def _check(
    change: Change, kind: ObjectType, record_id: int, row: Mapping[str, str | None], written: Sequence[str]
) -> None:
    """Refuse a row whose values do not go together, or with those of other records, or with the portal's rules."""
    # A deal in a stage that was removed can still be written to, as long as the write names no stage.
    if kind.name == "deals" and not _STAGE.isdisjoint(written):
        _check_stage(change, row)
    known = change.schema.all(kind.name)
    for name in written:
        if (value := row.get(name)) is not None and (name == "email" or name in known):
            _check_unique(change, kind, record_id, known[name], value)
    refused = change.quirks["refuse_subject"]
    if refused and kind.name == "tasks" and refused in (row.get("hs_task_subject") or ""):
        raise invalid(f"A validation rule of the portal refuses tasks whose title has {refused!r}")
    if change.dated:
        needed = [name for name in _ruled(change, kind.name) if row.get(name) is None]
        if needed:
            raise invalid(f"{kind.singular.upper()}: required by the portal's rules and empty: {needed}",
                          properties=needed)  # fmt: skip


def _ruled(change: Change, object_type: str) -> list[str]:
    return [name for owner, _, name in (rule.partition(".") for rule in change.quirks["required_on_write"])
            if owner == object_type]  # fmt: skip


def _check_stage(change: Change, row: Mapping[str, str | None]) -> None:
    pipeline = change.schema.pipelines.get(row.get("pipeline") or "")
    if pipeline is None:
        allowed = ", ".join(change.schema.pipelines)
        fault = Fault("pipeline", "INVALID_OPTION", f"{row.get('pipeline')} is no pipeline; there are [{allowed}]")
    elif pipeline.stage(row.get("dealstage") or "") is None:
        allowed = ", ".join(stage.id for stage in pipeline.stages)
        fault = Fault(
            "dealstage", "INVALID_OPTION", f"{row.get('dealstage')} is no stage of {pipeline.id}; it has [{allowed}]"
        )
    else:
        return
    raise invalid_values([fault])


def _check_unique(change: Change, kind: ObjectType, record_id: int, known: Property, value: str) -> None:
    is_mail = kind.name == "contacts" and known.name == "email"
    if not is_mail and not change.schema.is_unique(known):
        return
    # Parallel writes of one unique value wait for its lock, and the one that waits too long gets a 423.
    if change.api and change.quirks["lock_unique"] > 0:
        change.quirks["lock_unique"] -= 1
        raise refusals.locked(known.name)
    reserved = not is_mail and not change.quirks["unique_frees_on_delete"]
    other = change.storage.holder(kind.name, known.name, value, archived=reserved)
    if other is None or other == record_id:
        return
    if is_mail:
        raise refusals.contact_exists(str(other))
    raise refusals.duplicate(known.name, value, str(other), conflict=change.quirks["duplicate_is_conflict"])


def _only_pipeline(change: Change) -> str:
    return next(iter(change.schema.pipelines))


def _follow_company(change: Change, kind: ObjectType, record_id: int, accepted: Mapping[str, str | None]) -> None:
    company = accepted.get("associatedcompanyid")
    if kind.name == "contacts" and company is not None:
        associate(change, (kind.name, record_id), Target("companies", int(company), _PRIMARY_COMPANY))


def _follow_neighbours(change: Change, kind: ObjectType, record_id: int) -> None:
    for object_type, other in change.associations.neighbours(kind.name, record_id):
        follow_links(change, object_type, other, kind.name)
        if kind.name in ENGAGEMENTS:
            follow_activity(change, object_type, other)
