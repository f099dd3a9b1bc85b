"""One query read to its end: every page once, none missing, as many rows as the CRM said there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from connectors.columns import Record
from connectors.errors import CursorExpiredError, InvalidResponseError, TransientError
from connectors.limits import PageGuard
from connectors.model import Cursor, Page
from connectors.salesforce.pull.sources import Source
from connectors.salesforce.transport import Transport

SWEPT: Final = {"deals": "deal_id", "roles": "role_id"}
"""The tables that a sweep holds against the CRM, and their keys."""

OVERLAP: Final = timedelta(minutes=15)
"""How far a window reaches back before the last read: a row's stamp is older than its commit by up to ten minutes."""


@dataclass(slots=True)
class Sweep:
    """Collects the ids of deals and roles that exist, so that the mirror can be held against them.

    *broken* once any of the reads failed: then it proves nothing.
    """

    ids: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in SWEPT})
    broken: bool = False

    def note(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Take the ids of rows that were read."""
        for table, key in SWEPT.items():
            if table in tables:
                self.ids[table].update(tables[table][key].to_list())

    def present(self) -> dict[str, frozenset[str]]:
        """Return the ids that exist, by canonical table."""
        return {table: frozenset(ids) for table, ids in self.ids.items()}


@dataclass(slots=True)
class Window:
    """What one source is to be read for: all of it, or what changed since a moment."""

    source: Source
    since: datetime | None
    sweep: Sweep | None = None
    ends_sweep: bool = False
    started: datetime | None = None

    def query(self) -> str:
        """Return the query of the window."""
        return self.source.query(self.since)

    def cursor(self) -> Cursor:
        """Return the cursor that follows the window once it is read to its end."""
        assert self.started is not None
        position = {"from": (self.started - OVERLAP).isoformat(), "signature": self.source.signature}
        return Cursor(self.source.name, json.dumps(position), self.started)


def position_of(cursor: Cursor | None, signature: str) -> datetime | None:
    """Return the moment from which to read on, None if no cursor was made for this way of reading."""
    if cursor is None:
        return None
    try:
        position = json.loads(cursor.position)
        return datetime.fromisoformat(position["from"]) if position["signature"] == signature else None
    except (ValueError, KeyError, TypeError):
        return None


def pages_of(window: Window, first: Any, transport: Transport) -> Iterator[Page]:
    """Yield the pages of a window from its *first* answer on.

    Only the last page carries a cursor, so after a break the window is read from its begin. A locator that expires on
    the way begins it again at once.

    Raises:
        TransientError: rows are missing or came twice; what was given so far is right, but not all.
    """
    try:
        yield from _read(window, first, transport)
    except CursorExpiredError:
        # A locator lives two days; a rebuilt one cannot go on in the middle.
        again = transport.get("queryAll", {"q": window.query()})
        window.started = transport.asked_at()
        yield from _read(window, again, transport)


def rows_of(query: str, transport: Transport) -> list[Record]:
    """Return every row of a query, deleted ones included.

    Raises:
        TransientError: rows are missing.
    """
    body = _checked(transport.get("queryAll", {"q": query}))
    total, records = body["totalSize"], list(body["records"])
    guard = PageGuard(transport.limits, "a query")
    while more := body.get("nextRecordsUrl"):
        guard.note(len(body["records"]), more)
        body = _checked(transport.get(more))
        records += body["records"]
    if len(records) != total:
        raise TransientError(
            f"incomplete: Salesforce said {total} rows and gave {len(records)}; the next cycle reads again"
        )
    return records


def _read(window: Window, body: Any, transport: Transport) -> Iterator[Page]:
    source, seen, counted = window.source, set[int](), 0
    total = _checked(body)["totalSize"]
    collected: list[Record] = []
    guard = PageGuard(transport.limits, source.name)
    while True:
        records = _checked(body)["records"]
        counted += len(records)
        # A locator that is served twice would otherwise double rows while the count still fits.
        page = hash(tuple(record.get("Id") for record in records))
        repeated = page in seen and bool(records)
        seen.add(page)
        more = body.get("nextRecordsUrl")
        if source.stamp is None:
            collected += records
        elif not repeated:
            yield from _page(window, records)
        # More rows than there are: whoever goes on reading never comes to an end.
        if repeated or not more or counted > total:
            break
        guard.note(len(records), more)
        body = transport.get(more)
    if repeated or counted != total:
        raise TransientError(
            f"incomplete: Salesforce said {total} rows of {source.name} and gave {counted}"
            f"{', one page twice' if repeated else ''}; the next cycle reads them again"
        )
    yield from _last(window, collected)


def _page(window: Window, records: Sequence[Record]) -> Iterator[Page]:
    if records:
        rows = window.source.convert(records)
        if window.sweep is not None:
            window.sweep.note(rows.tables)
        gone = {table: ids for table, ids in rows.gone.items() if ids}
        yield Page(window.source.name, rows.tables, gone, odd=rows.odd)


def _last(window: Window, collected: Sequence[Record]) -> Iterator[Page]:
    if window.source.stamp is not None:
        proves = window.sweep is not None and window.ends_sweep and not window.sweep.broken
        present = window.sweep.present() if window.sweep and proves else {}
        yield Page(window.source.name, present=present, cursor=window.cursor())
        return
    rows = window.source.convert(collected)
    yield Page(window.source.name, rows.tables, replace=tuple(rows.tables), cursor=window.cursor(), odd=rows.odd)


def _checked(body: Any) -> dict[str, Any]:
    if (
        not isinstance(body, dict)
        or not isinstance(body.get("records"), list)
        or not isinstance(body.get("totalSize"), int)
        or body.get("done") is not ("nextRecordsUrl" not in body)
    ):
        raise InvalidResponseError("Salesforce answered a query with something else than rows")
    return body
