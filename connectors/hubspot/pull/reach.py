"""What every part of a pull works with, and what it hands on to the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.base import PullRequest
from connectors.hubspot.capabilities import Probe
from connectors.hubspot.rows.deals import DealContext
from connectors.hubspot.transport import Transport
from connectors.mapping import FieldMap

_REMEMBERED = 100_000


class Memory:
    """What this process saw last of deals, so that those which come again unchanged need no history.

    Our own scores come back as changed deals, and overlapping windows bring rows twice.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def knows(self, deal_id: str, watched: Sequence[object]) -> bool:
        """Whether a deal's watched values are those that were seen last."""
        return self._seen.get(deal_id) == hash(tuple(watched))

    def note(self, deal_id: str, watched: Sequence[object]) -> None:
        """Remember a deal's watched values, forgetting all when there are too many."""
        # Forgetting costs a few history reads, never a wrong result.
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[deal_id] = hash(tuple(watched))


@dataclass(frozen=True, slots=True)
class Reach:
    """The portal, its map, and how far a pull goes."""

    transport: Transport
    mapping: FieldMap
    probe: Probe
    request: PullRequest
    memory: Memory
    status_close: str

    @property
    def now(self) -> datetime:
        """The portal's own time."""
        return self.transport.clock.now()

    def context(self) -> DealContext:
        """Return what converting deal records needs to know of the portal."""
        probe = self.probe
        return DealContext(probe.deal, probe.stages, probe.objects["deals"], probe.zone, probe.org.currency)

    def known(self, table: str) -> set[str] | None:
        """Return the ids that the mirror holds of a table, None where nobody says."""
        return None if self.request.known_ids is None else set(self.request.known_ids(table))

    def kept_deals(self) -> datetime:
        """Return the moment from which closed deals are kept."""
        return self.now - timedelta(days=self.request.closed_deals_since_days)

    def kept_touches(self) -> datetime:
        """Return the moment from which touches are kept."""
        return self.now - timedelta(days=self.request.touches_since_days)


@dataclass(slots=True)
class Owed:
    """Ids that rows named and that are still to be read, given out in full batches so that no call is wasted."""

    size: int
    known: set[str] = field(default_factory=set)
    waiting: dict[str, None] = field(default_factory=dict)

    def want(self, ids: Iterable[str]) -> None:
        """Note ids; those that are known, or noted before, are not wanted again."""
        for record_id in ids:
            if record_id not in self.known:
                self.known.add(record_id)
                self.waiting[record_id] = None

    def due(self, *, everything: bool = False) -> list[str]:
        """Take what fills whole batches, or everything."""
        count = len(self.waiting) if everything else len(self.waiting) // self.size * self.size
        taken = list(self.waiting)[:count]
        for record_id in taken:
            del self.waiting[record_id]
        return taken
