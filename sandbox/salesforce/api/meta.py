"""What the API says about itself and the org: versions, resources, limits, counts, describes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.salesforce.api.call import NEWEST, OLDEST, Call, Reply
from sandbox.salesforce.api.errors import ApiError
from sandbox.salesforce.api.quota import Quota
from sandbox.salesforce.api.records import conditional
from sandbox.salesforce.data.json_text import cached_describe
from sandbox.salesforce.data.schema import SObject
from sandbox.salesforce.org.org import Org

_SEASONS = ("Spring", "Summer", "Winter")
_FIRST_YEAR = 14
_RESOURCES = ("composite", "limits", "query", "queryAll", "sobjects")
_OTHER_LIMITS = {
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyDeliveredPlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DataStorageMB": 1_024,
    "FileStorageMB": 1_024,
    "SingleEmail": 5_000,
}


def versions() -> list[dict[str, str]]:
    """GET /services/data, for which no login is needed."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ]


def _label(number: int) -> str:
    """Three releases a year; the winter release bears the number of the year that follows it."""
    season, year = (number - OLDEST + 1) % 3, _FIRST_YEAR + (number - OLDEST + 1) // 3
    return f"{_SEASONS[season]} '{year + (season == 2)}"


def resources(call: Call) -> Reply:
    """GET the version's root: its resources and their paths."""
    return Reply(200, {name: f"{call.root}/{name}" for name in _RESOURCES})


def limits(quota: Quota) -> Reply:
    """GET /limits. Only the day's calls are counted, everything else is untouched."""
    body = {"DailyApiRequests": {"Max": quota.maximum, "Remaining": max(0, quota.maximum - quota.used())}}
    # Other limits are there for clients that read the whole map; nothing in the org uses them up.
    body |= {name: {"Max": most, "Remaining": most} for name, most in _OTHER_LIMITS.items()}
    return Reply(200, body)


def record_count(org: Org, call: Call) -> Reply:
    """GET /limits/recordCount: objects without rows, and unknown ones, are left out."""
    asked = [name.strip() for name in call.query.get("sObjects", "").split(",") if name.strip()]
    objects = (org.schema.find(name) for name in asked) if asked else iter(org.schema.objects.values())
    counted = [sobject for sobject in objects if sobject is not None and org.schema.sees(org.quirks, sobject)]
    counts = [{"count": _rows(org, sobject), "name": sobject.name} for sobject in counted]
    return Reply(200, {"sObjects": [entry for entry in counts if entry["count"]]})


def _rows(org: Org, sobject: SObject) -> int:
    return org.select(f"SELECT COUNT() FROM {sobject.name}", all_rows=False).total  # noqa: S608 - SOQL over known names


class Describes:
    """Describes with the time at which each last changed, so that clients may ask for it conditionally."""

    def __init__(self, org: Org, now: Callable[[], datetime]) -> None:
        self._org, self._now = org, now
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[str, datetime]] = {}

    def everything(self, call: Call) -> Reply:
        """GET /sobjects."""
        return self._conditional(call, "", self._org.describe_global(base=call.root))

    def object(self, call: Call, sobject: SObject) -> Reply:
        """GET /sobjects/X/describe."""
        return self._conditional(call, sobject.name, self._org.describe(sobject.name, base=call.root))

    def basics(self, call: Call, sobject: SObject) -> Reply:
        """GET /sobjects/X: the object's entry in the global describe, and no recent items."""
        entries = self._org.describe_global(base=call.root)["sobjects"]
        described = next((entry for entry in entries if entry["name"] == sobject.name), None)
        if described is None:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return Reply(200, {"objectDescribe": described, "recentItems": []})

    def _conditional(self, call: Call, name: str, described: Mapping[str, Any]) -> Reply:
        body = cached_describe(call.root, name, described)
        with self._lock:
            known = self._seen.get((call.root, name))
            if known is None or known[0] != body.etag:
                known = self._seen[call.root, name] = (body.etag, self._now())
        return conditional(call, body, known[1], etag=body.etag)
