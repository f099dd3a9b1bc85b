"""Property definitions and their groups."""

from __future__ import annotations

from functools import lru_cache

from sandbox.hubspot.api.batches import Item, each
from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.objects import ObjectType, object_named
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import RecordError, invalid
from sandbox.server.json_text import CachedBody

_MOST = 100


def answer(portal: Portal, call: Call) -> Reply:
    """Any call below the root of properties."""
    if not call.rest:
        raise no_such_path()
    kind = object_named(call.rest[0])
    match (call.method, *call.rest[1:]):
        case ("GET",):
            return Reply(200, {"results": []} if call.flag("archived") else _all(_visible(portal, kind)))
        case ("POST",):
            return Reply(201, _create(portal, call, kind, call.fields()))
        case ("POST", "batch", verb):
            return _batch(portal, kind, call, verb)
        case (_, "groups", *names):
            return _groups(portal, kind, call, names)
        case ("GET", name):
            return Reply(200, _one(portal, kind, name))
        case ("DELETE", name):
            portal.schema.archive(kind, name)
            return Reply(204)
        case (_,) | (_, _):
            raise wrong_method(call.method)
    raise no_such_path()


def definitions(portal: Portal, kind: ObjectType) -> list[Item]:
    """The properties of an object that the caller sees, by name."""
    return [known.wire(unique=unique) for known, unique in _visible(portal, kind)]


def _visible(portal: Portal, kind: ObjectType) -> tuple[tuple[Property, bool], ...]:
    visible = sorted(portal.schema.visible(kind.name).items())
    return tuple((known, portal.schema.is_unique(known)) for _, known in visible)


@lru_cache(maxsize=64)
def _all(shown: tuple[tuple[Property, bool], ...]) -> CachedBody:
    return CachedBody({"results": [known.wire(unique=unique) for known, unique in shown]})


def _one(portal: Portal, kind: ObjectType, name: str) -> Item:
    known = portal.schema.visible(kind.name).get(name)
    if known is None:
        raise RecordError(404, "OBJECT_NOT_FOUND", f"No property {name} on {kind.name}", context={"name": [name]})
    return portal.schema.wire(known)


def _create(portal: Portal, call: Call, kind: ObjectType, body: Item) -> Item:
    options = body.get("options") or []
    if not isinstance(options, list) or not all(isinstance(option, dict) and "value" in option for option in options):
        raise invalid("Invalid input JSON: options need a value each")
    return portal.schema.wire(portal.schema.add(kind, body, stamp(call.now)))


def _batch(portal: Portal, kind: ObjectType, call: Call, verb: str) -> Reply:
    inputs = call.inputs(_MOST)
    match verb:
        case "read":
            return each(portal, call, inputs, lambda item: _one(portal, kind, str(item.get("name"))), 200, traced=False)
        case "create":
            status = 200 if call.version == "2026-09" else 201
            return each(portal, call, inputs, lambda item: _create(portal, call, kind, item), status, traced=False)
        case "archive":
            for item in inputs:
                portal.schema.archive(kind, str(item.get("name")))
            return Reply(204)
    raise no_such_path()


def _groups(portal: Portal, kind: ObjectType, call: Call, names: list[str]) -> Reply:
    groups = {
        name: _group(name, label, place) for place, (name, label) in enumerate(portal.schema.groups[kind.name].items())
    }
    match (call.method, *names):
        case ("GET",):
            return Reply(200, {"results": list(groups.values())})
        case ("GET", name) if name in groups:
            return Reply(200, groups[name])
        case ("GET", name):
            raise RecordError(404, "OBJECT_NOT_FOUND", f"No property group {name} on {kind.name}")
        case ("POST",):
            body = call.fields()
            if not body.get("name") or not body.get("label"):
                raise invalid("Invalid input JSON: a property group needs name and label")
            name, label = str(body["name"]), str(body["label"])
            portal.schema.add_group(kind.name, name, label)
            return Reply(201, _group(name, label, len(groups)))
    raise wrong_method(call.method)


def _group(name: str, label: str, place: int) -> Item:
    return {"name": name, "label": label, "displayOrder": place, "archived": False}
