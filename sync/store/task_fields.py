"""The fields of managed tasks: what was last sent for each, and its last-seen value, as in a three-way merge.

CRMs normalise what they are sent, so the last-seen value is read back: from the first row that our own write was the
last to change. Where another change came first, be it a person's or a late write of ours that hides a person's, what
was sent counts as the last-seen value. The value before a write is managed no longer: a person may have turned it back.
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
from sync.model.task_stated import is_signed
from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import bases, effects

FIELDS: Final = ("owner_id", "subject", "body", "priority", "due", "status")
"""The fields of a task that a person may modify, by their names in ``own_tasks``."""

_NEVER_SEEN: Final = -1
"""Older than any row."""

_NOBODYS: Final = ""
"""Stands for a last-seen value that no value has: the field is not managed, whatever it shows."""

_SKEW: Final = 2_000_000
"""How far, in microseconds, the clocks that stamp rows and answers may be apart within one CRM."""


@dataclass(frozen=True, slots=True)
class FieldState:
    """What is known of one field of one task; values are kept as hashes.

    While the last-seen value is still to be read back, *after* is the time of the last row that was seen before our
    write, and *until* the CRM's own time when it answered, in microseconds; None once nothing more is awaited, and for
    an answer that never came.
    """

    sent: str | None
    last_seen: str | None
    after: int | None = None
    until: int | None = None

    def is_managed(self, value: str) -> bool:
        """Whether a field with this *value*, as a hash, shows what was written, as far as that is known."""
        return value in (self.sent, self.last_seen) or self.sent is self.last_seen is None


TaskFields = Mapping[str, FieldState]
"""The fields of one task, by name."""


@dataclass(frozen=True, slots=True)
class ManagedFields:
    """What was written into the fields of managed tasks."""

    transactions: Transactions

    def of_open_tasks(self, conn: int) -> dict[str, dict[str, FieldState]]:
        """Return what is known of the fields of open managed tasks, by key and field."""
        tasks = MIRROR["own_tasks"].c
        open_keys = select(tasks.key).where(tasks.conn == conn, tasks.is_open == 1)
        with self.transactions.read() as work:
            return _fetch(work, conn, open_keys)


def user_modified(row: Mapping[str, Any], known: TaskFields | None) -> frozenset[str]:
    """Return the fields of a row of ``own_tasks`` that a person changed.

    Where nothing is known of the task, they all count as changed as soon as a person was the last to change it; a body
    without the last lines that dealwarden writes is a person's, whoever changed the task after them.
    """
    if known:
        return frozenset(name for name, state in known.items() if not state.is_managed(shown(name, row[name])))
    return frozenset(_not_ours(row)) if row["modified_by_us"] is True else frozenset(FIELDS)


def _not_ours(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields whose values show that dealwarden did not write them."""
    if not is_signed(str(row["body"] or ""), str(row["key"] or "")):
        yield "body"


def shown(field: str, value: object) -> str:
    """Return the hash of a field's value as it reads, without what nobody typed: line ends, trailing blanks."""
    text = "" if value is None else str(value).replace("\r\n", "\n").strip()
    # HubSpot writes priorities in capitals, Salesforce as labels; a body may lose the trailing blanks of its lines.
    text = text.lower() if field == "priority" else "\n".join(line.rstrip() for line in text.split("\n"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def note_sent(work: Work, conn: int, effect_ids: Sequence[str]) -> None:
    """Remember, before the first byte leaves, what the fields of managed tasks are about to say.

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
        settled = {name: replace(state, after=None, until=None) for name, state in known.get(key, {}).items()}
        known[key] = settled | dict(_sent(json.loads(payload), settled, seen.get(key), is_new=is_new))
    _save(work, conn, known)


def note_answered(work: Work, conn: int, effect_ids: Sequence[str], at: datetime) -> None:
    """Remember the CRM's time when it said that these effects are done: a change that it dates later is another."""
    keys = select(effects.c.key).where(effects.c.conn == conn, work.among(effects.c.effect_id, "done", effect_ids))
    awaited = bases.c.key.in_(keys) & bases.c.after.is_not(None)
    work.run(update(bases).where(bases.c.conn == conn, awaited).values(until=micros(at)))


def note_refused(work: Work, conn: int, effect_ids: Sequence[str]) -> None:
    """Remember that the CRM refused these effects: nothing of them is to be read back."""
    keys = select(effects.c.key).where(effects.c.conn == conn, work.among(effects.c.effect_id, "refused", effect_ids))
    work.run(update(bases).where(bases.c.conn == conn, bases.c.key.in_(keys)).values(after=None, until=None))


def observe_fields(work: Work, conn: int, tasks: pl.DataFrame) -> None:
    """Read from rows of ``own_tasks`` what the CRM made of our writes.

    An open task of which nothing is known, and that we were the last to change, is adopted as it is, but for a body
    that shows that a person wrote it.
    """
    keyed = tasks.filter(pl.col("key").is_not_null())
    known = _fetch(work, conn, work.want("read key", keyed["key"].to_list()))
    observed: dict[str, dict[str, FieldState]] = {}
    for row in keyed.iter_rows(named=True):
        fields = known.get(row["key"])
        if fields is None:
            if row["modified_by_us"] is True and row["is_open"] and not row["is_deleted"]:
                theirs = set(_not_ours(row))
                observed[row["key"]] = {
                    name: FieldState(None, _NOBODYS if name in theirs else shown(name, row[name])) for name in FIELDS
                }
        elif any(state.after is not None for state in fields.values()):
            observed[row["key"]] = {
                name: _read_back(state, row, shown(name, row[name])) for name, state in fields.items()
            }
    _save(work, conn, observed)


def _sent(
    values: Mapping[str, Any], known: TaskFields, seen: int | None, *, is_new: bool
) -> Iterator[tuple[str, FieldState]]:
    after = _NEVER_SEEN if seen is None else seen
    for name in FIELDS:
        if name in values:
            last_seen = known[name].last_seen if name in known else None
            yield name, FieldState(shown(name, values[name]), last_seen, after)
        elif is_new:
            yield name, FieldState(None, None, after)


def _read_back(state: FieldState, row: Mapping[str, Any], value: str) -> FieldState:
    at = micros(row["modified_at"]) or 0
    if state.after is None or (at <= state.after and value != state.sent):
        return state
    by_us = row["modified_by_us"] is True
    by_this_write = by_us and state.until is not None and at <= state.until + _SKEW
    if by_this_write or value == state.sent:
        return FieldState(state.sent, value)
    # The value before the write is managed no more, since a person may have turned it back; but a write of which nobody
    # said that it was done, and after which nobody but us came, was perhaps never done.
    return FieldState(state.sent, state.last_seen if by_us and state.until is None else None)


def _fetch(work: Work, conn: int, keys: Any) -> dict[str, dict[str, FieldState]]:
    columns = bases.c
    query = select(columns.key, columns.field, columns.sent, columns.base, columns.after, columns.until)
    known: dict[str, dict[str, FieldState]] = {}
    for key, name, *values in work.fetch(query.where(columns.conn == conn, columns.key.in_(keys))):
        known.setdefault(key, {})[name] = FieldState(*values)
    return known


def _save(work: Work, conn: int, known: Mapping[str, TaskFields]) -> None:
    rows: Iterable[tuple[Any, ...]] = (
        (conn, key, name, state.sent, state.last_seen, state.after, state.until)
        for key, fields in known.items()
        for name, state in fields.items()
    )
    work.upsert(bases, list(rows))
