"""The store: mirror, judgements, plans and ledger in one database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from sync.store.audit import Audit
from sync.store.bases import Bases
from sync.store.connections import Connections
from sync.store.cursors import Cursors
from sync.store.database.database import Database
from sync.store.dirty import Dirty
from sync.store.episodes import Episodes
from sync.store.frames import Frames
from sync.store.held import Held
from sync.store.judgement import Judgements
from sync.store.ledger import Ledger
from sync.store.lookups import Lookups
from sync.store.mirror import Mirror
from sync.store.plans import Plans
from sync.store.runs import Runs
from sync.store.switches import Switches
from sync.store.tasks import Tasks


class Store:
    """Everything that outlives a process, by connection number; each part holds one matter.

    Every method of a part is one transaction, but what is read in a snapshot shares it. Writing is for the holder of
    the connection's lease.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        # What was read from the CRM
        self.connections = Connections(database)
        self.cursors = Cursors(database)
        self.mirror = Mirror(database)
        self.frames = Frames(database)
        self.lookups = Lookups(database)
        self.tasks = Tasks(database)
        # What was made of it
        self.dirty = Dirty(database)
        self.judgements = Judgements(database)
        self.episodes = Episodes(database)
        self.plans = Plans(database)
        self.held = Held(database)
        # What was written, by whom and on whose word
        self.ledger = Ledger(database)
        self.bases = Bases(database)
        self.runs = Runs(database)
        self.switches = Switches(database)
        self.audit = Audit(database)

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

    def hold(self, org_id: str) -> AbstractContextManager[None]:
        """Hold the lease of a connection, by its org's id, for as long as the block runs and this process lives."""
        return self.database.hold(org_id)

    def snapshot(self) -> AbstractContextManager[None]:
        """Let this thread read one state of the database throughout the block, until it writes."""
        return self.database.snapshot()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
