"""Several calls in one: `/composite`, whose parts may refer to each other, and `/composite/batch`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.errors import ApiError
from sandbox.salesforce.api.writes import all_or_nothing
from sandbox.salesforce.org.org import Org

_MOST_PARTS = 25
_MOST_HEAVY = 5
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_REFERENCE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

Answer = Callable[[Call], Reply]


class _ReferenceError(Exception):
    """A reference leads to nothing."""


def composite(org: Org, call: Call, answer: Answer) -> Reply:
    """POST /composite: one call to the quota, 200 outside, each part with a status of its own."""
    body = call.body if isinstance(call.body, dict) else {}
    parts = _checked(call, body.get("compositeRequest"))
    all_or_none = body.get("allOrNone") is True
    replies: dict[str, Reply] = {}

    def work() -> bool:
        for part in parts:
            replies[part["referenceId"]] = _part(call, part, replies, answer, all_or_none=all_or_none)
        return not all_or_none or all(reply.ok for reply in replies.values())

    if not all_or_nothing(org, work):
        replies = {name: _processing_halted() if reply.ok else reply for name, reply in replies.items()}
    return Reply(200, {"compositeResponse": [_shown(name, reply) for name, reply in replies.items()]})


def batch(call: Call, answer: Answer, spend: Callable[[], bool]) -> Reply:
    """POST /composite/batch: independent parts, each of which counts against the quota."""
    body = call.body if isinstance(call.body, dict) else {}
    parts = body.get("batchRequests")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise ApiError(400, "INVALID_BATCH_REQUEST", "expected an array `batchRequests` of objects")
    _check_count(len(parts))
    results: list[dict[str, Any]] = []
    halted = False
    for position, part in enumerate(parts):
        # Each part of a batch counts against the day, unlike those of a composite; the first was paid with the call.
        reply = _halted() if halted or (position and not spend()) else _batch_part(call, part, answer)
        halted = halted or (body.get("haltOnError") is True and not reply.ok)
        results.append({"statusCode": reply.status, "result": reply.body})
    return Reply(200, {"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})


def _batch_part(call: Call, part: Mapping[str, Any], answer: Answer) -> Reply:
    inner = call.part(str(part.get("method", "")), str(part.get("url", "")), body=part.get("richInput"))
    return answer(inner) if inner else _nowhere()


def _checked(call: Call, parts: Any) -> list[dict[str, Any]]:
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise ApiError(400, "JSON_PARSER_ERROR", "expected an array `compositeRequest` of objects")
    _check_count(len(parts))
    names = [part.get("referenceId") for part in parts]
    for name in names:
        if not isinstance(name, str) or not _REFERENCE_ID.fullmatch(name) or names.count(name) > 1:
            raise ApiError(400, "INVALID_INPUT", f"referenceId must be a word that no other part has, found {name!r}")
    inner = (call.part(str(part.get("method", "")), str(part.get("url", ""))) for part in parts)
    if sum(1 for part in inner if part and _heavy(part)) > _MOST_HEAVY:
        raise ApiError(400, "LIMIT_EXCEEDED", f"more than {_MOST_HEAVY} queries and collections in one composite")
    return parts


def _check_count(count: int) -> None:
    if count > _MOST_PARTS:
        raise ApiError(400, "LIMIT_EXCEEDED", f"more than {_MOST_PARTS} parts in one call: {count}")


def _heavy(part: Call) -> bool:
    return part.segments[:1] in {("query",), ("queryAll",)} or part.segments[:2] == ("composite", "sobjects")


def _part(
    call: Call, part: Mapping[str, Any], before: Mapping[str, Reply], answer: Answer, *, all_or_none: bool
) -> Reply:
    if all_or_none and not all(reply.ok for reply in before.values()):
        return _processing_halted()
    try:
        url, body = _filled(str(part.get("url", "")), before), _filled(part.get("body"), before)
    except _ReferenceError as error:
        return Reply(400, [{"errorCode": "PROCESSING_HALTED", "message": str(error)}])
    # allOrNone of the composite overrides that of a collection inside it.
    if all_or_none and isinstance(body, dict) and "records" in body:
        body = body | {"allOrNone": True}
    inner = call.part(str(part.get("method", "")), url, headers=part.get("httpHeaders"), body=body)
    if inner is None:
        return _nowhere()
    reply = answer(inner)
    if all_or_none and inner.segments[:2] == ("composite", "sobjects") and not _all_succeeded(reply):
        return Reply(400, reply.body, reply.headers)
    return reply


def _all_succeeded(reply: Reply) -> bool:
    items = reply.body if isinstance(reply.body, list) else []
    return reply.ok and all(item.get("success", True) for item in items if isinstance(item, dict))


def _filled(value: Any, before: Mapping[str, Reply]) -> Any:
    """*value* with every reference in it replaced by what it leads to."""
    match value:
        case str():
            return _REFERENCE.sub(lambda reference: str(_resolve(reference[1], reference[2], before)), value)
        case dict():
            return {name: _filled(item, before) for name, item in value.items()}
        case list():
            return [_filled(item, before) for item in value]
    return value


def _resolve(name: str, steps: str, before: Mapping[str, Reply]) -> Any:
    reply = before.get(name)
    if reply is None or not reply.ok:
        raise _ReferenceError(f"Invalid reference specified. No value for {name}{steps} found in {name}")
    value = reply.body
    for key, index in _STEP.findall(steps):
        try:
            value = value[key] if key else value[int(index)]
        except (KeyError, IndexError, TypeError):
            raise _ReferenceError(f"Invalid reference specified. No value for {name}{steps} found in {name}") from None
    return value


def _shown(name: str, reply: Reply) -> dict[str, Any]:
    # Headers of a part are data and keep the case that recorded answers have.
    headers = {key.title().replace("Etag", "ETag"): value for key, value in reply.headers.items()}
    return {"body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": name}


def _processing_halted() -> Reply:
    message = "The transaction was rolled back since another operation in the same transaction failed."
    return Reply(400, [{"errorCode": "PROCESSING_HALTED", "message": message}])


def _halted() -> Reply:
    message = "Batch processing halted per request"
    return Reply(412, [{"errorCode": "BATCH_PROCESSING_HALTED", "message": message}])


def _nowhere() -> Reply:
    return Reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])
