"""Queries and the locators by which their following pages are read."""

from __future__ import annotations

import itertools
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.api.call import Call, Reply
from sandbox.salesforce.api.errors import ApiError
from sandbox.salesforce.data.ids import case_suffix
from sandbox.salesforce.org.org import Org, Selection

_LARGEST, _SMALLEST = 2000, 200
_LONGEST_SOQL = 100_000
_KEPT = 1000
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Cursor:
    selection: Selection
    page_size: int
    opened: datetime
    trap: str | None = None  # the hostile kind of every page from here on


class Locators:
    """The open cursors of an org. One is kept for `locator_ttl_s` seconds; the oldest go when there are many."""

    def __init__(self, org: Org, now: Callable[[], datetime]) -> None:
        self._org, self._now = org, now
        self._lock = threading.Lock()
        self._cursors: OrderedDict[str, _Cursor] = OrderedDict()
        self._salt = secrets.token_hex(3)
        self._numbers = itertools.count(1)

    def query(self, call: Call, *, all_rows: bool) -> Reply:
        """The first page of the query in *call*."""
        soql = call.query.get("q", "")
        if not soql.strip():
            raise ApiError(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null")
        if len(soql) > _LONGEST_SOQL:
            raise ApiError(400, "MALFORMED_QUERY", f"SOQL statements cannot be longer than {_LONGEST_SOQL} characters.")
        selection = self._org.select(soql, all_rows=all_rows, base=call.root)
        trap = _sprung(call)
        cursor = _Cursor(selection, self._page_size(call), self._now(), trap)
        return Reply(200, self._trapped(call, cursor, None, 0) if trap else self._page(call, cursor, None, 0))

    def more(self, call: Call, locator: str) -> Reply:
        """The page that *locator* (`cursor-offset`) names; the records of any other query are out of its reach."""
        name, _, tail = locator.partition("-")
        with self._lock:
            if call.strike.take("locator_expired"):
                self._cursors.pop(name, None)
            cursor = self._cursors.get(name)
        age_limit = timedelta(seconds=self._org.quirks["locator_ttl_s"])
        if cursor is None or not tail.isdigit() or self._now() - cursor.opened > age_limit:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        offset = int(tail)
        if trap := cursor.trap or _sprung(call):
            return Reply(200, self._trapped(call, replace(cursor, trap=trap), name, offset))
        if call.strike.take("duplicate_page"):
            return Reply(200, self._page(call, cursor, name, max(0, offset - cursor.page_size), next_offset=offset))
        if call.strike.take("repeated_after"):
            return Reply(200, self._page(call, cursor, name, offset, next_offset=offset))
        return Reply(200, self._page(call, cursor, name, offset))

    def _page(
        self, call: Call, cursor: _Cursor, name: str | None, offset: int, *, next_offset: int | None = None
    ) -> dict[str, Any]:
        """One page as it is sent; the first that does not hold everything opens the cursor under a name."""
        total = cursor.selection.total
        records = cursor.selection.page(offset, cursor.page_size)
        if len(records) > 1 and call.strike.take("short_page"):
            records = records[: len(records) // 2]
        following = offset + len(records) if next_offset is None else next_offset
        # totalSize is that of the first page throughout, whatever is written meanwhile.
        body: dict[str, Any] = {"totalSize": total, "done": not records or following >= total}
        if not body["done"]:
            body["nextRecordsUrl"] = f"{call.root}/query/{name or self._keep(cursor)}-{following}"
        return body | {"records": records}

    def _trapped(self, call: Call, cursor: _Cursor, name: str | None, offset: int) -> dict[str, Any]:
        """A page that leads nowhere: it has no rows and a next page, or is its own next page."""
        is_empty = cursor.trap == "endless_pages"
        name = self._keep(cursor, name)
        body: dict[str, Any] = {"totalSize": cursor.selection.total, "done": False}
        body["nextRecordsUrl"] = f"{call.root}/query/{name}-{offset + is_empty * cursor.page_size}"
        return body | {"records": [] if is_empty else cursor.selection.page(offset, cursor.page_size)}

    def _keep(self, cursor: _Cursor, name: str | None = None) -> str:
        if name is None:
            id15 = f"0r8{self._salt}{next(self._numbers):06d}"
            name = id15 + case_suffix(id15)
        with self._lock:
            self._cursors[name] = cursor
            while len(self._cursors) > _KEPT:
                self._cursors.popitem(last=False)
        return name

    def _page_size(self, call: Call) -> int:
        """What the client asked for, within the limits; the server may always give less."""
        asked = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
        size = min(max(int(asked[1]), _SMALLEST), _LARGEST) if asked else _LARGEST
        # batchSize is a wish: rows with many or wide columns make smaller pages.
        cap = int(self._org.quirks["short_pages"])
        return min(size, cap) if cap > 0 else size


def _sprung(call: Call) -> str | None:
    """The trap that is set on this page and all that follow it."""
    return next((kind for kind in ("endless_pages", "self_link") if call.strike.take(kind)), None)
