"""The ledger: every intended write, remembered before its first byte leaves.

An effect is planned, then sending, and ends as done, rejected or dropped; without an answer it is unknown until it is
read back. One found sending by a later process is unknown too: its answer was never written down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, select, update

from connectors.model import Outcome, Receipt, WriteKind
from sync.model.change import WriteContent
from sync.model.effect import OPEN_STATES, Effect, EffectState
from sync.store.database.database import Row, Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.errors import StoreError
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import effects
from sync.store.task_fields import note_answered, note_refused, note_sent

_STATE_AFTER: Final[Mapping[Outcome, EffectState]] = {
    Outcome.DONE: "done",
    Outcome.REJECTED: "rejected",
    Outcome.DUPLICATE: "unknown",  # it exists: read back, then it is done
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_SENT: "planned",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Effects and what became of them."""

    transactions: Transactions

    def insert(self, conn: int, rows: Sequence[Effect]) -> None:
        """Remember effects; those of a plan are better given to ``Judgements.commit``."""
        with self.transactions.write(conn) as work:
            insert_effects(work, conn, rows)

    def start_sending(self, conn: int, effect_ids: Sequence[str], now: datetime) -> None:
        """Remember, committed before the first byte, that these effects are on their way.

        Raises:
            StoreError: one of them is not in the ledger or has ended already; nothing was marked, nothing may be sent.
        """
        with self.transactions.write(conn) as work:
            sendable = work.among(effects.c.effect_id, "effect", effect_ids) & effects.c.state.in_(OPEN_STATES)
            marked = update(effects).where(effects.c.conn == conn, sendable)
            values = {"state": "sending", "attempts": effects.c.attempts + 1, "sent_at": micros(now)}
            if work.run(marked.values(values)) != len(effect_ids):
                raise StoreError(
                    f"{self.transactions.name}: effects about to be sent are not open in the ledger; the database was "
                    "exchanged while the run went on; run again"
                )
            note_sent(work, conn, effect_ids)

    def record(
        self, conn: int, receipts: Sequence[Receipt], now: datetime, *, answered: datetime | None = None
    ) -> None:
        """Write down what became of effects; a receipt without a remote id leaves the known one.

        *answered* is the CRM's own time in its answer to the write, where that is what brought the receipts.
        """
        rows = [
            {
                "conn_": conn,
                "id_": one.effect_id,
                "state_": _STATE_AFTER[one.outcome],
                "remote_": one.remote_id,
                "code_": one.code,
                "message_": one.message,
                "done_": micros(now) if one.outcome in (Outcome.DONE, Outcome.REJECTED) else None,
            }
            for one in receipts
        ]
        with self.transactions.write(conn) as work:
            work.run_many(_RECORD, rows)
            if answered is not None:
                done, refused = (
                    [one.effect_id for one in receipts if one.outcome is outcome]
                    for outcome in (Outcome.DONE, Outcome.REJECTED)
                )
                note_answered(work, conn, done, answered)
                if refused:
                    note_refused(work, conn, refused)
                _take_texts(work, conn, done)

    def open_effects(self, conn: int) -> list[Effect]:
        """Return the effects that have not ended, in the order in which they were planned."""
        with self.transactions.read() as work:
            return [_effect(row) for row in work.fetch(_open(conn))]

    def note_absent(self, conn: int, effect_ids: Sequence[str], now: datetime) -> None:
        """Remember that the CRM was asked for these effects and did not have them; only the first time counts."""
        if not effect_ids:
            return
        with self.transactions.write(conn) as work:
            chosen = effects.c.effect_id.in_(work.want("effect", effect_ids)) & effects.c.absent_at.is_(None)
            work.run(update(effects).where(effects.c.conn == conn, chosen).values(absent_at=micros(now)))

    def drop(self, conn: int, effect_ids: Iterable[str], why: str) -> None:
        """End effects that have not ended, without sending them."""
        with self.transactions.write(conn) as work:
            chosen = work.among(effects.c.effect_id, "effect", effect_ids) & effects.c.state.in_(OPEN_STATES)
            work.run(update(effects).where(effects.c.conn == conn, chosen).values(state="dropped", message=why))

    def quarantined(self, conn: int) -> dict[WriteContent, Effect]:
        """Return the refused effects by what makes a change the same: (key or deal, action, payload hash).

        One is free again once anything else was done to its task or score.
        """
        with self.transactions.read() as work:
            refused = [_effect(row) for row in work.fetch(_refused(conn))]
        return {one.content: one for one in refused}

    def highest_episode(self, conn: int) -> dict[tuple[str, str], int]:
        """Return the highest episode whose task is known to have been made, by (deal id, family)."""
        with self.transactions.read() as work:
            rows = work.fetch(_highest_episode(conn))
        return {(deal_id, family): int(number) for deal_id, family, number in rows}

    def sent_by(self, conn: int, run_id: str) -> list[Effect]:
        """Return the effects of a run that left us, whatever is known of them, the refused ones aside."""
        left = (effects.c.run_id == run_id) & (effects.c.attempts > 0) & (effects.c.state != "rejected")
        with self.transactions.read() as work:
            return [_effect(row) for row in work.fetch(_rows(conn, left))]

    def scores_before(self, conn: int, run_id: str | None) -> dict[str, dict[str, Any]]:
        """Return what we last wrote on each deal before a run, or, if that is None, up to now."""
        columns = effects.c
        scored = (columns.kind == WriteKind.WRITE_SCORE.value) & (columns.state == "done")
        if run_id is not None:
            first = select(func.min(columns.seq)).where(columns.conn == conn, columns.run_id == run_id)
            scored &= columns.seq < first.scalar_subquery()
        query = select(columns.deal_id, columns.payload).where(columns.conn == conn, scored).order_by(columns.seq)
        with self.transactions.read() as work:
            last: dict[str, str] = dict(work.fetch(query))
        return {deal_id: json.loads(payload) for deal_id, payload in last.items()}


def _take_texts(work: Work, conn: int, effect_ids: Sequence[str]) -> None:
    """Let the mirror say what we just wrote into tasks: a deletion may be all that is read of them from here on."""
    tasks, columns = MIRROR["own_tasks"], effects.c
    chosen = columns.effect_id.in_(work.want("done effect", effect_ids)) & (columns.kind == WriteKind.UPDATE_TASK.value)
    rows = work.fetch(select(columns.remote_id, columns.payload).where(columns.conn == conn, chosen))
    told = [{"task_": task, "body_": text} for task, payload in rows if (text := json.loads(payload).get("body"))]
    mine = (tasks.c.conn == conn) & (tasks.c.task_id == bindparam("task_"))
    work.run_many(update(tasks).where(mine).values(body=bindparam("body_")), told)


def insert_effects(work: Work, conn: int, rows: Sequence[Effect]) -> None:
    """Remember effects in the transaction of whatever planned them."""
    for one in rows:
        if one.kind is WriteKind.CREATE_TASK and (one.episode is None or one.family is None or one.key is None):
            raise ValueError(f"effect {one.effect_id} creates a task without key, family and episode")
    work.insert(effects, [_row(conn, one) for one in rows])


_COLUMNS: Final = tuple(name for name in effects.c.keys() if name not in ("seq", "conn", "subject"))  # noqa: SIM118

_RECORD: Final = (
    update(effects)
    .where(effects.c.conn == bindparam("conn_"), effects.c.effect_id == bindparam("id_"))
    .values(
        state=bindparam("state_"),
        remote_id=func.coalesce(bindparam("remote_"), effects.c.remote_id),
        code=bindparam("code_"),
        message=bindparam("message_"),
        done_at=bindparam("done_"),
    )
)


def _rows(conn: int, chosen: Any) -> Any:
    return select(*(effects.c[name] for name in _COLUMNS)).where(effects.c.conn == conn, chosen).order_by(effects.c.seq)


# Statements that differ in the connection alone are built once for each.


@cache
def _open(conn: int) -> Any:
    return _rows(conn, effects.c.state.in_(OPEN_STATES))


@cache
def _refused(conn: int) -> Any:
    later = effects.alias()
    overtaken = exists().where(
        later.c.conn == effects.c.conn,
        later.c.kind == effects.c.kind,
        later.c.subject == effects.c.subject,
        later.c.seq > effects.c.seq,
        later.c.state == "done",
    )
    return _rows(conn, (effects.c.state == "rejected") & ~overtaken)


@cache
def _highest_episode(conn: int) -> Any:
    columns = effects.c
    created = (columns.kind == WriteKind.CREATE_TASK.value) & (columns.state == "done")
    query = select(columns.deal_id, columns.family, func.max(columns.episode)).where(columns.conn == conn, created)
    return query.group_by(columns.deal_id, columns.family)


def _row(conn: int, one: Effect) -> dict[str, Any]:
    return {
        "conn": conn,
        "effect_id": one.effect_id,
        "run_id": one.run_id,
        "plan_id": one.plan_id,
        "kind": one.kind.value,
        "subject": one.content.subject,
        "key": one.key,
        "deal_id": one.deal_id,
        "family": one.family,
        "episode": one.episode,
        "remote_id": one.remote_id,
        "payload": json.dumps(dict(one.values)),
        "payload_hash": one.payload_hash,
        "state": one.state,
        "attempts": one.attempts,
        "sent_at": micros(one.sent_at),
        "done_at": micros(one.done_at),
        "code": one.code,
        "message": one.message,
        "absent_at": micros(one.absent_at),
    }


def _effect(row: Row) -> Effect:
    stored = dict(zip(_COLUMNS, row, strict=True))
    values = json.loads(stored.pop("payload"))
    times = {name: moment(stored.pop(name)) for name in ("sent_at", "done_at", "absent_at")}
    kind = WriteKind(stored.pop("kind"))
    return Effect(**stored, **times, kind=kind, values=values)
