"""A pull: deals, who is on them, what was done with whom, and our own tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors.errors import IncompleteError, LimitError, MissingPermissionError, QuotaSpentError, TransientError
from connectors.hubspot.pull.activities import KINDS, OwnTasks, Touches
from connectors.hubspot.pull.deals import Deals
from connectors.hubspot.pull.people import People
from connectors.hubspot.pull.reach import Reach
from connectors.hubspot.stages import stage_frame
from connectors.model import Cursor, Page

_PEOPLE: Final = ("roles", "contacts")
_DEALS: Final = ("deals", "accounts", "changes", "own_scores", *_PEOPLE)  # people are read of the deals that were found
_TOUCHES: Final = ("touches", "touch_links")


class Pull:
    """One pull of one portal. *denied* collects the engagements that our token may not read."""

    def __init__(self, reach: Reach, denied: dict[str, str]) -> None:
        self._reach = reach
        self._denied = denied
        self._failures: dict[tuple[str, ...], TransientError] = {}

    def pages(self) -> Iterator[Page]:
        """Yield everything that changed, a source at a time; one that fails does not keep the others from being read.

        Raises:
            IncompleteError: a source could not be read whole; raised at the end.
            QuotaSpentError: no calls are left.
        """
        reach = self._reach
        yield from self._definitions()
        deals, touches = Deals(reach), Touches(reach)
        yield from self._attempt(deals.pages(), _DEALS)
        # People are read of the open deals: without all deals their list would be short, and roles would vanish.
        if not self._failures:
            yield from self._attempt(People(reach, deals).pages(), _PEOPLE)
        for kind in KINDS:
            try:
                yield from self._attempt(touches.pages(kind), _TOUCHES)
                self._denied.pop(kind, None)
            # E-mails need a scope of their own (sales-email-read); a portal without it is read without them.
            except MissingPermissionError as error:
                self._denied[kind] = str(error)
        yield from self._attempt(OwnTasks(reach).pages(), ("own_tasks",))
        if self._failures:
            tables = (table for part in self._failures for table in part)
            raise IncompleteError(str(next(iter(self._failures.values()))), tables)
        yield from touches.swept()

    def _definitions(self) -> Iterator[Page]:
        """Yield owners and stages as the portal's definitions were last asked for."""
        probe = self._reach.probe
        for source, rows in (("owners", probe.owners), ("stages", stage_frame(probe.stages))):
            yield Page(source, {source: rows}, replace=(source,), cursor=Cursor(source, "{}", probe.at))

    def _attempt(self, pages: Iterator[Page], tables: tuple[str, ...]) -> Iterator[Page]:
        """Yield *pages*; where they break off, *tables* are not whole."""
        try:
            yield from pages
        except (QuotaSpentError, LimitError):
            raise
        except TransientError as error:
            self._failures.setdefault(tables, error)
