"""Whose the fields of our tasks are: what we last sent for each, and its base, which is how the CRM first showed that.

CRMs normalise what they are sent, so the base is read back: from the first row that our own write was the last to
change. Was another quicker, be it a person or a late write of ours that hides a person's, what we sent is the base.
What was ours before that write is no longer: a person may have turned it back.
Only hashes are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import select, update

from connectors.model import WriteKind
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import bases, effects

FIELDS: Final = ("owner_id", "subject", "body", "priority", "due", "status")
"""The fields of a task that a person may make theirs, by their names in ``own_tasks``."""

_NEVER_SEEN: Final = -1
"""Older than any row."""

_SKEW: Final = 2_000_000
"""How far, in microseconds, the clocks that stamp rows and answers may lie apart within one CRM."""


@dataclass(frozen=True, slots=True)
class Base:
    """What is known of one field of one task, as hashes.

    While the base is still to be read back, *after* is the time of the last row that was seen before our write, and
    *until* the CRM's own time when it answered, in microseconds; None once nothing more is awaited, and for an answer
    that never came.
    """

    sent: str | None
    base: str | None
    after: int | None = None
    until: int | None = None

    def is_ours(self, shown: str) -> bool:
        """Say whether a field that is *shown* so, as a hash, shows what we wrote, as far as we know what that was."""
        return shown in (self.sent, self.base) or self.sent is self.base is None


TaskBases = Mapping[str, Base]
"""The fields of one task, by name."""


@dataclass(frozen=True, slots=True)
class Bases:
    """What we wrote into the fields of our tasks."""

    transactions: Transactions

    def of_open_tasks(self, conn: int) -> dict[str, dict[str, Base]]:
        """Give what is known of the fields of our open tasks, by key and field."""
        tasks = MIRROR["own_tasks"].c
        standing = select(tasks.key).where(tasks.conn == conn, tasks.is_open == 1)
        with self.transactions.read() as work:
            return _fetch(work, conn, standing)


def theirs(row: Mapping[str, Any], known: TaskBases | None) -> frozenset[str]:
    """Name the fields of a row of ``own_tasks`` that are a person's.

    Where nothing is known of the task, it is all theirs as soon as a person was the last to change it.
    """
    if known:
        return frozenset(name for name, one in known.items() if not one.is_ours(shown(name, row[name])))
    return frozenset() if row["modified_by_us"] is True else frozenset(FIELDS)


def shown(field: str, value: object) -> str:
    """Hash the value of a field as it reads, leaving out what nobody typed: line ends, trailing blanks."""
    text = "" if value is None else str(value).replace("\r\n", "\n").strip()
    text = text.lower() if field == "priority" else "\n".join(line.rstrip() for line in text.split("\n"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def note_sent(work: Work, conn: int, effect_ids: Sequence[str]) -> None:
    """Remember, before the first byte leaves, what the fields of our tasks are about to say.

    What an earlier write still awaited is awaited no more: a later row could not tell the two apart.
    """
    columns = effects.c
    chosen = work.among(columns.effect_id, "sent effect", effect_ids) & columns.key.is_not(None)
    rows = work.fetch(select(columns.key, columns.kind, columns.payload).where(columns.conn == conn, chosen))
    tasks = MIRROR["own_tasks"].c
    keys = work.want("sent key", [row[0] for row in rows])
    seen: dict[str, int | None] = dict(
        work.fetch(select(tasks.key, tasks.modified_at).where(tasks.conn == conn, tasks.key.in_(keys)))
    )
    known = _fetch(work, conn, keys)
    for key, kind, payload in rows:
        is_new = kind == WriteKind.CREATE_TASK.value
        settled = {name: replace(one, after=None, until=None) for name, one in known.get(key, {}).items()}
        known[key] = settled | dict(_sent(json.loads(payload), settled, seen.get(key), is_new=is_new))
    _save(work, conn, known)


def note_answered(work: Work, conn: int, effect_ids: Sequence[str], at: datetime) -> None:
    """Remember the CRM's time when it said that these effects are done: a change that it shows as later is another."""
    keys = select(effects.c.key).where(effects.c.conn == conn, work.among(effects.c.effect_id, "done", effect_ids))
    awaited = bases.c.key.in_(keys) & bases.c.after.is_not(None)
    work.run(update(bases).where(bases.c.conn == conn, awaited).values(until=micros(at)))


def note_refused(work: Work, conn: int, effect_ids: Sequence[str]) -> None:
    """Remember that the CRM refused these effects: nothing of them is to be read back."""
    keys = select(effects.c.key).where(effects.c.conn == conn, work.among(effects.c.effect_id, "refused", effect_ids))
    work.run(update(bases).where(bases.c.conn == conn, bases.c.key.in_(keys)).values(after=None, until=None))


def take_bases(work: Work, conn: int, tasks: pl.DataFrame) -> None:
    """Learn from rows of ``own_tasks`` what the CRM made of our writes.

    An open task of which nothing is known, and that we were the last to change, is adopted as it stands.
    """
    keyed = tasks.filter(pl.col("key").is_not_null())
    known = _fetch(work, conn, work.want("read key", keyed["key"].to_list()))
    learned: dict[str, dict[str, Base]] = {}
    for row in keyed.iter_rows(named=True):
        here = known.get(row["key"])
        if here is None:
            if row["modified_by_us"] is True and row["is_open"] and not row["is_deleted"]:
                learned[row["key"]] = {name: Base(None, shown(name, row[name])) for name in FIELDS}
        elif any(one.after is not None for one in here.values()):
            learned[row["key"]] = {name: _read_back(one, row, shown(name, row[name])) for name, one in here.items()}
    _save(work, conn, learned)


def _sent(values: Mapping[str, Any], known: TaskBases, seen: int | None, *, is_new: bool) -> Iterator[tuple[str, Base]]:
    after = _NEVER_SEEN if seen is None else seen
    for name in FIELDS:
        if name in values:
            base = known[name].base if name in known else None
            yield name, Base(shown(name, values[name]), base, after)
        elif is_new:
            yield name, Base(None, None, after)


def _read_back(one: Base, row: Mapping[str, Any], value: str) -> Base:
    at = micros(row["modified_at"]) or 0
    if one.after is None or (at <= one.after and value != one.sent):
        return one
    by_us = row["modified_by_us"] is True
    by_this_write = by_us and one.until is not None and at <= one.until + _SKEW
    if by_this_write or value == one.sent:
        return Base(one.sent, value)
    # What we wrote before is no base any more, since a person may have turned it back; but a write of which nobody said
    # that it was done, and after which nobody but us came, was perhaps never done.
    return Base(one.sent, one.base if by_us and one.until is None else None)


def _fetch(work: Work, conn: int, keys: Any) -> dict[str, dict[str, Base]]:
    columns = bases.c
    query = select(columns.key, columns.field, columns.sent, columns.base, columns.after, columns.until)
    found: dict[str, dict[str, Base]] = {}
    for key, name, *values in work.fetch(query.where(columns.conn == conn, columns.key.in_(keys))):
        found.setdefault(key, {})[name] = Base(*values)
    return found


def _save(work: Work, conn: int, known: Mapping[str, TaskBases]) -> None:
    rows: Iterable[tuple[Any, ...]] = (
        (conn, key, name, one.sent, one.base, one.after, one.until)
        for key, fields in known.items()
        for name, one in fields.items()
    )
    work.upsert(bases, list(rows))
