"""Undo: take a run's changes back, or everything managed, leaving what people touched.

Everything is found by comparing the ledger with what the CRM holds now, so that an undo that was cut off is simply run
again. What is withdrawn says so in its reason, which starts a cooldown of its rules like a completion.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.model import WriteKind
from sync.connection.context import Cycle, Undoing
from sync.cycle.apply import Applier
from sync.cycle.pull import Pulled
from sync.cycle.recover import settle_in_flight
from sync.cycle.refused import still_refused
from sync.cycle.report import all_notes
from sync.model import task_key
from sync.model.cycle_report import ConnectionReport
from sync.model.effect import Effect
from sync.model.own_task import WITHDRAWN
from sync.model.task_text import payload_hash
from sync.plan.scores import FIELDS
from sync.store.task_fields import user_modified

_COMPARED: Final = tuple(name for name in FIELDS if name != "as_of")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What is to be written, and how many tasks stay as they are because a person touched them."""

    effects: tuple[Effect, ...]
    touched: int


def take_back(cycle: Cycle, applier: Applier, pulled: Pulled, undoing: Undoing) -> ConnectionReport:
    """Take back what *undoing* names; what earlier runs left unsent is dropped."""
    store, conn, run = cycle.store, cycle.conn, cycle.run
    unsent = settle_in_flight(applier)
    taken = _everything(cycle, undoing) if undoing.run_id is None else _of_run(cycle, undoing, undoing.run_id)
    store.ledger.insert(conn, taken.effects)
    store.ledger.drop(conn, [effect.effect_id for effect in unsent], "withdrawn")
    applied = applier.apply(taken.effects)
    notes = []
    if applied.changed_meanwhile:
        notes.append(f"{applied.changed_meanwhile:,} tasks changed meanwhile and stay; run it again to look at them.")
    if applied.unknown:
        notes.append(f"{applied.unknown.total():,} writes had no answer; run it again to look at them.")
    return ConnectionReport(
        run.run_id,
        applied=applied.count(),
        calls=cycle.calls(),
        taken_back={
            "withdrawn": applied.done[WriteKind.CLOSE_TASK],
            "reopened": applied.done[WriteKind.REOPEN_TASK],
            "restored": applied.done[WriteKind.WRITE_SCORE],
            "left": taken.touched,
        },
        incomplete=applied.stopped is not None,
        incomplete_reason=applied.stopped,
        exit_code=4 if applied.stopped is not None or applied.rejected else 0,
        refused=still_refused(cycle),
        rejections=applied.rejected,
        problems=all_notes(cycle, pulled, notes),
    )


def _of_run(cycle: Cycle, undoing: Undoing, run_id: str) -> TakenBack:
    store, conn = cycle.store, cycle.conn
    sent = store.ledger.sent_by(conn, run_id)
    tasks = {row["key"]: row for row in store.tasks.all(conn).iter_rows(named=True) if row["key"]}
    made = [effect.key for effect in sent if effect.kind is WriteKind.CREATE_TASK]
    closings, touched = _closings(cycle, undoing, (tasks[key] for key in made if key in tasks))
    closed = [effect for effect in sent if effect.kind is WriteKind.CLOSE_TASK]
    scored = {effect.deal_id: effect.values for effect in sent if effect.kind is WriteKind.WRITE_SCORE}
    restored = _scores(cycle, scored, store.ledger.scores_before(conn, run_id))
    return TakenBack((*closings, *_reopenings(cycle, closed, tasks), *restored), touched)


def _everything(cycle: Cycle, undoing: Undoing) -> TakenBack:
    store, conn = cycle.store, cycle.conn
    rows = [row for row in store.tasks.all(conn).iter_rows(named=True) if row["key"]]
    closings, touched = _closings(cycle, undoing, rows)
    return TakenBack((*closings, *_scores(cycle, store.ledger.scores_before(conn, None), {})), touched)


def _closings(cycle: Cycle, undoing: Undoing, rows: Iterable[dict[str, Any]]) -> tuple[list[Effect], int]:
    """Close the open tasks that nobody touched; count those that somebody did."""
    bases = cycle.store.task_fields.of_open_tasks(cycle.conn)
    still_open = [row for row in rows if row["is_open"] and not row["is_deleted"]]
    untouched = [row for row in still_open if not user_modified(row, bases.get(row["key"]))]
    reason = f"{WITHDRAWN} {undoing.why}"
    effects = [_effect(cycle, WriteKind.CLOSE_TASK, row, {"reason": reason}) for row in untouched]
    return effects, len(still_open) - len(untouched)


def _reopenings(cycle: Cycle, closed: Iterable[Effect], tasks: Mapping[str, dict[str, Any]]) -> Iterator[Effect]:
    """Open again what is still as it was closed, unless its reason has another open task by now."""
    # A reopened task beside a newer one would make two for one reason.
    busy = {_stem(key) for key, row in tasks.items() if row["is_open"] and not row["is_deleted"]}
    for effect in closed:
        row = tasks.get(effect.key or "")
        if row is None or row["is_open"] or row["is_deleted"] or row["modified_by_us"] is not True:
            continue
        if row["reason"] == effect.values["reason"] and _stem(row["key"]) not in busy:
            yield _effect(cycle, WriteKind.REOPEN_TASK, row, {"reason": ""})


def _scores(
    cycle: Cycle, written: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[Effect]:
    """Write the scores of *before*, or blanks, where the CRM still shows what was *written*."""
    if not written:
        return
    for row in cycle.store.frames.own_scores(cycle.conn, list(written)).iter_rows(named=True):
        deal_id = row["deal_id"]
        # A score that changed since is newer than the run that is undone.
        if all(_same(row[name], written[deal_id].get(name)) for name in _COMPARED):
            values = dict(before.get(deal_id) or dict.fromkeys(FIELDS))
            if any(not _same(row[name], values.get(name)) for name in _COMPARED):
                named = {"task_id": deal_id, "key": None, "deal_id": deal_id}
                yield _effect(cycle, WriteKind.WRITE_SCORE, named, values)


def _same(left: object, other: object) -> bool:
    return _plain(left) == _plain(other)


def _plain(value: object) -> object:
    if isinstance(value, int | float):
        return float(value)
    return str(value or "").replace("\r\n", "\n").strip()


def _stem(key: str) -> str | None:
    parts = task_key.split(key)
    return parts[0] if parts else None


def _effect(cycle: Cycle, kind: WriteKind, row: Mapping[str, Any], values: Mapping[str, Any]) -> Effect:
    return Effect(
        effect_id=uuid.uuid4().hex,
        run_id=cycle.run.run_id,
        plan_id=None,
        kind=kind,
        key=row["key"],
        deal_id=row["deal_id"] or "",
        family=None,
        remote_id=row["task_id"],
        values=values,
        payload_hash=payload_hash(kind.value, {"key": row["key"], **values}),
    )
