"""How much of what comes from outside is taken at all: the one place for every bound on a CRM's answers.

A bound is far beyond what a CRM sends to honest requests, and below what would exhaust the memory or the time of the
process: other connections go on beside one whose server is broken or hostile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.errors import EndlessPagesError, LimitError

EARLIEST_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No CRM had an HTTP API before it; a rehearsal on an old export may be nearly as early."""

LATEST_AHEAD: Final = timedelta(days=3653)
"""How far a CRM's clock may be ahead of the host's; ten years, since the host's own may be wrong as well."""

_TEXTS: Final[Mapping[str, str]] = {
    "seconds": "the answer took more than {limit:g} seconds from its first byte to its last",
    "header_bytes": "the headers of the answer have more than 100 lines or {limit:,} bytes",
    "sent_bytes": "the answer has more than {limit:,} bytes",
    "unpacked_bytes": "the answer unpacks to more than {limit:,} bytes",
    "values": "the answer holds more than {limit:,} values",
    "nesting": "the answer is nested more deeply than JSON of a CRM ever is",
    "redirects": "the answer leads to another address, and none is followed",
    "date": "the answer's Date header is out of range",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one connection.

    *seconds* bound an answer from the end of the request to the last byte, whatever comes between; *sent_bytes* count
    a body as it is sent and *unpacked_bytes* as it is read. *values* count what a JSON body holds, since small values
    take many times their length in memory. *empty_pages* is how many pages in a row may have no rows.
    """

    seconds: float = 300.0
    header_bytes: int = 262_144
    sent_bytes: int = 33_554_432
    unpacked_bytes: int = 67_108_864
    values: int = 4_000_000
    empty_pages: int = 10

    def broken(self, name: str, where: str = "") -> LimitError:
        """Return the error for an answer beyond the bound *name*, with what to do."""
        text = _TEXTS[name].format(limit=getattr(self, name, 0))
        advice = "look for a proxy or another server in the CRM's place; the next cycle tries again"
        return LimitError(f"{where}{': ' if where else ''}{text}; nothing was taken from it; {advice}")


def check_date(moment: datetime, host_now: datetime) -> None:
    """Refuse a CRM's time that cannot be: work days, due days and silences are counted by it.

    Raises:
        LimitError: it lies before any CRM's answer, or too far ahead of the host's clock.
    """
    latest = max(host_now, EARLIEST_DATE) + LATEST_AHEAD
    if not EARLIEST_DATE <= moment <= latest:
        raise LimitError(
            f"the answer's Date header says {moment:%d %b %Y}, expected a day from {EARLIEST_DATE:%d %b %Y} to "
            f"{latest:%d %b %Y}; nothing was taken from it; correct the clock of the host, or of a proxy that answers "
            "in the CRM's place; the next cycle tries again"
        )


@dataclass(slots=True)
class PageGuard:
    """Follows the pages of one read, and ends it where they lead nowhere; *what* names what is read."""

    limits: Limits
    what: str
    _links: set[str] = field(default_factory=set)
    _empty: int = 0

    def note(self, rows: int, link: str) -> None:
        """Note a page and the *link* that it names as the next one; empty for the last page.

        Raises:
            EndlessPagesError: the link was named before, or too many pages in a row had no rows.
        """
        self._empty = 0 if rows else self._empty + 1
        if not link:
            return
        if link in self._links:
            raise EndlessPagesError(
                f"incomplete: a page of {self.what} names one as the next that was read before; "
                "the next cycle reads them again"
            )
        if self._empty >= self.limits.empty_pages:
            raise EndlessPagesError(
                f"incomplete: {self._empty} pages of {self.what} in a row had no rows and named a next one; "
                "the next cycle reads them again"
            )
        self._links.add(link)
