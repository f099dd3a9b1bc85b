"""What an HTTP status means for the caller: one table for both CRMs, apart for reads and for writes.

Error codes in the body say more than a status and are looked at first, by each connector; this table says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NO_BODY: Final = (
    "without a body, so that nothing says what became of the records; look for a proxy that removes it, or report it "
    "to the CRM's support"
)


class Action(StrEnum):
    """What the caller does next."""

    RETRY = "retry"
    """Nothing was done: ask again, soon or in the next cycle."""
    PAUSE = "pause"
    """Nothing was done, as there were too many calls or another holds a lock: again after a wait."""
    RENEW = "renew"
    """The session has ended: once more with a new one."""
    STOP = "stop"
    """Nothing was done, and a person must act: end the connection's cycle with what to do."""
    REFUSED = "refused"
    """Nothing was done, and the same again would be refused again: only another request can pass."""
    END = "end"
    """Whoever answered is not the CRM that was asked: end the cycle as incomplete."""
    UNKNOWN = "unknown"
    """It may or may not have been done: read back, never repeat."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The statuses from *first* to *last*, what follows for a read and for a write, and why."""

    first: int
    last: int
    read: Action
    write: Action
    why: str


TABLE: Final = (
    StatusRow(204, 204, Action.RETRY, Action.UNKNOWN, "no body: what became of each record is not said"),
    StatusRow(300, 399, Action.END, Action.UNKNOWN, "a redirect is not followed; after a write it may name its result"),
    StatusRow(401, 401, Action.RENEW, Action.RENEW, "the session has ended, or a proxy asks for its own login"),
    StatusRow(403, 403, Action.STOP, Action.STOP, "a permission is missing, where the CRM itself answered"),
    StatusRow(408, 408, Action.RETRY, Action.UNKNOWN, "a gateway gave up waiting, perhaps after the CRM began"),
    StatusRow(409, 409, Action.RETRY, Action.REFUSED, "it contradicts the record as it is"),
    StatusRow(420, 420, Action.PAUSE, Action.PAUSE, "too many logins"),
    StatusRow(423, 423, Action.PAUSE, Action.PAUSE, "another request holds the lock, for seconds"),
    StatusRow(425, 425, Action.PAUSE, Action.PAUSE, "the server would not begin on it yet"),
    StatusRow(429, 429, Action.PAUSE, Action.PAUSE, "too many calls"),
    StatusRow(477, 477, Action.PAUSE, Action.PAUSE, "the portal is being moved to another data centre"),
    StatusRow(400, 499, Action.REFUSED, Action.REFUSED, "the request itself is not accepted"),
    StatusRow(500, 599, Action.RETRY, Action.UNKNOWN, "the server failed, perhaps after the commit"),
)
"""The first row that a status falls into counts."""


def action(status: int, *, is_write: bool) -> Action:
    """Return what follows from a *status* that is no success; one that HTTP does not know proves nothing."""
    for row in TABLE:
        if row.first <= status <= row.last:
            return row.write if is_write else row.read
    return Action.UNKNOWN if is_write else Action.RETRY
