"""The ledger: every intended write, remembered before its first byte leaves.

An effect is planned, then sending, and ends as done, rejected or dropped; without an answer it is unknown until it is
read back. One that a later process finds sending is unknown too: its answer was never written down.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, select, update

from connectors.model import UNCONFIRMED, Outcome, Receipt, WriteKind
from sync.model.change import WriteContent
from sync.model.effect import OPEN_STATES, Effect, EffectState
from sync.model.refused import RefusedEffect
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
        """Save effects; those of a plan belong into the transaction of ``Judgements.commit``."""
        with self.transactions.write(conn) as work:
            insert_effects(work, conn, rows)

    def start_sending(self, conn: int, effect_ids: Sequence[str], now: datetime) -> None:
        """Save, committed before the first byte leaves, that these effects are being sent.

        Raises:
            StoreError: one of them is not in the ledger or has ended already; nothing was marked, nothing may be sent.
        """
        with self.transactions.write(conn) as work:
            sendable = work.among(effects.c.effect_id, "effect", effect_ids) & effects.c.state.in_(OPEN_STATES)
            marked = update(effects).where(effects.c.conn == conn, sendable)
            values = {"state": "sending", "attempts": effects.c.attempts + 1, "sent_at": micros(now)}
            # A restored or exchanged database may lack them; sending without a record could create a task twice.
            if work.run(marked.values(values)) != len(effect_ids):
                raise StoreError(
                    f"{self.transactions.name}: effects about to be sent are not open in the ledger; the database was "
                    "exchanged while the run went on; run again"
                )
            note_sent(work, conn, effect_ids)

    def record(
        self, conn: int, receipts: Sequence[Receipt], now: datetime, *, answered: datetime | None = None
    ) -> None:
        """Save what became of effects; a receipt without a remote id leaves the known one.

        *answered* is the CRM's own time in its answer to the write, where that is what brought the receipts.
        """
        rows = [
            {
                "conn_": conn,
                "id_": receipt.effect_id,
                "state_": _STATE_AFTER[receipt.outcome],
                "remote_": receipt.remote_id,
                "code_": receipt.code,
                "message_": receipt.message,
                "done_": micros(now) if receipt.outcome in (Outcome.DONE, Outcome.REJECTED) else None,
            }
            for receipt in receipts
        ]
        with self.transactions.write(conn) as work:
            work.run_many(_RECORD, rows)
            if answered is not None:
                done, refused = (
                    [receipt.effect_id for receipt in receipts if receipt.outcome is outcome]
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
        """Save that the CRM was asked for these effects and did not have them; only the first time counts."""
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

    def refused(self, conn: int) -> list[RefusedEffect]:
        """Return what the CRM refused last of every record and kind of change, in the order of the first refusals."""
        with self.transactions.read() as work:
            effects_refused = [_effect(row) for row in work.fetch(_refused(conn))]
        standing: dict[tuple[str, WriteKind], RefusedEffect] = {}
        for effect in effects_refused:
            record = (effect.content.subject, effect.kind)
            first = standing.get(record)
            since = first.since if first else effect.done_at or effect.sent_at
            if since is not None:
                standing[record] = RefusedEffect(effect, since)
        return list(standing.values())

    def let_go(self, conn: int, effect_ids: Iterable[str]) -> None:
        """End the refusals of the records of these effects: nobody wants any more what was refused."""
        ids = list(effect_ids)
        if not ids:
            return
        with self.transactions.write(conn) as work:
            chosen = work.among(effects.c.effect_id, "unwanted effect", ids)
            records = work.fetch(
                select(effects.c.kind, effects.c.subject).where(effects.c.conn == conn, chosen).distinct()
            )
            refused = (effects.c.conn == conn) & (effects.c.state == "rejected")
            record = (effects.c.kind == bindparam("kind_")) & (effects.c.subject == bindparam("subject_"))
            ended = update(effects).where(refused, record).values(state="dropped")
            work.run_many(ended, [{"kind_": kind, "subject_": subject} for kind, subject in records])

    def discard(self, conn: int, effect_ids: Iterable[str]) -> None:
        """Remove effects that were never sent and need no memory, since what stands for them is in the ledger."""
        with self.transactions.write(conn) as work:
            chosen = work.among(effects.c.effect_id, "discarded effect", effect_ids) & (effects.c.attempts == 0)
            work.run(delete(effects).where(effects.c.conn == conn, effects.c.state == "planned", chosen))

    def unconfirmed_before(self, conn: int, wanted: Sequence[Effect]) -> dict[WriteContent, int]:
        """Return how often each of the *wanted* was sent by earlier runs and answered without a word on its record.

        Counted since anything else was done to the same task or score; what was never so is left out.
        """
        with self.transactions.read() as work:
            subjects = effects.c.subject.in_(work.want("subject", [effect.content.subject for effect in wanted]))
            rows = [_effect(row) for row in work.fetch(_unconfirmed(conn).where(subjects))]
        runs = {effect.run_id for effect in wanted}
        sent = {(effect.content, effect.run_id) for effect in rows if effect.run_id not in runs}
        return Counter(content for content, _ in sent)

    def highest_episode(self, conn: int) -> dict[tuple[str, str], int]:
        """Return the highest episode whose task is known to have been created, by (deal id, family)."""
        with self.transactions.read() as work:
            rows = work.fetch(_highest_episode(conn))
        return {(deal_id, family): int(number) for deal_id, family, number in rows}

    def sent_by(self, conn: int, run_id: str) -> list[Effect]:
        """Return the effects of a run that were sent, whatever is known of them, without the refused ones."""
        sent = (effects.c.run_id == run_id) & (effects.c.attempts > 0) & (effects.c.state != "rejected")
        with self.transactions.read() as work:
            return [_effect(row) for row in work.fetch(_rows(conn, sent))]

    def scores_before(self, conn: int, run_id: str | None) -> dict[str, dict[str, Any]]:
        """Return the scores last written on each deal before a run, or, if that is None, up to now, by deal id."""
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
    """Put what was just written into tasks into the mirror: the next read may show nothing but their deletion."""
    tasks, columns = MIRROR["own_tasks"], effects.c
    chosen = columns.effect_id.in_(work.want("done effect", effect_ids)) & (columns.kind == WriteKind.UPDATE_TASK.value)
    rows = work.fetch(select(columns.remote_id, columns.payload).where(columns.conn == conn, chosen))
    written = [{"task_": task, "body_": text} for task, payload in rows if (text := json.loads(payload).get("body"))]
    task = (tasks.c.conn == conn) & (tasks.c.task_id == bindparam("task_"))
    work.run_many(update(tasks).where(task).values(body=bindparam("body_")), written)


def insert_effects(work: Work, conn: int, rows: Sequence[Effect]) -> None:
    """Save effects in the transaction of what planned them."""
    for effect in rows:
        named = None not in (effect.episode, effect.family, effect.key)
        if effect.kind is WriteKind.CREATE_TASK and not named:
            raise ValueError(f"effect {effect.effect_id} creates a task without key, family and episode")
    work.insert(effects, [_row(conn, effect) for effect in rows])


_COLUMNS: Final = tuple(name for name in effects.c.keys() if name not in ("seq", "conn", "subject"))  # noqa: SIM118

_RECORD: Final = (
    update(effects)
    .where(effects.c.conn == bindparam("conn_"), effects.c.effect_id == bindparam("id_"))
    .values(
        state=bindparam("state_"),
        # A receipt of an update carries no id, and must not erase that of the task.
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


def _overtaken() -> Any:
    """Return the condition that something was done to the effect's record since."""
    later = effects.alias()
    # Whatever was written to the record since may have removed what the CRM objected to.
    return exists().where(
        later.c.conn == effects.c.conn,
        later.c.kind == effects.c.kind,
        later.c.subject == effects.c.subject,
        later.c.seq > effects.c.seq,
        later.c.state == "done",
    )


@cache
def _refused(conn: int) -> Any:
    return _rows(conn, (effects.c.state == "rejected") & ~_overtaken())


@cache
def _unconfirmed(conn: int) -> Any:
    silent = (effects.c.code == UNCONFIRMED) & effects.c.state.in_(("unknown", "dropped"))
    return _rows(conn, silent & ~_overtaken())


@cache
def _highest_episode(conn: int) -> Any:
    columns = effects.c
    created = (columns.kind == WriteKind.CREATE_TASK.value) & (columns.state == "done")
    query = select(columns.deal_id, columns.family, func.max(columns.episode)).where(columns.conn == conn, created)
    return query.group_by(columns.deal_id, columns.family)


def _row(conn: int, effect: Effect) -> dict[str, Any]:
    return {
        "conn": conn,
        "effect_id": effect.effect_id,
        "run_id": effect.run_id,
        "plan_id": effect.plan_id,
        "kind": effect.kind.value,
        "subject": effect.content.subject,
        "key": effect.key,
        "deal_id": effect.deal_id,
        "family": effect.family,
        "episode": effect.episode,
        "remote_id": effect.remote_id,
        "payload": json.dumps(dict(effect.values)),
        "payload_hash": effect.payload_hash,
        "state": effect.state,
        "attempts": effect.attempts,
        "sent_at": micros(effect.sent_at),
        "done_at": micros(effect.done_at),
        "code": effect.code,
        "message": effect.message,
        "absent_at": micros(effect.absent_at),
    }


def _effect(row: Row) -> Effect:
    stored = dict(zip(_COLUMNS, row, strict=True))
    values = json.loads(stored.pop("payload"))
    times = {name: moment(stored.pop(name)) for name in ("sent_at", "done_at", "absent_at")}
    kind = WriteKind(stored.pop("kind"))
    return Effect(**stored, **times, kind=kind, values=values)
