"""Deals: listed with their history at first, searched for changes after, listed again by a sweep; and companies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from connectors.columns import Record, Rows
from connectors.errors import CursorExpiredError, TransientError
from connectors.hubspot.objects import WANTED
from connectors.hubspot.pull.passes import Pass, passes
from connectors.hubspot.pull.reach import Owed, Reach
from connectors.hubspot.reading import BATCH, LONGEST_SEARCH, Wanted, batch_read, listed, search
from connectors.hubspot.rows.deals import change_rows, deal_rows
from connectors.hubspot.rows.people import company_rows
from connectors.hubspot.values import moment, properties
from connectors.model import Cursor, Page

SOURCE = "deals"
COMPANIES = "companies"
_CONDITIONS = 600
"""Characters kept free for the conditions in the body of a search."""


class Deals:
    """Reads deals, and the companies that they name; afterwards *open_ids* are the open ones.

    *seen* are deals that the primary store just gave. *all_seen* says that it gave every one.
    """

    def __init__(self, reach: Reach) -> None:
        self.open_ids: set[str] = set()
        self.seen: set[str] = set()
        self.all_seen = False
        self._reach = reach
        shape = reach.probe.deal
        self._wanted = Wanted(shape.properties(), tuple(shape.history()))
        # A search body over 3,000 characters is refused, and a deal may have hundreds of mapped properties.
        self._fits_search = len(json.dumps(self._wanted.properties)) + _CONDITIONS < LONGEST_SEARCH
        again = reach.request.sweep or COMPANIES not in reach.request.cursors
        known = set() if again else reach.known("accounts") or set()
        self._companies = Owed(BATCH, known)

    def pages(self) -> Iterator[Page]:
        """Yield what changed, late changes first; in a sweep, every deal after that."""
        reach = self._reach
        todo = list(passes(SOURCE, self._signature(), reach.request.cursors, reach.now))
        first = todo[0].since is None
        if not first:
            self._take_known()
        for window in todo:
            self._companies.want(window.owed)
            yield from self._list(window) if window.since is None else self._changes(window)
        if reach.request.sweep and not self.all_seen:
            yield from self._sweep()
        yield from self._owed(everything=True)
        yield Page(COMPANIES, cursor=Cursor(COMPANIES, "{}", reach.transport.asked_at()))

    def _take_known(self) -> None:
        """Take the mirror's open deals; where nobody says which those are, the portal does."""
        known = self._reach.known("deals")
        if known is None:
            # NEQ rather than EQ "false": deals on which the property was never computed are open too.
            still_open = [{"propertyName": "hs_is_closed", "operator": "NEQ", "value": "true"}]
            known = {
                str(record["id"]) for page in search(self._reach.transport, "deals", still_open, ()) for record in page
            }
        self.open_ids |= known

    def _list(self, window: Pass) -> Iterator[Page]:
        """List all deals with their history, from where an interrupted listing stopped."""
        try:
            yield from self._listed(window)
        except CursorExpiredError:
            yield from self._listed(replace(window, last="", counted=0, started=self._reach.now))

    def _listed(self, window: Pass) -> Iterator[Page]:
        counted, known = window.counted, self._reach.known("deals") or set()
        present: set[str] = set()
        if window.last:
            self.open_ids |= known
        for records, following in listed(self._reach.transport, "deals", self._wanted, after=window.last):
            counted += len(records)
            present.update(str(record["id"]) for record in records)
            yield from self._page([record for record in records if self._is_kept(record)], whole=True)
            if following:
                so_far = replace(window, counted=counted)
                yield Page(SOURCE, cursor=so_far.at(following, tuple(self._companies.waiting)))
        # A listing that lost a page looks complete: it just ends.
        if (total := self._total()) > counted:
            # Without this cursor the next cycle would go on at the end of the list and never see what is missing.
            yield Page(SOURCE, cursor=replace(window, last="", counted=0).at(""))
            raise TransientError(
                f"incomplete: HubSpot counts {total} deals and listed {counted}; the next cycle lists them again"
            )
        self.all_seen = not window.last
        if self.all_seen and known:  # a list that was begun anew finds out what is gone, as a sweep does
            self._check_left_out(known - present)
            self.open_ids &= present
            yield Page(SOURCE, present={"deals": frozenset(present)})
        yield from self._owed(everything=True)
        yield Page(SOURCE, cursor=window.done())
        yield Page(SOURCE, cursor=window.late())

    def _total(self) -> int:
        """Return the search's total, to hold the count against: it may lag behind but is never that far ahead."""
        transport = self._reach.transport
        body = {"filterGroups": [], "properties": [], "limit": 1}
        total = transport.ask(transport.api.search("deals"), body).get("total")
        return total if isinstance(total, int) else 0

    def _changes(self, window: Pass) -> Iterator[Page]:
        reach = self._reach
        names = self._wanted.properties if self._fits_search else self._wanted.history
        for records in search(reach.transport, "deals", window.filters("deals"), names, window.last):
            fresh = [record for record in records if not self._is_known(record)]
            seen = [record for record in records if self._is_known(record)]
            yield from self._page(seen, whole=False)
            # Searches return no former values, and an index that lags: what is new is read again from the store.
            if fresh:
                ids = [str(record["id"]) for record in fresh]
                there = batch_read(reach.transport, "deals", ids, self._wanted)
                yield from self._page(there, whole=True)
                yield from self._gone(set(ids) - {str(record["id"]) for record in there})
            yield Page(window.source, cursor=window.at(str(records[-1]["id"]), tuple(self._companies.waiting)))
        yield from self._owed(everything=True)
        yield Page(window.source, cursor=window.done())

    def _sweep(self) -> Iterator[Page]:
        """List every deal once more: formulas change without a stamp, and what is not listed is gone."""
        present: set[str] = set()
        plain = Wanted(self._wanted.properties)
        for records, _ in listed(self._reach.transport, "deals", plain):
            present.update(str(record["id"]) for record in records)
            yield from self._page([record for record in records if self._is_kept(record)], whole=False)
        self._check_left_out((self._reach.known("deals") or set()) - present)
        self.open_ids &= present
        self.all_seen = True
        yield Page(SOURCE, present={"deals": frozenset(present)})

    def _check_left_out(self, left_out: set[str]) -> None:
        """Ask by id for known deals that a list left out: only what is not there by its id either is gone."""
        there = batch_read(self._reach.transport, "deals", sorted(left_out), Wanted(("dealname",)))
        if there:
            raise TransientError(
                f"incomplete: HubSpot listed its deals without {len(there)} that are there; the next cycle lists again"
            )

    def _page(self, records: Sequence[Record], *, whole: bool) -> Iterator[Page]:
        """Convert deals; *whole* ones came from the primary store with their history."""
        if not records:
            return
        reach = self._reach
        rows = deal_rows(records, reach.context())
        if whole:
            rows.tables |= change_rows(records, reach.probe.deal, reach.probe.zone).tables
            self.seen.update(str(record["id"]) for record in records)
            for record in records:
                reach.memory.note(str(record["id"]), self._watched(record))
        self._keep_open(rows)
        self._companies.want(account for account in rows.tables["deals"]["account_id"].to_list() if account)
        yield from self._owed()
        yield Page(SOURCE, rows.tables, rows.gone, odd=rows.odd, merged=rows.merged)

    def _keep_open(self, rows: Rows) -> None:
        closed = rows.tables["deals"].filter(pl.col("is_closed").fill_null(value=False))["deal_id"].to_list()
        self.open_ids.update(rows.tables["deals"]["deal_id"].to_list())
        self.open_ids.difference_update(closed, rows.gone.get("deals", ()))

    def _gone(self, ids: set[str]) -> Iterator[Page]:
        """Report deals that the index still finds and the primary store no longer has."""
        if ids:
            self.open_ids -= ids
            yield Page(SOURCE, gone={"deals": tuple(sorted(ids))})

    def _owed(self, *, everything: bool = False) -> Iterator[Page]:
        ids = self._companies.due(everything=everything)
        if ids:
            reach = self._reach
            extras: Mapping[str, str] = reach.probe.deal.account_extras
            wanted = Wanted((*WANTED["companies"], *extras.values()))
            known = reach.probe.objects.get("companies", {})
            rows = company_rows(batch_read(reach.transport, "companies", ids, wanted), extras, known)
            yield Page(COMPANIES, rows.tables, rows.gone, odd=rows.odd)

    def _is_kept(self, record: Record) -> bool:
        """Whether a deal is open, or was closed not too long ago."""
        deal = properties(record)
        stage = self._reach.probe.stages.get((str(deal.get("pipeline")), str(deal.get("dealstage"))))
        # The stage decides, since hs_is_closed is computed some time after a stage is redefined.
        closed = stage.is_closed if stage else deal.get("hs_is_closed") == "true"
        at = moment(deal.get("closedate")) or moment(deal.get("createdate"))
        return not closed or at is None or at >= self._reach.kept_deals()

    def _is_known(self, record: Record) -> bool:
        return self._fits_search and self._reach.memory.knows(str(record["id"]), self._watched(record))

    def _watched(self, record: Record) -> list[object]:
        return [record["properties"].get(name) for name in self._wanted.history]

    def _signature(self) -> str:
        """Identify this way of reading: a stored cursor with another signature cannot be used."""
        shape = self._reach.probe.deal
        days = self._reach.request.closed_deals_since_days
        return hashlib.sha256(f"{self._wanted}{shape.elements}{shape.extras}{shape.scores}{days}".encode()).hexdigest()[
            :16
        ]
