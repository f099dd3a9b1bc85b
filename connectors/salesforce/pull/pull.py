"""A pull: all queries in a few composite calls, their further pages one by one, deletions beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from connectors.base import PullRequest
from connectors.errors import (
    CursorExpiredError,
    IncompleteError,
    InvalidResponseError,
    LimitError,
    QuotaSpentError,
    TransientError,
)
from connectors.mapping import FieldMap
from connectors.model import Cursor, Page
from connectors.salesforce import soql
from connectors.salesforce.capabilities import Probe
from connectors.salesforce.objects import FEEDS
from connectors.salesforce.pull.sources import DEALS, ROLES, Reach, Source, sources
from connectors.salesforce.pull.window import Sweep, Window, pages_of, position_of, rows_of
from connectors.salesforce.rates import Rates
from connectors.salesforce.refusals import SchemaChangedError
from connectors.salesforce.transport import Transport, part_refused

_QUERIES_A_CALL: Final = 5
_DELETIONS_KEPT: Final = timedelta(days=14)
_SHORTEST_SPAN: Final = timedelta(minutes=2)
_RATES: Final = "CurrencyType"
_RATE_OBJECTS: Final = ("CurrencyType", "DatedConversionRate")


class Pull:
    """One pull of one org; *found* is what the org showed, asked afresh once if a field vanished on the way."""

    def __init__(
        self, transport: Transport, mapping: FieldMap, probe: Probe, ask: Callable[[], Probe], request: PullRequest
    ) -> None:
        self.probe = probe
        self._transport = transport
        self._mapping = mapping
        self._ask = ask
        self._asked = False
        self._request = request
        self._rates = Rates()
        self._sweep_after = False

    def pages(self) -> Iterator[Page]:
        """Yield everything that changed, a source at a time; one that fails does not keep the others from being read.

        Raises:
            IncompleteError: a source could not be read whole; raised at the end.
            QuotaSpentError: no calls are left.
        """
        yield from self._read_rates()
        listed = self._sources()
        failures: dict[str, TransientError] = {}
        yield from self._read(self._windows(listed, whole=self._must_sweep(listed)), failures)
        if self._sweep_after:
            again = [source for source in self._sources() if source.name in (DEALS, ROLES)]
            yield from self._read(self._windows(again, whole=True), failures)
        if failures:
            tables = (table for source in failures for table in FEEDS[source])
            raise IncompleteError(str(next(iter(failures.values()))), tables)

    def _sources(self) -> list[Source]:
        now = self._transport.clock.now()
        return sources(Reach(self.probe, self._mapping, self._rates, self._request, now))

    def _must_sweep(self, listed: Sequence[Source]) -> bool:
        """Whether deals and roles are read whole: asked for, or the stored position cannot show what was deleted."""
        oldest = self._transport.clock.now() - _DELETIONS_KEPT
        for source in listed:
            cursor = self._request.cursors.get(source.name)
            since = position_of(cursor, source.signature)
            if source.name == DEALS and cursor and since is None:
                return True
            # A contact role deleted on its own is a hard delete that queryAll never shows; the delete log is kept 15
            # days.
            if source.name == ROLES and cursor and (since is None or since < oldest):
                return True
        return self._request.sweep

    def _windows(self, listed: Sequence[Source], *, whole: bool) -> list[Window]:
        sweep = Sweep() if whole else None
        windows = []
        for source in listed:
            swept = sweep if source.name in (DEALS, ROLES) else None
            cursor = None if swept else self._request.cursors.get(source.name)
            windows.append(Window(source, position_of(cursor, source.signature), swept))
        for window in windows[::-1]:
            if window.sweep is not None:
                window.ends_sweep = True
                break
        return windows

    def _read(self, windows: Sequence[Window], failures: dict[str, TransientError]) -> Iterator[Page]:
        for group in soql.chunks(windows, _QUERIES_A_CALL):
            gone, begun = self._begin(group)
            if gone:
                yield Page(ROLES, gone={"roles": gone})
            for window, first in begun:
                try:
                    yield from pages_of(window, first, self._transport)
                except (QuotaSpentError, LimitError):
                    raise
                except TransientError as error:
                    failures.setdefault(window.source.name, error)
                    if window.sweep is not None:
                        window.sweep.broken = True

    def _begin(self, group: Sequence[Window]) -> tuple[tuple[str, ...], list[tuple[Window, Any]]]:
        """Ask the first page of every window, and the deletions, in one call.

        Gives the deleted roles, and the windows with their answers.
        """
        since = next((window.since for window in group if window.source.name == ROLES), None)
        parts = [self._part(f"page{at}", _query_path(window)) for at, window in enumerate(group)]
        if since is not None:
            parts.append(self._part("deleted", self._deletions_path(since)))
        answers = self._transport.composite(parts, kind="read")
        refused = [part_refused(answer) for answer in answers]
        if any(isinstance(error, SchemaChangedError) for error in refused) and not self._asked:
            return self._begin(self._asked_again(group))
        gone: tuple[str, ...] = ()
        if since is not None:
            if isinstance(error := refused.pop(), CursorExpiredError):
                self._sweep_after = True
                answers.pop()
            else:
                refused.append(error)
                gone = _deleted_ids(answers.pop()) if error is None else ()
        if failed := next((error for error in refused if error is not None), None):
            raise failed
        for window in group:
            window.started = self._transport.asked_at()
        return gone, [(window, answer["body"]) for window, answer in zip(group, answers, strict=True)]

    def _asked_again(self, group: Sequence[Window]) -> list[Window]:
        """Ask the org what can be read now, and give the windows that it still allows, without what vanished.

        What is read in another way than before is read whole; deals in a sweep at the end, which takes roles along.
        """
        self._asked = True
        self.probe = self._ask()
        now = {source.name: source for source in self._sources()}
        again = []
        for old in group:
            source = now.get(old.source.name)
            if source is None:
                continue
            same = source.signature == old.source.signature
            if source.name == DEALS and not same and old.sweep is None:
                self._sweep_after = True
            else:
                again.append(Window(source, old.since if same else None, old.sweep, old.ends_sweep))
        return again

    def _part(self, reference: str, path: str) -> dict[str, Any]:
        url = self._transport.version_path(path)
        return {"method": "GET", "url": url, "referenceId": reference, "httpHeaders": self._transport.page_option()}

    def _deletions_path(self, since: datetime) -> str:
        # Salesforce refuses a span of a minute or less.
        until = max(self._transport.clock.now(), since + _SHORTEST_SPAN)
        span = {"start": soql.literal(since), "end": soql.literal(until)}
        return f"sobjects/{ROLES}/deleted/?{urlencode(span)}"

    def _seen(self, sobject: str) -> list[str]:
        return list(self.probe.objects[sobject].wanted()) if self.probe.sees(sobject) else []

    def _visible_rows(self, sobject: str) -> Sequence[Mapping[str, Any]]:
        """Read what can be seen of a small object; a field or all of it may be hidden from our user."""
        seen = self._seen(sobject)
        return rows_of(soql.select(seen, sobject), self._transport) if "IsoCode" in seen else ()

    def _read_rates(self) -> Iterator[Page]:
        """Read the exchange rates of an org with several currencies once a day; a change reads all deals again."""
        # The field and the object exist in orgs with several currencies alone; either may be hidden from our user.
        if "CurrencyIsoCode" not in self.probe.objects[DEALS].fields and not self.probe.sees("CurrencyType"):
            return
        today = self._transport.clock.now().date().isoformat()
        stored = self._request.cursors.get(_RATES)
        position = json.loads(stored.position) if stored else {}
        seen = [self._seen(name) for name in _RATE_OBJECTS]
        if position.get("day") == today and position.get("seen") == seen:
            self._rates = Rates.from_json(position["rates"])
            return
        current, dated = (self._visible_rows(name) for name in _RATE_OBJECTS)
        self._rates = Rates.of(current, dated, self.probe.org.currency)
        position = {"day": today, "seen": seen, "rates": self._rates.as_json()}
        yield Page(_RATES, cursor=Cursor(_RATES, json.dumps(position), self._transport.asked_at()))


def _query_path(window: Window) -> str:
    return f"queryAll?{urlencode({'q': window.query()}, quote_via=quote)}"


def _deleted_ids(answer: Mapping[str, Any]) -> tuple[str, ...]:
    body = answer.get("body")
    listed = body.get("deletedRecords") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise InvalidResponseError("Salesforce answered a request for deletions with something else")
    return tuple(deletion["id"] for deletion in listed)
