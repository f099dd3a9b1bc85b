"""The store: mirror, judgements, plans and ledger in one database file."""

from __future__ import annotations

from sync.store.audit import Audit
from sync.store.bases import Bases
from sync.store.dirty import Dirty
from sync.store.episodes import Episodes
from sync.store.frames import Frames
from sync.store.held import Held
from sync.store.judgement import Judgements
from sync.store.ledger import Ledger
from sync.store.lookups import Lookups
from sync.store.mirror import Mirror
from sync.store.runs import Runs
from sync.store.switches import Switches


class Store(Mirror, Dirty, Frames, Judgements, Episodes, Bases, Ledger, Held, Audit, Switches, Lookups, Runs):
    """Everything that outlives a process, by connection number; each parent holds one matter.

    Every method is one transaction, but what is read in a snapshot shares it. Writing is for the holder of the
    connection's lease.
    """
