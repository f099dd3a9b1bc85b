"""Associations between records: of one record, in batches, and the labels that they may carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.hubspot.api.batches import Item, complete, each
from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.api.inline import keys_of, number_of, type_name
from sandbox.hubspot.api.pages import paging
from sandbox.hubspot.portal.associations import AssociationType, Link
from sandbox.hubspot.portal.objects import ObjectType, object_named
from sandbox.hubspot.portal.portal import Portal, Target
from sandbox.hubspot.portal.refusals import invalid

_MOST_READ, _MOST_WRITTEN = 1000, 2000


def answer(portal: Portal, call: Call) -> Reply:
    """Any call below the root of associations."""
    if len(call.rest) < 3:
        raise no_such_path()
    start, end = object_named(call.rest[0]), object_named(call.rest[1])
    match (call.method, *call.rest[2:]):
        case ("POST", "batch", "read"):
            return _batch_read(portal, call, start, end)
        case ("GET", "types") if call.version == "v3":
            kinds = [
                {"id": str(association_type.type_id), "name": type_name(start, end, association_type)}
                for association_type in portal.labels(*_pair(call))
            ]
            return Reply(200, {"results": kinds})
        # Version 3 served ids and types alone; its writes are not served.
        case (_, *_) if call.version == "v3":
            raise no_such_path()
        case (_, "labels", *ids):
            return _labels(portal, call, start, end, ids)
        case ("POST", "batch", *verb):
            return _batch_write(portal, call, start, end, tuple(verb))
    raise wrong_method(call.method)


def of_record(portal: Portal, call: Call, start: ObjectType, record_id: str, ends: list[str]) -> Reply:
    """Any call to the associations of one record."""
    match (call.method, *ends):
        case ("GET", name) if call.version in {"v4", "2026-03"}:
            return _one_read(portal, call, start, record_id, object_named(name))
        case ("PUT", "default", name, other):
            end = object_named(name)
            made = _join_plainly(portal, start, end, {"from": {"id": record_id}, "to": {"id": other}})
            return Reply(200, complete(call, [made]))
        case ("PUT", name, other):
            item = {"from": {"id": record_id}, "to": {"id": other}, "types": call.body}
            return Reply(201, _join(portal, start, object_named(name), item))
        case ("DELETE", name, other):
            end = object_named(name)
            portal.disassociate(start.name, record_id, Target(end.name, number_of(other, end.name)))
            return Reply(204)
    raise no_such_path()


def _one_read(portal: Portal, call: Call, start: ObjectType, record_id: str, end: ObjectType) -> Reply:
    limit = call.number("limit", 500, 500)
    links = portal.associated(start.name, [record_id], end.name).get(record_id, [])
    shown, following = _page(links, call.value("after"), limit)
    return Reply(200, {"results": [_shown(portal, link) for link in shown]} | paging(call, following))


def _batch_read(portal: Portal, call: Call, start: ObjectType, end: ObjectType) -> Reply:
    """What each record is associated with; one that has nothing is an error of the batch, and a normal one."""
    inputs = call.inputs(_MOST_READ)
    after = {str(item.get("id")): str(item.get("after") or "") for item in inputs}
    links_by_record = portal.associated(start.name, list(after), end.name)
    size = int(portal.quirks["association_page"])
    results: list[Item] = []
    for record_id, links in (
        (record_id, links_by_record[record_id]) for record_id in after if record_id in links_by_record
    ):
        if call.version == "v3":
            to: list[Item] = [
                {"id": str(link.to_id), "type": type_name(start, end, known)} for link in links for known in link.types
            ]
            results.append({"from": {"id": record_id}, "to": to})
            continue
        shown, following = _page(links, after[record_id], size)
        entry = {"from": {"id": record_id}, "to": [_shown(portal, link) for link in shown]}
        results.append(entry | _inner_paging(call, start, record_id, end, following))
    # A record without associations is an error of the batch, status 207: for a client the normal answer "none".
    errors = [_nothing(start, record_id, end) for record_id in after if record_id not in links_by_record]
    return Reply(207 if errors else 200, complete(call, results, errors))


def _inner_paging(call: Call, start: ObjectType, record_id: str, end: ObjectType, after: str | None) -> Item:
    if after is None:
        return {}
    link = f"{call.origin}/crm/v4/objects/{start.name}/{record_id}/associations/{end.name}?after={after}"
    return {"paging": {"next": {"after": after, "link": link}}}


def _page(links: Sequence[Link], after: str, size: int) -> tuple[Sequence[Link], str | None]:
    """The links from the token *after* on, which is the id of the first of them."""
    if after and not after.isdecimal():
        raise invalid(f"after: expected the token of a page, found {after!r}")
    left = [link for link in links if link.to_id >= int(after or 0)]
    return left[:size], str(left[size].to_id) if len(left) > size else None


def _nothing(start: ObjectType, record_id: str, end: ObjectType) -> Item:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {end.singular} is associated with {start.singular} {record_id}.",
        "context": {"fromObjectId": [record_id], "fromObjectType": [start.name], "toObjectType": [end.name]},
    }


def _batch_write(portal: Portal, call: Call, start: ObjectType, end: ObjectType, verb: tuple[str, ...]) -> Reply:
    inputs = call.inputs(_MOST_WRITTEN)
    match verb:
        case ("create",):
            status = 200 if call.version == "2026-09" else 201
            return each(portal, call, inputs, lambda item: _join(portal, start, end, item), status, traced=False)
        case ("associate", "default"):
            return each(portal, call, inputs, lambda item: _join_plainly(portal, start, end, item), 200, traced=False)
        case ("archive",):
            for item in inputs:
                for other in _ends(item):
                    portal.disassociate(start.name, _id(item, "from"), Target(end.name, number_of(other, end.name)))
        case ("labels", "archive"):
            for item in inputs:
                target = Target(end.name, number_of(_id(item, "to"), end.name), keys_of(item.get("types")))
                portal.disassociate(start.name, _id(item, "from"), target)
        case _:
            raise no_such_path()
    # Dated paths answer an archive with a body, version 4 with none.
    return Reply(200, complete(call, [])) if call.dated else Reply(204)


def _join(portal: Portal, start: ObjectType, end: ObjectType, item: Item) -> Item:
    """Join two records by exactly the types given; what labels they had before are gone."""
    from_id, to_id = _id(item, "from"), number_of(_id(item, "to"), end.name)
    types = portal.associate(start.name, from_id, Target(end.name, to_id, keys_of(item.get("types"))))
    numeric = portal.quirks["numeric_to_object_id"]
    return {
        "fromObjectTypeId": start.type_id,
        "fromObjectId": int(from_id) if numeric else from_id,
        "toObjectTypeId": end.type_id,
        "toObjectId": to_id if numeric else str(to_id),
        "labels": [known.label for known in types if known.label is not None],
    }


def _join_plainly(portal: Portal, start: ObjectType, end: ObjectType, item: Item) -> Item:
    """Join two records by the plain type, keeping the labels that they have."""
    from_id, to_id = _id(item, "from"), number_of(_id(item, "to"), end.name)
    present = next((link for link in portal.associated(start.name, [from_id], end.name).get(from_id, ())
                    if link.to_id == to_id), None)  # fmt: skip
    plain: AssociationType = portal.labels(start.name, end.name)[0]
    keys = tuple(known.key for known in present.types) if present else (plain.key,)
    portal.associate(start.name, from_id, Target(end.name, to_id, keys))
    spec = {"associationCategory": plain.category, "associationTypeId": plain.type_id}
    return {"from": {"id": from_id}, "to": {"id": str(to_id)}, "associationSpec": spec}


def _labels(portal: Portal, call: Call, start: ObjectType, end: ObjectType, ids: list[str]) -> Reply:
    match (call.method, *ids):
        case ("GET",):
            return Reply(
                200, {"results": [association_type.wire() for association_type in portal.labels(start.name, end.name)]}
            )
        case ("POST",):
            body = call.fields()
            if not body.get("label") or not body.get("name"):
                raise invalid("Invalid input JSON: a label needs name and label")
            inverse = body.get("inverseLabel")
            made = portal.add_label(start.name, end.name, str(body["label"]), None if inverse is None else str(inverse))
            return Reply(200, {"results": [association_type.wire() for association_type in made]})
        case ("DELETE", type_id) if type_id.isdecimal():
            portal.remove_label(start.name, end.name, int(type_id))
            return Reply(204)
    raise wrong_method(call.method)


def _shown(portal: Portal, link: Link) -> Item:
    shown = link.wire()
    return shown if portal.quirks["numeric_to_object_id"] else shown | {"toObjectId": str(link.to_id)}


def _pair(call: Call) -> tuple[str, str]:
    return call.rest[0], call.rest[1]


def _id(item: Item, side: str) -> str:
    end = item.get(side)
    if not isinstance(end, dict) or not isinstance(end.get("id"), str | int):
        raise invalid(f"Invalid input JSON: some required fields were not set: [{side}.id]")
    return str(end["id"])


def _ends(item: Item) -> list[Any]:
    ends = item.get("to")
    if not isinstance(ends, list) or not all(isinstance(end, dict) and "id" in end for end in ends):
        raise invalid("Invalid input JSON: expected an array `to` of ids")
    return [end["id"] for end in ends]
