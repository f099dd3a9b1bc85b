"""The REST data API: from a call to the part of the API that answers it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.salesforce.api import meta, records, replication
from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.collections import collection
from sandbox.salesforce.api.composite import batch, composite
from sandbox.salesforce.api.errors import ApiError, not_found, refusal
from sandbox.salesforce.api.locators import Locators
from sandbox.salesforce.api.quota import Quota
from sandbox.salesforce.data.refusals import QueryError, RowError
from sandbox.salesforce.org.org import Org
from sandbox.server.calls import CallKind

_QUERIES = {"query", "queryall"}


class DataApi:
    """The data API of one org, for calls that are already logged in and paid for."""

    def __init__(self, org: Org, quota: Quota, now: Callable[[], datetime]) -> None:
        self._org, self._quota, self._now = org, quota, now
        self._locators = Locators(org, now)
        self._describes = meta.Describes(org, now)

    def answer(self, call: Call) -> Reply:
        """Carry *call* out; what refuses it becomes the reply."""
        try:
            return self._route(call)
        except (ApiError, QueryError, RowError) as error:
            return refusal(error)

    def _route(self, call: Call) -> Reply:
        match (call.method, *call.segments):
            case ("GET",):
                return meta.resources(call)
            case ("GET", "limits"):
                return meta.limits(self._quota)
            case ("GET", "limits", "recordCount"):
                return meta.record_count(self._org, call)
            case ("GET", door) if door.lower() in _QUERIES:
                return self._locators.query(call, all_rows=door.lower() == "queryall")
            case ("GET", door, locator) if door.lower() in _QUERIES:
                return self._locators.more(call, locator)
            case ("GET", "sobjects"):
                return self._describes.everything(call)
            case (_, "sobjects", name, *rest):
                return self._object(call, name, *rest)
            case ("POST", "composite"):
                return composite(self._org, call, self.answer)
            case ("POST", "composite", "batch"):
                return batch(call, self.answer, self._quota.spend)
            case (_, "composite", "sobjects", *_):
                return collection(self._org, call)
        raise not_found()

    def _object(self, call: Call, name: str, *rest: str) -> Reply:
        org, sobject = self._org, records.visible_object(self._org, name)
        match (call.method, *rest):
            case ("GET",):
                return self._describes.basics(call, sobject)
            case ("POST",):
                return records.create(org, call, sobject)
            case ("GET", "describe"):
                return self._describes.object(call, sobject)
            case ("GET", "updated"):
                return replication.updated(org, call, sobject.name, self._now())
            case ("GET", "deleted"):
                return replication.deleted(org, call, sobject.name, self._now())
            case (_, record_id):
                return records.record(org, call, sobject, record_id)
            case (_, field, value):
                return records.record_by_key(org, call, sobject, field, value)
            case (_,):
                raise records.wrong_method(call)
        raise not_found()


def kind_of(call: Call) -> CallKind:
    """What *call* counts as. A composite is one call: a write if any part writes, else a read if any part reads."""
    match (call.method, *call.segments):
        case ("POST", "composite") | ("POST", "composite", "batch"):
            kinds = {kind_of(part) for part in _parts(call)}
            return "write" if "write" in kinds else "read" if "read" in kinds else "meta"
        case ("POST", "composite", "sobjects", _):
            return "read"
        case ("GET" | "HEAD", *segments):
            return "meta" if _is_meta(segments) else "read"
    return "write"


def _is_meta(segments: list[str]) -> bool:
    match segments:
        case [] | ["limits", *_] | ["sobjects"] | ["sobjects", _] | ["sobjects", _, "describe"]:
            return True
        case ["sobjects", "Organization", _]:  # what the org is, not what it holds
            return True
    return False


def _parts(call: Call) -> list[Call]:
    body = call.body if isinstance(call.body, dict) else {}
    listed = body.get("compositeRequest") or body.get("batchRequests")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    parts = (call.part(str(entry.get("method", "")), str(entry.get("url", ""))) for entry in entries)
    return [part for part in parts if part is not None]
