"""One HubSpot portal as a connector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from connectors.base import CallCount, Capabilities, PullRequest
from connectors.columns import Record
from connectors.errors import ConnectorError
from connectors.host import Host
from connectors.hubspot.associations import associated
from connectors.hubspot.capabilities import Probe, probe, without_touches
from connectors.hubspot.objects import KEY_PROPERTY, WANTED
from connectors.hubspot.pull.activities import TASKS, deals_of, own_tasks
from connectors.hubspot.pull.pull import Pull
from connectors.hubspot.pull.reach import Memory, Reach
from connectors.hubspot.reading import BATCH, Wanted, batch_read
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.transport import Transport
from connectors.hubspot.write import Writer
from connectors.model import Org, Page, Receipt, Write, empty


class HubSpotConnector:
    """Reads and writes one HubSpot portal; see ``connectors.base.Connector`` for what each method promises.

    *host* has the clocks, and waits between the tries of a read and for capacity in the portal's short windows.
    """

    def __init__(self, settings: HubSpotSettings, *, host: Host | None = None) -> None:
        self.calls = CallCount()
        self._settings = settings
        self._transport = Transport(settings, self.calls, host or Host())
        self._memory = Memory()
        self._probe: Probe | None = None
        self._pulled = False
        self._denied: dict[str, str] = {}

    def open(self, known: Capabilities | None) -> tuple[Org, Capabilities]:
        """Make sure that this is the expected portal, and ask what it lets us do; asks once in a process."""
        if self._probe is None:
            self._probe = probe(self._transport, self._settings, known)
        return self._probe.org, self.capabilities

    @property
    def capabilities(self) -> Capabilities:
        """What the portal lets us do, as last asked and as the last pull met it."""
        return without_touches(self._opened.capabilities, self._denied)

    def now(self) -> datetime:
        """Return the portal's own time, from the newest answer."""
        return self._transport.clock.now()

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Read what changed since the cursors of *request*."""
        current = self._opened
        if self._pulled:
            # HubSpot passes over properties that do not exist: one deleted since must be missed, not read as empty.
            self._probe = current = probe(self._transport, self._settings, current.capabilities)
        self._pulled = True
        yield from Pull(self._reach(current, request), self._denied).pages()

    def write_batch(self, writes: Sequence[Write]) -> list[Receipt]:
        """Send up to 100 writes of one kind; a batch refused as a whole is halved until the culprit is found."""
        return Writer(self._transport, self._settings, self._opened).send(writes)

    def read_back(self, keys: Sequence[str], deal_ids: Sequence[str] = ()) -> pl.DataFrame:
        """Read our tasks by key, archived ones included.

        Where the key is not unique HubSpot finds nothing by it: then the tasks that hang on *deal_ids* are read, and
        those with the keys picked out.
        """
        if self._opened.capabilities.key_enforced:
            return self._own_tasks(keys, id_property=KEY_PROPERTY)
        linked = associated(self._transport, "deals", TASKS, sorted(set(deal_ids)))
        tasks = self._own_tasks([link.to_id for there in linked.values() for link in there], id_property=None)
        return tasks.filter(pl.col("key").is_in(keys))

    def read_tasks(self, task_ids: Sequence[str]) -> pl.DataFrame:
        """Read tasks by id as they are now, archived ones included."""
        return self._own_tasks(task_ids, id_property=None)

    def task_url(self, task_id: str) -> str:
        """Return the address of a task's record."""
        current = self._opened
        return f"https://{current.host or 'app.hubspot.com'}/contacts/{current.org.org_id}/record/0-27/{task_id}"

    def ensure_room(self, calls: int) -> None:
        """Refuse work that takes more calls than our share of the quota has left."""
        self._transport.ensure_room(calls)

    def batch_size(self) -> int:
        """Return how many writes one call carries."""
        return BATCH

    def close(self) -> None:
        """Close the sockets."""
        self._transport.close()

    @property
    def _opened(self) -> Probe:
        if self._probe is None:
            raise ConnectorError("the connection was used before it was opened")
        return self._probe

    def _reach(self, current: Probe, request: PullRequest) -> Reach:
        settings = self._settings
        return Reach(self._transport, settings.mapping, current, request, self._memory, settings.status_close)

    def _own_tasks(self, values: Sequence[str], *, id_property: str | None) -> pl.DataFrame:
        """Read tasks from the primary store, the living first; only what is missing there is asked of the archive.

        Of tasks named by their ids the caller is about to write some: what the living say is then read last, so that
        nothing comes between it and that write.
        """
        current = self._opened
        if KEY_PROPERTY not in current.objects["tasks"]:
            return empty("own_tasks")
        linked = deals_of(self._transport, values) if id_property is None and values else None
        living = self._read(values, id_property, archived=False)
        there = {_named(record, id_property) for record in living}
        absent = [value for value in values if value not in there]
        # A batch read shows living or archived records, never both.
        archived = self._read(absent, id_property, archived=True) if absent else []
        if absent and living and linked is not None:
            living = self._read(sorted(there), id_property, archived=False)
        return own_tasks(self._reach(current, PullRequest()), [*living, *archived], linked)

    def _read(self, values: Sequence[str], id_property: str | None, *, archived: bool) -> list[Record]:
        wanted = Wanted(WANTED[TASKS])
        return batch_read(self._transport, TASKS, values, wanted, id_property=id_property, archived=archived)


def _named(record: Record, id_property: str | None) -> str:
    return str(record["properties"].get(id_property)) if id_property else str(record["id"])
