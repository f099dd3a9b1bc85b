"""What the account is, and what its objects look like as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.api.limits import Limits
from sandbox.hubspot.api.properties import definitions
from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.objects import ObjectType, object_named
from sandbox.hubspot.portal.portal import Portal

_EPOCH = "1970-01-01T00:00:00Z"


def account(portal: Portal, limits: Limits, call: Call) -> Reply:
    """Any call below the root of account info."""
    if call.method != "GET":
        raise wrong_method(call.method)
    match call.rest:
        case ("details",):
            return Reply(200, _details(portal, call.now))
        case ("api-usage", "daily", "private-apps"):
            return Reply(200, {"results": [_usage(limits, call.now)]})
    raise no_such_path()


def schemas(portal: Portal, call: Call) -> Reply:
    """The schema of one object. The list of schemas holds custom objects alone, of which the portal has none."""
    if call.method != "GET":
        raise wrong_method(call.method)
    match call.rest:
        case ():
            return Reply(200, {"results": []})
        case (name,):
            return Reply(200, _schema(portal, object_named(name)))
    raise no_such_path()


def validations(_: Portal, call: Call) -> Reply:
    """The administrator's rules for the values of properties: none are kept in this form."""
    if call.method != "GET":
        raise wrong_method(call.method)
    if len(call.rest) not in {1, 2}:
        raise no_such_path()
    object_named(call.rest[0])
    return Reply(200, {"results": []})


def _details(portal: Portal, now: datetime) -> dict[str, Any]:
    offset = now.astimezone(ZoneInfo(portal.time_zone)).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return {
        "portalId": int(portal.portal_id),
        "accountType": "STANDARD",
        "timeZone": portal.time_zone,
        "companyCurrency": portal.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{'-' if seconds < 0 else '+'}{hours:02d}:{minutes:02d}",
        "utcOffsetMilliseconds": seconds * 1000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


def _usage(limits: Limits, now: datetime) -> dict[str, Any]:
    daily = limits.usage()["daily"]
    return {
        "name": "private-apps-api-calls-daily",
        "usageLimit": daily["max"],
        "currentUsage": daily["used"],
        "collectedAt": stamp(now),
        "fetchStatus": "SUCCESS",
        "resetsAt": stamp(limits.resets_at()),
    }


def _schema(portal: Portal, kind: ObjectType) -> dict[str, Any]:
    name = kind.singular.upper()
    return {
        "labels": {"singular": kind.singular.capitalize(), "plural": kind.name.capitalize()},
        "requiredProperties": list(kind.required),
        "searchableProperties": list(kind.searched),
        "primaryDisplayProperty": (kind.searched or ("hs_object_id",))[0],
        "secondaryDisplayProperties": list(kind.searched[1:4]),
        "archived": False,
        "restorable": True,
        "metaType": "HUBSPOT",
        "id": kind.type_id.partition("-")[2],
        "fullyQualifiedName": name,
        "createdAt": _EPOCH,
        "updatedAt": _EPOCH,
        "objectTypeId": kind.type_id,
        "properties": definitions(portal, kind),
        "associations": [],
        "name": name,
    }
