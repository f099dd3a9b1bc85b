"""Single records: create, read, change, delete, and the same by an external id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.errors import ApiError, not_found
from sandbox.salesforce.api.writes import insert_row, update_row
from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.json_text import body_etag
from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import SObject
from sandbox.salesforce.org.org import Org

_MAX_NAMED = 2000


def visible_object(org: Org, name: str) -> SObject:
    """The object of this name that the integration user sees; any other is not found."""
    sobject = org.schema.find(name)
    if sobject is None or not org.schema.sees(org.quirks, sobject):
        raise not_found()
    return sobject


def record_values(body: Any) -> dict[str, Any]:
    """The fields that a request's body sets."""
    if not isinstance(body, dict):
        raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, and must be an object")
    return {name: value for name, value in body.items() if name != "attributes"}


def create(org: Org, call: Call, sobject: SObject) -> Reply:
    """POST to an object."""
    record_id = insert_row(org, call.strike, sobject.name, record_values(call.body))
    location = f"{call.root}/sobjects/{sobject.name}/{record_id}"
    return Reply(201, {"id": record_id, "success": True, "errors": []}, {"location": location})


def record(org: Org, call: Call, sobject: SObject, record_id: str) -> Reply:
    """GET, PATCH or DELETE of one record by its id."""
    match call.method:
        case "GET":
            return _read(org, call, sobject, record_id)
        case "PATCH":
            update_row(org, call.strike, sobject.name, _known_id(record_id), record_values(call.body))
            return Reply(204)
        case "DELETE":
            org.delete(sobject.name, _known_id(record_id), by=org.user_id)
            return Reply(204)
    raise wrong_method(call)


def record_by_key(org: Org, call: Call, sobject: SObject, field: str, value: str) -> Reply:
    """GET, PATCH (upsert) or DELETE of the one record whose *field* has this *value*."""
    key = key_field(org, sobject, field)
    if key == "Id":
        return record(org, call, sobject, value)
    ids = org.find(sobject.name, key, value)
    # 300 Multiple Choices: an external id that is not unique may name several records.
    if len(ids) > 1:
        return Reply(300, [f"{call.root}/sobjects/{sobject.name}/{record_id}" for record_id in ids])
    if call.method == "PATCH":
        return _upsert(org, call, sobject, key, value, ids[0] if ids else None)
    if not ids:
        raise not_found()
    return record(org, call, sobject, ids[0])


def key_field(org: Org, sobject: SObject, name: str) -> str:
    """The API name of a field by which records may be looked up: its id-lookup flag decides, as describe shows it."""
    field = sobject.field(name)
    if field is not None and field.name == "Id":
        return "Id"
    visible = field is not None and org.schema.sees(org.quirks, sobject, field)
    # The lookup flag of describe decides: Contact.Email is no external id and can be upserted on all the same.
    if field is None or not visible or not field.id_lookup or (field.custom and org.quirks["key_not_external"]):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field.name


def chosen_fields(org: Org, sobject: SObject, names: list[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* cut down to *names*, under the names' true spelling."""
    chosen: dict[str, Any] = {}
    for name in names[:_MAX_NAMED]:
        field = sobject.field(name.strip())
        if field is None or not org.schema.sees(org.quirks, sobject, field):
            raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        chosen[field.name] = values.get(field.name)
    return chosen


def attributes(call: Call, sobject: str, record_id: str) -> dict[str, str]:
    """The `attributes` that begin every record."""
    return {"type": sobject, "url": f"{call.root}/sobjects/{sobject}/{record_id}"}


def wrong_method(call: Call) -> ApiError:
    """The refusal of a method that the path does not have."""
    return ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed.")


def conditional(call: Call, body: Any, modified: datetime, *, etag: str | None = None) -> Reply:
    """A reply that says when its *body* was last *modified*, or 304 where the client knows it already."""
    modified = modified.astimezone(UTC).replace(microsecond=0)
    headers = {"last-modified": format_datetime(modified, usegmt=True), "etag": etag or body_etag(body)}
    if _known(call, modified, headers["etag"]):
        return Reply(304, None, headers)
    return Reply(200, body, headers)


def _known(call: Call, modified: datetime, etag: str) -> bool:
    if (tags := call.headers.get("if-none-match")) is not None:
        return etag in tags
    since = call.headers.get("if-modified-since")
    try:
        return since is not None and modified <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # a date that cannot be read, or without its zone, asks for nothing
        return False


def _known_id(record_id: str) -> str:
    known = full_id(record_id)
    if known is None:
        raise RowError("NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + record_id)
    return known


def _read(org: Org, call: Call, sobject: SObject, record_id: str) -> Reply:
    known = _known_id(record_id)
    values = org.get(sobject.name, known)
    if values is None or values.get("IsDeleted"):
        raise not_found()
    modified = _modified(values)
    names = [name for name in call.query.get("fields", "").split(",") if name.strip()]
    values.pop("attributes", None)
    shown = chosen_fields(org, sobject, names, values) | {"Id": values["Id"]} if names else values
    return conditional(call, {"attributes": attributes(call, sobject.name, values["Id"])} | shown, modified)


def _modified(values: Mapping[str, Any]) -> datetime:
    stamp = values.get("LastModifiedDate") or values.get("SystemModstamp") or "1970-01-01T00:00:00.000+0000"
    return datetime.fromisoformat(stamp)


def _upsert(org: Org, call: Call, sobject: SObject, key: str, value: str, known_id: str | None) -> Reply:
    values = record_values(call.body)
    for name in values:
        if name.lower() in {"id", key.lower()}:
            raise RowError("INVALID_FIELD", f"The {name} field should not be specified in the sobject data.", (name,))
    if known_id is not None:
        update_row(org, call.strike, sobject.name, known_id, values)
        return Reply(200, {"id": known_id, "success": True, "errors": [], "created": False})
    if call.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    record_id = insert_row(org, call.strike, sobject.name, values | {key: value})
    location = f"{call.root}/sobjects/{sobject.name}/{record_id}"
    return Reply(201, {"id": record_id, "success": True, "errors": [], "created": True}, {"location": location})
