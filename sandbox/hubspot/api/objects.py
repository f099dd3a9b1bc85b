"""Records of one object: listed, read, written, merged, alone and in batches."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sandbox.hubspot.api import associations, search
from sandbox.hubspot.api.batches import Item, check_distinct, complete, each
from sandbox.hubspot.api.call import Call, Reply, texts
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.api.inline import inline_associations, inline_targets
from sandbox.hubspot.api.pages import Page, page, paging
from sandbox.hubspot.portal.objects import ObjectType, object_named
from sandbox.hubspot.portal.portal import Portal, Record
from sandbox.hubspot.portal.refusals import RecordError, invalid, locked, not_found

_USUAL_PAGE, _LARGEST_PAGE = 10, 100
_MOST = 100


def answer(portal: Portal, call: Call) -> Reply:
    """Any call below the root of objects; the one of version 4 leads to associations alone."""
    if not call.rest or (call.version == "v4" and "associations" not in call.rest):
        raise no_such_path()
    kind = object_named(call.rest[0])
    match (call.method, *call.rest[1:]):
        case ("GET",):
            return _list(portal, call, kind)
        case ("POST",):
            _let_one_in(portal, call, kind, [call.fields()])
            return Reply(201, _create(portal, call, kind, call.fields()))
        case ("POST", "search"):
            return search.answer(portal, call, kind)
        case ("POST", "merge"):
            return Reply(200, _merge(portal, kind, call.fields()))
        case ("POST", "gdpr-delete") if kind.name == "contacts":
            return _erase(portal, kind, call.fields())
        case ("POST", "batch", verb):
            return _batch(portal, call, kind, verb)
        case (_, record_id, "associations", *ends):
            return associations.of_record(portal, call, kind, record_id, ends)
        case ("GET", record_id):
            return Reply(200, _read(portal, call, kind, record_id))
        case ("PATCH", record_id):
            _refuse(call)
            id_property = call.value("idProperty") or None
            changed = portal.update(
                kind.name, record_id, _properties(call.fields()), id_property=id_property, dated=_ruled(call)
            )
            return Reply(200, changed)
        case ("DELETE", record_id):
            # Archiving what is archived, or never was, answers 204 all the same.
            portal.archive(kind.name, record_id)
            return Reply(204)
        case (_,) | (_, _):
            raise wrong_method(call.method)
    raise no_such_path()


def _list(portal: Portal, call: Call, kind: ObjectType) -> Reply:
    history, archived = call.many("propertiesWithHistory"), call.flag("archived")
    limit = call.number("limit", _USUAL_PAGE, _largest(portal, history))
    properties = call.many("properties") or None

    def fetch(after: str | None, size: int) -> Page:
        return portal.list(
            kind.name, after=after, limit=size, archived=archived, properties=properties, history=history
        )

    def before(after: str, size: int) -> str | None:
        return portal.page_before(kind.name, after, size, archived=archived)

    after = call.value("after") or None
    if after is not None and not after.isdecimal():
        raise invalid(f"after: expected the token of a page, found {after!r}")
    records, following = page(portal, call, after, limit, fetch, before)
    shown = inline_associations(portal, kind, list(records), call.many("associations"))
    return Reply(200, {"results": shown} | paging(call, following))


def _read(portal: Portal, call: Call, kind: ObjectType, record_id: str) -> Record:
    record = portal.get(
        kind.name,
        record_id,
        properties=call.many("properties") or None,
        history=call.many("propertiesWithHistory"),
        archived=call.flag("archived"),
        id_property=call.value("idProperty") or None,
    )
    if record is None:
        raise not_found(kind.singular, record_id)
    return inline_associations(portal, kind, [record], call.many("associations"))[0]


def _create(portal: Portal, call: Call, kind: ObjectType, item: Item) -> Item:
    _refuse(call)
    targets = inline_targets(portal, kind, item.get("associations"))
    return portal.create(kind.name, _properties(item), targets, dated=_ruled(call))


def _update(portal: Portal, call: Call, kind: ObjectType, item: Item) -> Item:
    _refuse(call)
    record_id, id_property = _id_of(item), item.get("idProperty")
    if id_property is None and portal.batch_get(kind.name, [record_id])[1]:
        raise not_found(kind.singular, record_id)  # an id that was merged away leads on alone, and not in a batch
    return portal.update(kind.name, record_id, _properties(item), id_property=id_property, dated=_ruled(call))


def _upsert(portal: Portal, call: Call, kind: ObjectType, item: Item) -> Item:
    _refuse(call)
    id_property = item.get("idProperty")
    if not id_property:
        raise invalid("idProperty is required: an upsert finds its record by a unique property")
    record, new = portal.upsert(kind.name, str(id_property), _id_of(item), _properties(item), dated=_ruled(call))
    return record | {"new": new}


def _batch(portal: Portal, call: Call, kind: ObjectType, verb: str) -> Reply:
    inputs = call.inputs(_MOST)
    match verb:
        case "read":
            return _batch_read(portal, call, kind, inputs)
        case "create":
            _let_one_in(portal, call, kind, inputs)
            return each(portal, call, inputs, lambda item: _create(portal, call, kind, item), 201)
        case "update":
            check_distinct(_id_of(item) for item in inputs)
            return each(portal, call, inputs, lambda item: _update(portal, call, kind, item), 200)
        case "upsert":
            check_distinct(_id_of(item) for item in inputs)
            return each(portal, call, inputs, lambda item: _upsert(portal, call, kind, item), 200)
        case "archive":
            for item in inputs:
                portal.archive(kind.name, _id_of(item))
            return Reply(204)
    raise no_such_path()


def _batch_read(portal: Portal, call: Call, kind: ObjectType, inputs: list[Item]) -> Reply:
    body = call.fields()
    history = texts(body.get("propertiesWithHistory"), "propertiesWithHistory")
    if len(inputs) > _largest(portal, history):
        raise invalid(f"Maximum batch size exceeded: {len(inputs)} inputs with history")
    records, missing = portal.batch_get(
        kind.name,
        [_id_of(item) for item in inputs],
        id_property=body.get("idProperty"),
        properties=texts(body.get("properties"), "properties") or None,
        history=history,
        archived=call.flag("archived"),
    )
    # Missing ids make the answer a 207, and the records that are there come with it.
    if not missing:
        return Reply(200, complete(call, records))
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {kind.singular.upper()} objects, they may be deleted or not exist.",
        "context": {"ids": missing},
    }
    return Reply(207, complete(call, records, [error]))


def _merge(portal: Portal, kind: ObjectType, body: Item) -> Record:
    winner, loser = body.get("primaryObjectId"), body.get("objectIdToMerge")
    if not winner or not loser:
        raise invalid("Invalid input JSON: primaryObjectId and objectIdToMerge are required")
    return portal.merge(kind.name, str(winner), str(loser))


def _erase(portal: Portal, kind: ObjectType, body: Item) -> Reply:
    given, id_property = str(body.get("objectId", "")), body.get("idProperty")
    candidates = [
        portal.get(kind.name, given, id_property=id_property, archived=archived) for archived in (False, True)
    ]
    record = next((candidate for candidate in candidates if candidate is not None), None)
    if record is None:
        raise not_found(kind.singular, given)
    portal.erase(kind.name, str(record["id"]))
    return Reply(204)


def _largest(portal: Portal, history: list[str]) -> int:
    """The most records of a page or a batch; fewer where it is to show histories."""
    return int(portal.quirks["history_page_max"]) if history else _LARGEST_PAGE


def _properties(item: Item) -> dict[str, Any]:
    properties = item.get("properties")
    if not isinstance(properties, dict):
        raise invalid("Invalid input JSON: expected an object `properties`")
    return properties


def _id_of(item: Item) -> str:
    if not isinstance(item.get("id"), str | int):
        raise invalid("Invalid input JSON: some required fields were not set: [id]")
    return str(item["id"])


def _ruled(call: Call) -> bool:
    """Whether the call's version holds writes to the administrator's rules; older ones do not."""
    return call.version == "2026-09"


def _refuse(call: Call) -> None:
    """Play the faults that refuse one row of a write."""
    if call.strike.take("row_error"):
        raise invalid("A rule of this account refuses the record.")
    if call.strike.take("lock_row"):
        raise locked("hs_object_id")


def _let_one_in(portal: Portal, call: Call, kind: ObjectType, inputs: list[Item]) -> None:
    """Play the fault duplicate_value: a row with the unique value of an input is there before the create is.

    So it is where the answer to an earlier attempt got lost.
    """
    if call.strike.kind != "duplicate_value":
        return
    unique = [name for name, known in portal.schema.all(kind.name).items() if portal.schema.is_unique(known)]
    keyed = next((item for item in inputs if any(_properties(item).get(name) for name in unique)), None)
    if keyed is not None and call.strike.take("duplicate_value"):
        with suppress(RecordError):
            portal.create(kind.name, _properties(keyed), inline_targets(portal, kind, keyed.get("associations")))
