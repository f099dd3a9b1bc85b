"""The store: mirror, judgements, plans and ledger in one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sync.store.attempts import Attempts
from sync.store.audit import Audit
from sync.store.connections import Connections
from sync.store.cursors import Cursors
from sync.store.database.database import Database, Transactions
from sync.store.dirty import Dirty
from sync.store.episodes import Episodes
from sync.store.frames import Frames
from sync.store.held import Held
from sync.store.judgements import Judgements
from sync.store.ledger import Ledger
from sync.store.lookups import Lookups
from sync.store.mirror import Mirror
from sync.store.origins import TaskOrigins
from sync.store.plans import Plans
from sync.store.previews import Previews
from sync.store.runs import Runs
from sync.store.slots import Slots
from sync.store.switches import Switches
from sync.store.task_fields import ManagedFields
from sync.store.tasks import Tasks


class Store:
    """Everything that outlives a process, by connection number; each part holds one matter.

    Every method of a part is one transaction, but all that is read from a snapshot shares one. What a cycle writes
    goes through the store that ``hold`` gives; a person's decisions need no lease.
    """

    def __init__(self, database: Database, transactions: Transactions | None = None) -> None:
        """Keep everything in *database*, by *transactions* on it: its own if that is None."""
        self.database = database
        parts = transactions or database
        # What was read from the CRM
        self.connections = Connections(parts)
        self.cursors = Cursors(parts)
        self.mirror = Mirror(parts)
        self.frames = Frames(parts)
        self.lookups = Lookups(parts)
        self.tasks = Tasks(parts)
        self.origins = TaskOrigins(parts)
        # What was made of it
        self.dirty = Dirty(parts)
        self.judgements = Judgements(parts)
        self.previews = Previews(parts)
        self.episodes = Episodes(parts)
        self.plans = Plans(parts)
        self.held = Held(parts)
        self.slots = Slots(parts)
        # What was written, by whom and on whose word
        self.ledger = Ledger(parts)
        self.task_fields = ManagedFields(parts)
        self.runs = Runs(parts)
        self.attempts = Attempts(parts)
        self.switches = Switches(parts)
        self.audit = Audit(parts)

    @classmethod
    def open(cls, url: str, *, base: Path) -> Self:
        """Open the database at *url*, made and brought up to date where needed; a relative file lies under *base*.

        Raises:
            StoreError: it cannot be opened, is no database of dealwarden's, or is newer than this program.
        """
        return cls(Database.open(url, base=base))

    @property
    def name(self) -> str:
        """What messages call the database: its file, or its address without the password."""
        return self.database.name

    @contextmanager
    def hold(self, org_id: str) -> Iterator[Store]:
        """Hold the lease of a connection, by its org's id, and yield the store that writes only while it is held.

        The lease lasts as long as the block runs and this process lives.

        Raises:
            LeaseHeldError: another living process has it; raised at once, without waiting.
        """
        with self.database.hold(org_id) as leased:
            yield Store(self.database, leased)

    @contextmanager
    def snapshot(self) -> Iterator[Store]:
        """Yield a store that reads one state of the database throughout the block, and that cannot be written to.

        It is for one thread at a time.
        """
        with self.database.snapshot() as snapshot:
            yield Store(self.database, snapshot)

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.close()
