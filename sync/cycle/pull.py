"""Pull: what changed in the CRM, page by page, into the mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from connectors.base import Capabilities, PullRequest
from connectors.errors import CursorExpiredError, IncompleteError, InvalidResponseError, TransientError
from connectors.model import TABLES, Cursor, Org, Page
from connectors.odd_values import OddValueCount
from sync.connection.context import Cycle
from sync.errors import STOPPED
from sync.model.local_time import local_time
from sync.store.runs import Spent

SWEEP: Final = "sweep"
"""The cursor that says on which of the connection's days everything was last swept."""

MISSING: Final = "missing"
"""The cursor that exists while too many managed tasks are missing; it says how many were."""

SHRUNKEN_SHARE: Final = 0.2
SHRUNKEN_LEAST: Final = 50
"""A sweep that misses this share of the open deals, and at least so many, is a failure and not an instruction."""


NEEDED: Final = frozenset({"deals", "own_tasks", "own_scores", "owners", "stages"})
"""Tables without which there is nothing to compare, so that nothing is written at all."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: rows by canonical table, why it stopped short, if it did, and whether it swept.

    *org* and *capabilities* are what the connector knows of the org since. *incomplete* are the tables that were not
    read whole, where all others are known to be; else none are named. *notes* are lines for the operator, among them
    one for each column with values that had to be read as unknown.
    """

    org: Org
    capabilities: Capabilities
    rows: Mapping[str, int]
    unfinished: str | None = None
    swept: bool = False
    incomplete: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def pull(cycle: Cycle, org: Org, before: Capabilities | None = None) -> Pulled:
    """Commit every page together with its cursor; a failure on the way keeps what was committed.

    Rows are counted as read, so a row that the overlap brings again counts again. Once a day, from the configured local
    time on, the pull sweeps: it reads ids and columns again that no change stamp covers. A sweep that no cycle
    came for on its own day is made up for by the first one after. A table of which a column vanished since the org was
    asked *before* counts as not read whole, this once.
    """
    connector, began = cycle.connection.connector, cycle.connection.connector.now()
    cursors = {source: at for source, at in cycle.store.cursors.all(cycle.conn).items() if source != MISSING}
    # Not a source of the connector's: it would be asked to read on from there.
    swept, due = cursors.pop(SWEEP, None), _due(cycle, org)
    request = PullRequest(
        cursors=cursors,
        touches_since_days=cycle.connection.touches_days,
        closed_deals_since_days=cycle.connection.closed_deals_days,
        sweep=swept is not None and swept.position < due,
        known_ids=lambda table: cycle.store.lookups.known_ids(cycle.conn, table),
    )
    pages = _Pages(cycle)
    cut = _read(cycle, pages, request)
    # Once opened a connector answers without a call: with what the org lets us do now, as the pull met it.
    org, capabilities = connector.open(before)
    if cut is not None:
        if cut.incomplete is not None:
            cycle.store.cursors.note_complete(cycle.conn, TABLES.keys() - cut.incomplete, began)
        return Pulled(
            org, capabilities, pages.rows, cut.why, incomplete=cut.incomplete or frozenset(), notes=pages.notes()
        )
    # A vanished column reads as empty and looks like a change of every deal; this cycle closes nothing because of it.
    vanished = _vanished(cycle, before, capabilities)
    cycle.store.cursors.note_complete(cycle.conn, TABLES.keys() - vanished.keys(), began)
    if swept is None or request.sweep:
        done = due if request.sweep else _day(connector.now(), org)
        cycle.store.mirror.commit_page(cycle.conn, Page(SWEEP, cursor=Cursor(SWEEP, done)))
    if vanished:
        named = "; ".join(f"{table}: {', '.join(names)}" for table, names in sorted(vanished.items()))
        why = f"{named} could be read before and cannot now; the next cycle goes on without"
        incomplete = frozenset(vanished)
        return Pulled(
            org, capabilities, pages.rows, why, swept=request.sweep, incomplete=incomplete, notes=pages.notes()
        )
    return Pulled(org, capabilities, pages.rows, swept=request.sweep, notes=pages.notes())


@dataclass(frozen=True, slots=True)
class _Cut:
    """Why a pull ended before its last page, and the tables that it lacks; None where it may lack any."""

    why: str
    incomplete: frozenset[str] | None = None


def _read(cycle: Cycle, pages: _Pages, request: PullRequest) -> _Cut | None:
    """Commit the pages of *request* up to the last one, or to where it broke off."""
    try:
        if not pages.take(cycle.connection.connector.pull(request)):
            return _Cut(f"{STOPPED} while reading")
    except IncompleteError as error:
        pages.end()
        return _Cut(str(error), error.tables)
    except (TransientError, InvalidResponseError, CursorExpiredError) as error:
        pages.end()
        return _Cut(str(error))
    pages.end()
    return None


class _Pages:
    """The pages of one pull on their way into the mirror.

    A cursor that comes alone, as most do in a quiet pull, is committed with the rows after it, or at the end.
    """

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._noted = cycle.spent()
        self._alone: list[Cursor] = []
        self._odd = OddValueCount()
        self._lines: dict[str, None] = {}
        self.rows: Counter[str] = Counter()

    def notes(self) -> tuple[str, ...]:
        """Return what the operator should know of the rows that were read."""
        return (*self._lines, *self._odd.notes())

    def take(self, pages: Iterable[Page]) -> bool:
        """Commit *pages*; say whether that went on to their end and was not stopped on request."""
        cycle = self._cycle
        for page in pages:
            news = self._news()  # one answer may bring many pages
            if news and cycle.run.stop_requested():
                return False
            # Before the page is committed: rows that a failed sweep did not show would count as deleted.
            _refuse_shrunken(cycle, page)
            self._odd.add(page.odd)
            self._lines.update(dict.fromkeys(page.notes))
            if page.cursor is not None and page.is_bare:
                self._alone.append(page.cursor)
                continue
            self._commit(page, news)
            self.rows.update({table: frame.height for table, frame in page.tables.items()})
            cycle.run.progress.stage(cycle.connection.name, f"reading {page.source}", self.rows.total(), None)
        return True

    def end(self) -> None:
        """Commit what still waits."""
        if self._alone:
            *self._alone, last = self._alone
            self._commit(Page(last.source, cursor=last), self._news())

    def _news(self) -> Spent | None:
        spent = self._cycle.spent()
        return None if spent == self._noted else spent

    def _commit(self, page: Page, news: Spent | None) -> None:
        self._cycle.store.mirror.commit_page(self._cycle.conn, page, news, self._alone)
        self._noted = news or self._noted
        self._alone = []


def _vanished(cycle: Cycle, before: Capabilities | None, now: Capabilities) -> Mapping[str, Sequence[str]]:
    """Return what vanished since the org was asked *before*; what was noted then is not reported again."""
    if before is None or now.fingerprint == before.fingerprint:
        return {}
    cycle.store.connections.save_capabilities(cycle.conn, now)
    return now.vanished


def _due(cycle: Cycle, org: Org) -> str:
    """Return the connection's day on which the hour for sweeping came last."""
    here = local_time(org.time_zone, cycle.connection.connector.now())
    day = here.date() if here.time() >= cycle.connection.sweep_at else here.date() - timedelta(days=1)
    return day.isoformat()


def _day(now: datetime, org: Org) -> str:
    return local_time(org.time_zone, now).date().isoformat()


def _refuse_shrunken(cycle: Cycle, page: Page) -> None:
    present = page.present.get("deals")
    if present is None:
        return
    known = set(chain.from_iterable(cycle.store.lookups.deal_chunks(cycle.conn)))
    missing = len(known - present)
    if missing >= SHRUNKEN_LEAST and missing > SHRUNKEN_SHARE * len(known):
        raise InvalidResponseError(
            f"a sweep no longer found {missing:,} of {len(known):,} open deals; nothing was taken from it: check "
            "that the integration user still sees all of them (View All on Opportunity)"
        )


def goes_on(cycle: Cycle, pulled: Pulled) -> bool:
    """Whether an unfinished pull read enough for a cycle to write scores, and texts of tasks."""
    known_short = bool(pulled.incomplete) and not pulled.incomplete & NEEDED
    judged_before = cycle.store.judgements.state(cycle.conn) is not None
    return known_short and judged_before and cycle.run.command == "sync" and cycle.connection.furthest != "observe"
