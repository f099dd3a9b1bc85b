"""sObject collections: up to 200 records a call, each with a result of its own, in the order of the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.errors import ApiError, failed_item, not_found
from sandbox.salesforce.api.records import (
    attributes,
    chosen_fields,
    key_field,
    record_values,
    visible_object,
    wrong_method,
)
from sandbox.salesforce.api.writes import all_or_nothing, insert_row, update_row
from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.data.schema import SObject
from sandbox.salesforce.org.org import Org

_MOST_WRITTEN = 200
_MOST_READ = 2000
_MOST_RUNS = 10

Item = dict[str, Any]


def collection(org: Org, call: Call) -> Reply:
    """Any call below `/composite/sobjects`."""
    match (call.method, *call.segments[2:]):
        case ("POST",):
            return _write(org, call, lambda record: _create(org, call, record))
        case ("PATCH",):
            return _write(org, call, lambda record: _update(org, call, record))
        case ("PATCH", name, field):
            return _upsert_all(org, call, visible_object(org, name), field)
        case ("DELETE",):
            return _delete_all(org, call)
        case ("POST", name):
            body = call.body if isinstance(call.body, dict) else {}
            return _retrieve(org, call, visible_object(org, name), body.get("ids"), body.get("fields"))
        case ("GET", name):
            ids, fields = (call.query.get(part, "").split(",") for part in ("ids", "fields"))
            return _retrieve(org, call, visible_object(org, name), ids, fields)
        case (_,) | (_, _) | (_, _, _):
            raise wrong_method(call)
        case _:
            raise not_found()


def _write(org: Org, call: Call, write: Callable[[Item], Item]) -> Reply:
    records = _records(call)
    types = [str((record.get("attributes") or {}).get("type", "")).lower() for record in records]
    if len(list(groupby(types))) > _MOST_RUNS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"more than {_MOST_RUNS} changes of type in one collection; sort by type")
    return _each(org, records, write, all_or_none=call.body.get("allOrNone") is True)


def _each(org: Org, items: Sequence[Any], write: Callable[[Any], Item], *, all_or_none: bool) -> Reply:
    """Write items one by one; with *all_or_none* one refusal undoes the others."""
    # HTTP 200 even where every item failed: the outcome is in the items alone.
    results: list[Item] = []

    def work() -> bool:
        for item in items:
            try:
                results.append(write(item))
            except RowError as error:
                results.append(failed_item(error))
        return not all_or_none or all(result["success"] for result in results)

    if not all_or_nothing(org, work):
        message = "Record rolled back because not all records were valid and the request was using AllOrNone header"
        rolled_back = RowError("ALL_OR_NONE_OPERATION_ROLLED_BACK", message)
        results = [failed_item(rolled_back) if result["success"] else result for result in results]
    return Reply(200, results)


def _records(call: Call) -> list[Item]:
    records = call.body.get("records") if isinstance(call.body, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ApiError(400, "JSON_PARSER_ERROR", "The request body must hold an array `records` of objects")
    _check_count(len(records), _MOST_WRITTEN)
    return records


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise ApiError(
            400, "EXCEEDED_MAX_SOBJECTS", f"The number of records, {count}, is over the limit of {most} of one call"
        )


def _typed(org: Org, record: Item) -> SObject:
    """The object of a record by its attributes, which have to come first."""
    described = record.get("attributes")
    # Recorded: a record that names its type later is refused, alone among its siblings.
    if org.quirks["attributes_first"] and next(iter(record), None) != "attributes":
        raise RowError("JSON_PARSER_ERROR", "attributes must be specified as the first key of a record")
    name = described.get("type") if isinstance(described, dict) else None
    if not isinstance(name, str):
        raise RowError("INVALID_INPUT", "Include an sObject type in the attributes of the record")
    try:
        return visible_object(org, name)
    except ApiError:
        raise RowError("INVALID_TYPE", f"sObject type '{name}' is not supported.") from None


def _create(org: Org, call: Call, record: Item) -> Item:
    sobject = _typed(org, record)
    return {"id": insert_row(org, call.strike, sobject.name, record_values(record)), "success": True, "errors": []}


def _update(org: Org, call: Call, record: Item) -> Item:
    sobject = _typed(org, record)
    values = record_values(record)
    given = next((values.pop(name) for name in list(values) if name.lower() == "id"), None)
    if not given:
        raise RowError("MISSING_ARGUMENT", "Id not specified in an update call")
    record_id = _id(given)
    update_row(org, call.strike, sobject.name, record_id, values)
    return {"id": record_id, "success": True, "errors": []}


def _upsert_all(org: Org, call: Call, sobject: SObject, field: str) -> Reply:
    key = key_field(org, sobject, field)
    records = _records(call)
    seen = Counter(str(value).lower() for record in records if (value := _key_of(record, key)) is not None)

    def upsert(record: Item) -> Item:
        if _typed(org, record).name != sobject.name:
            raise RowError("INVALID_TYPE", f"records of this call must be of type {sobject.name}")
        value = _key_of(record, key)
        if value is None and key != "Id":
            raise RowError("MISSING_ARGUMENT", f"{key} not specified")
        if seen[str(value).lower()] > 1:
            raise RowError("DUPLICATE_EXTERNAL_ID", f"the value {value} of {key} is in several records", (key,))
        return _upsert(org, call, sobject, key, record)

    return _each(org, records, upsert, all_or_none=call.body.get("allOrNone") is True)


def _upsert(org: Org, call: Call, sobject: SObject, key: str, record: Item) -> Item:
    value = _key_of(record, key)
    values = {name: item for name, item in record_values(record).items() if name.lower() != "id"}
    by_id = [_id(value)] if key == "Id" and value else []
    ids = by_id if key == "Id" else org.find(sobject.name, key, value)
    if len(ids) > 1:
        raise RowError("DUPLICATE_EXTERNAL_ID", f"{key}: more than one record found for {value}", (key,))
    if ids:
        changes = {name: item for name, item in values.items() if name.lower() != key.lower()}
        update_row(org, call.strike, sobject.name, ids[0], changes)
        return {"id": ids[0], "success": True, "errors": [], "created": False}
    return {
        "id": insert_row(org, call.strike, sobject.name, values),
        "success": True,
        "errors": [],
        "created": True,
    }


def _delete_all(org: Org, call: Call) -> Reply:
    ids = [text.strip() for text in call.query.get("ids", "").split(",") if text.strip()]
    _check_count(len(ids), _MOST_WRITTEN)

    def delete(text: str) -> Item:
        record_id = _id(text)
        name = org.schema.by_prefix.get(record_id[:3])
        if name is None:
            raise RowError("MALFORMED_ID", f"malformed id {text}")
        org.delete(name, record_id, by=org.user_id)
        return {"id": record_id, "success": True, "errors": []}

    return _each(org, ids, delete, all_or_none=call.query.get("allOrNone", "").lower() == "true")


def _retrieve(org: Org, call: Call, sobject: SObject, ids: Any, fields: Any) -> Reply:
    """Records by id, in the order asked for; null for one that is not there."""
    if not isinstance(ids, list) or not isinstance(fields, list) or not fields:
        raise ApiError(400, "INVALID_INPUT", "expected `ids` and `fields`, both with at least one entry")
    _check_count(len(ids), _MOST_READ)
    results: list[Item | None] = []
    for text in ids:
        values = org.get(sobject.name, known) if (known := full_id(str(text))) else None
        if values is None or values.get("IsDeleted"):
            results.append(None)
        else:
            shown = chosen_fields(org, sobject, fields, values) | {"Id": values["Id"]}
            results.append({"attributes": attributes(call, sobject.name, values["Id"])} | shown)
    return Reply(200, results)


def _key_of(record: Item, key: str) -> Any:
    return next((value for name, value in record.items() if name.lower() == key.lower()), None)


def _id(text: Any) -> str:
    record_id = full_id(str(text))
    if record_id is None:
        raise RowError("MALFORMED_ID", f"malformed id {text}")
    return record_id
