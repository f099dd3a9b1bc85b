"""Which part of an object's records a pull reads: what changed since the last one, and again an hour later.

HubSpot's search index follows its records after seconds, now and then after minutes. So what changed is read twice:
at once, with an overlap, and by a second pass that stays an hour behind and misses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.hubspot.objects import stamp_of
from connectors.hubspot.reading import Filter, condition
from connectors.hubspot.values import milliseconds
from connectors.model import Cursor

OVERLAP: Final = timedelta(minutes=15)
LAG: Final = timedelta(hours=1)
_LATE_EVERY: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pass:
    """One way through the changes of an object: those stamped from *since* to *until*, behind the id *last*.

    *since* is None for a first read of everything; *until* None for as new as there are. *started* is the CRM's time
    when its first page was asked for. *owed* are ids of other records that the rows so far named and that are not
    read yet, *counted* how many rows a list gave so far.
    """

    source: str
    signature: str
    started: datetime
    since: datetime | None = None
    until: datetime | None = None
    last: str = ""
    owed: tuple[str, ...] = ()
    counted: int = 0

    def filters(self, kind: str) -> list[Filter]:
        """Return the search's conditions on the stamp."""
        stamp = stamp_of(kind)
        low = [condition(stamp, "GTE", milliseconds(self.since))] if self.since else []
        return low + ([condition(stamp, "LTE", milliseconds(self.until))] if self.until else [])

    def at(self, last: str, owed: Sequence[str] = ()) -> Cursor:
        """Return the cursor of a pass that got as far as the id *last* (or the place, in a list)."""
        return self._cursor(replace(self, last=last, owed=tuple(owed)), None)

    def done(self) -> Cursor:
        """Return the cursor of a pass that is through."""
        through = self.until or self.started
        # The portal's stamps are set before a record becomes searchable, hence the overlap.
        following = replace(self, since=self.until or self.started - OVERLAP, last="", owed=(), counted=0)
        return self._cursor(following, through)

    def late(self) -> Cursor:
        """Return the first cursor of the second pass over what this one, a first read, began."""
        behind = self.started - LAG
        second = replace(self, source=late_source(self.source), since=behind, last="", owed=(), counted=0)
        return self._cursor(second, behind)

    def _cursor(self, following: Pass, through: datetime | None) -> Cursor:
        # Until a pass is through, the source is complete up to where the pass began.
        position: dict[str, Any] = {"signature": self.signature}
        position["since"] = following.since.isoformat() if following.since else None
        if following.last:
            until = following.until.isoformat() if following.until else None
            position |= {"last": following.last, "started": self.started.isoformat(), "until": until}
        if following.owed:
            position["owed"] = list(following.owed)
        if following.counted:
            position["counted"] = following.counted
        return Cursor(following.source, json.dumps(position), through or following.since)


def late_source(source: str) -> str:
    """Return the name of the source that is read an hour late."""
    return f"{source}:late"


def passes(source: str, signature: str, cursors: Mapping[str, Cursor], now: datetime) -> Iterator[Pass]:
    """List what is to be read of *source* now: the late pass when it is due, then what is new.

    A pass that was cut off goes on behind the ids that it had read; what changed among those is read by one more.
    """
    fast = _stored(source, signature, cursors, now)
    if fast is None or (fast.since is None and not fast.last):
        yield Pass(source, signature, now)
        return
    late = _stored(late_source(source), signature, cursors, now)
    if late is not None and fast.since is not None:
        # A late pass that was cut off goes on at once; a finished one waits until it is due.
        if late.last:
            yield late
        elif late.since is not None and now - LAG - late.since >= _LATE_EVERY:
            yield replace(late, until=now - LAG)
    yield fast
    if fast.last:
        yield Pass(source, signature, now, since=fast.started - OVERLAP)


def _stored(source: str, signature: str, cursors: Mapping[str, Cursor], now: datetime) -> Pass | None:
    """Read a cursor; None where there is none that was made for this way of reading."""
    cursor = cursors.get(source)
    try:
        position = json.loads(cursor.position) if cursor else {}
        if position.get("signature") != signature:
            return None
        last = str(position.get("last") or "")
        return Pass(
            source,
            signature,
            started=datetime.fromisoformat(position["started"]) if last else now,
            since=_moment(position.get("since")),
            until=_moment(position.get("until")),
            last=last,
            owed=tuple(position.get("owed") or ()),
            counted=int(position.get("counted") or 0),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
