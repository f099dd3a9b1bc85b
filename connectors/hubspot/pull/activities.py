"""Meetings, calls and e-mails with whom they were about, and our own tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from connectors.columns import Record, Rows
from connectors.hubspot.associations import ASSOCIATIONS, associated
from connectors.hubspot.objects import KEY_PROPERTY, WANTED
from connectors.hubspot.pull.passes import Pass, passes
from connectors.hubspot.pull.reach import Reach
from connectors.hubspot.reading import SEARCH_PAGE, Filter, Wanted, condition, listed, search
from connectors.hubspot.rows.tasks import own_task_rows
from connectors.hubspot.rows.touches import KIND, Links, touch_id, touch_rows
from connectors.hubspot.transport import Transport
from connectors.hubspot.values import milliseconds
from connectors.model import Cursor, Page

_SEARCHES_A_CHUNK: Final = ASSOCIATIONS // SEARCH_PAGE
TASKS: Final = "tasks"
DealsOf = Mapping[str, Sequence[str]]


class Touches:
    """Reads engagements of all kinds; a sweep reads them whole, since whom they are about changes without a stamp."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._present: set[str] = set()

    def pages(self, kind: str) -> Iterator[Page]:
        """Yield the pages of one kind of engagement: what changed, or all of it."""
        reach = self._reach
        signature = str(reach.request.touches_since_days)
        todo = list(passes(kind, signature, reach.request.cursors, reach.now))
        if reach.request.sweep:
            todo = [Pass(kind, signature, reach.now)]
        for window in todo:
            filters = window.filters(kind)
            if window.since is None:
                # Only a first read needs the bound: later ones read what changed, however old.
                filters.append(condition("hs_timestamp", "GTE", milliseconds(reach.kept_touches())))
            yield from self._read(kind, window, filters)

    def swept(self) -> Iterator[Page]:
        """Yield the ids of all touches that exist, once every kind was read whole."""
        if self._reach.request.sweep:
            yield Page("touches", present={"touches": frozenset(self._present)})

    def _read(self, kind: str, window: Pass, filters: Sequence[Filter]) -> Iterator[Page]:
        transport = self._reach.transport
        for records in _chunks(search(transport, kind, filters, WANTED[kind], window.last)):
            ids = [str(record["id"]) for record in records]
            links = Links(self._linked(kind, "deals", ids), self._linked(kind, "contacts", ids))
            rows = touch_rows(kind, records, links)
            named = [touch_id(kind, engagement) for engagement in ids]
            self._present.update(named)
            # Links change without a stamp, so each page replaces all links of the touches it carries.
            whole = {"touch_links": ("touch_id", frozenset(named))}
            yield Page(kind, rows.tables, rows.gone, whole=whole, cursor=window.at(ids[-1]), odd=rows.odd)
        yield Page(window.source, cursor=window.done())
        if window.since is None:
            yield Page(window.source, cursor=window.late())

    def _linked(self, kind: str, other: str, ids: Sequence[str]) -> dict[str, list[str]]:
        linked = associated(self._reach.transport, kind, other, ids)
        return {engagement: [link.to_id for link in there] for engagement, there in linked.items()}


class OwnTasks:
    """Reads the tasks that carry our key."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def pages(self) -> Iterator[Page]:
        """Yield our tasks that changed; in a sweep, those that were deleted too."""
        reach = self._reach
        if KEY_PROPERTY not in reach.probe.objects["tasks"]:
            return
        has_key = condition(KEY_PROPERTY, "HAS_PROPERTY")
        for window in passes(TASKS, reach.status_close, reach.request.cursors, reach.now):
            filters = [has_key, *window.filters(TASKS)]
            for records in _chunks(search(reach.transport, TASKS, filters, WANTED[TASKS], window.last)):
                cursor = window.at(str(records[-1]["id"]))
                rows = own_task_page(reach, records)
                yield Page(TASKS, rows.tables, cursor=cursor, odd=rows.odd)
            yield Page(TASKS, cursor=window.done())
            if window.since is None:
                yield Page(TASKS, cursor=window.late())
        if reach.request.sweep:
            yield from self._archived()

    def _archived(self) -> Iterator[Page]:
        began = self._reach.now
        # Searches never show archived records; only the list does, and without a filter.
        for records, _ in listed(self._reach.transport, TASKS, Wanted((KEY_PROPERTY,)), archived=True):
            gone = tuple(str(record["id"]) for record in records if record["properties"].get(KEY_PROPERTY))
            if gone:
                yield Page(TASKS, gone={"own_tasks": gone})
        yield Page("tasks:archived", cursor=Cursor("tasks:archived", "{}", began))


def own_tasks(reach: Reach, records: Sequence[Record], linked: DealsOf | None = None) -> pl.DataFrame:
    """Convert our tasks with the deals that they hang on, which are asked for unless *linked* gives them."""
    return own_task_page(reach, records, linked).tables["own_tasks"]


def own_task_page(reach: Reach, records: Sequence[Record], linked: DealsOf | None = None) -> Rows:
    """Convert our tasks as ``own_tasks`` does, with the values that had to become null."""
    known = deals_of(reach.transport, [str(record["id"]) for record in records]) if linked is None else linked
    return own_task_rows(records, known, reach.probe.zone, reach.status_close)


def deals_of(transport: Transport, task_ids: Sequence[str]) -> DealsOf:
    """Read the deals that tasks hang on."""
    linked = associated(transport, TASKS, "deals", task_ids)
    return {task: [link.to_id for link in there] for task, there in linked.items()}


def _chunks(pages: Iterator[list[Record]]) -> Iterator[list[Record]]:
    """Join pages of a search to as many records as one call for associations takes."""
    joined: list[Record] = []
    for number, page in enumerate(pages, start=1):
        joined += page
        if number % _SEARCHES_A_CHUNK == 0:
            yield joined
            joined = []
    if joined:
        yield joined


KINDS: Final = tuple(KIND)
"""The engagements that are touches."""
