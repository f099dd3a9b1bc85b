"""Apply: the planned effects, batch by batch, each remembered before its first byte leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import polars as pl

from connectors.base import Capabilities, Connector
from connectors.errors import ConnectorError
from connectors.model import OWN_TASKS, UNCONFIRMED, Outcome, Receipt, Write, WriteKind
from sync.connection.context import Cycle
from sync.errors import STOPPED
from sync.model.cycle_report import AppliedCount
from sync.model.effect import Effect
from sync.store.store import Store

_CONTENT = [name for name in OWN_TASKS.names() if name not in ("created_at", "modified_at", "modified_by_us")]
"""What a task says: a plan made on other content than the CRM holds now is not carried out."""

# What a rep sees first settles first: tasks whose reason is gone, then texts, then new tasks, then scores.
_ORDER = (
    WriteKind.CLOSE_TASK,
    WriteKind.REOPEN_TASK,
    WriteKind.UPDATE_TASK,
    WriteKind.CREATE_TASK,
    WriteKind.WRITE_SCORE,
)

_CALLS = {
    WriteKind.CLOSE_TASK: 4,
    WriteKind.REOPEN_TASK: 4,
    WriteKind.UPDATE_TASK: 4,
    WriteKind.CREATE_TASK: 6,
    WriteKind.WRITE_SCORE: 1,
}
"""So many calls a batch may take with its reading before and after; without quota for them none is sent."""

SILENT_CYCLES = 3
"""After so many cycles a write that the CRM answers without confirming it counts as refused."""

_HIDDEN = (
    "the CRM holds a task with this key that our user cannot read; share it with our user, or have it deleted for good"
)


@dataclass(slots=True)
class Applied:
    """What became of the effects so far; *stopped* says why the rest was not sent."""

    done: Counter[WriteKind] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)  # by the CRM's message
    unknown: Counter[str] = field(default_factory=Counter)  # by what is known of the answer
    changed_meanwhile: int = 0
    accepted: set[str] = field(default_factory=set)  # effects that are done
    stopped: str | None = None

    def count(self) -> AppliedCount:
        """Return the totals as the report shows them."""
        return AppliedCount(
            create=self.done[WriteKind.CREATE_TASK],
            update=self.done[WriteKind.UPDATE_TASK],
            close=self.done[WriteKind.CLOSE_TASK],
            scores=self.done[WriteKind.WRITE_SCORE],
            rejected=self.rejected.total(),
            unknown=self.unknown.total(),
        )


@dataclass(frozen=True, slots=True)
class Applier:
    """Sends effects of one connection and writes down what came of them.

    Where the CRM does not keep keys unique, *key_enforced* is False: then tasks are created one at a time, each after a
    look for it, and one without an answer is left open, to be looked for by later cycles.
    """

    connector: Connector
    store: Store
    conn: int
    clock: Callable[[], datetime]
    stop_requested: Callable[[], bool]
    on_batch: Callable[[int, int], None]
    note_calls: Callable[[], None] = lambda: None
    key_enforced: bool = True

    def apply(self, effects: Sequence[Effect], again: Mapping[str, Hashable] | None = None) -> Applied:
        """Send *effects*; ends early, without an error, when asked to stop or when the CRM cannot be reached.

        *again* are those that the CRM refused before, oldest first, each with what it was refused for: of those with
        the same the oldest is sent alone, after everything else, and the others follow only if it is taken.
        """
        groups = again or {}
        firsts = {group: effect_id for effect_id, group in reversed(list(groups.items()))}
        fresh = [effect for effect in effects if effect.effect_id not in groups]
        first = [effect for effect in effects if effect.effect_id in set(firsts.values())]
        applied = Applied()
        self._apply(fresh, applied)
        self._apply(first, applied)
        others = [effect for effect in effects if effect.effect_id in groups and effect not in first]
        following = [effect for effect in others if firsts[groups[effect.effect_id]] in applied.accepted]
        self._apply(following, applied)
        left = [effect.effect_id for effect in others if effect not in following]
        if left:
            # Their first refusals stay in the ledger and stand for them.
            self.store.ledger.discard(self.conn, left)
        return applied

    def _apply(self, effects: Sequence[Effect], applied: Applied) -> None:
        sent = 0
        if applied.stopped is not None:
            return
        for batch in self._batches(effects):
            if self.stop_requested():
                applied.stopped = f"{STOPPED} between two batches"
                break
            try:
                self._send(batch, applied)
            except ConnectorError as error:
                applied.stopped = str(error)
                break
            sent += len(batch)
            # After every batch: a run that is killed has spent its calls all the same.
            self.note_calls()
            self.on_batch(sent, len(effects))

    def _batches(self, effects: Sequence[Effect]) -> Iterator[tuple[Effect, ...]]:
        size = self.connector.batch_size()
        for kind in _ORDER:
            of_kind = [effect for effect in effects if effect.kind is kind]
            # One by one where nothing refuses a duplicate: a lost answer then leaves one task in doubt, not a batch.
            part = 1 if kind is WriteKind.CREATE_TASK and not self.key_enforced else size
            yield from (tuple(of_kind[at : at + part]) for at in range(0, len(of_kind), part))

    def _send(self, batch: Sequence[Effect], applied: Applied) -> None:
        # Asked for the whole batch: with the quota gone half-way a create would stay in doubt.
        self.connector.ensure_room(_CALLS[batch[0].kind])
        fresh = self._unchanged(batch, applied)
        if not fresh:
            return
        created = fresh[0].kind is WriteKind.CREATE_TASK
        if created and not self.key_enforced:
            self._tally(fresh, self._create_unenforced(fresh), applied)
            return
        receipts = self._attempt(fresh)
        if created and any(receipt.outcome in (Outcome.UNKNOWN, Outcome.DUPLICATE) for receipt in receipts):
            receipts = self._settle_creates(fresh, receipts)
        self._tally(fresh, self._refuse_unconfirmed(fresh, receipts), applied)

    def _refuse_unconfirmed(self, batch: Sequence[Effect], receipts: Sequence[Receipt]) -> list[Receipt]:
        """Take for refused what the CRM answered in as many cycles without a word on the record."""
        silent = {receipt.effect_id for receipt in receipts if receipt.code == UNCONFIRMED}
        by_id = {effect.effect_id: effect for effect in batch if effect.effect_id in silent}
        before = self.store.ledger.unconfirmed_before(self.conn, tuple(by_id.values())) if silent else {}
        settled, refused = [], []
        for receipt in receipts:
            effect = by_id.get(receipt.effect_id)
            if effect is not None and before.get(effect.content, 0) + 1 >= SILENT_CYCLES:
                text = f"not confirmed in {SILENT_CYCLES} cycles: {receipt.message}"
                refused.append(replace(receipt, outcome=Outcome.REJECTED, message=text))
                settled.append(refused[-1])
            else:
                settled.append(receipt)
        if refused:
            self.store.ledger.record(self.conn, refused, self.clock())
        return settled

    def _attempt(self, batch: Sequence[Effect]) -> list[Receipt]:
        """Send one batch; its effects are ``sending`` in the ledger before the first byte and what they became
        after."""
        ids = [effect.effect_id for effect in batch]
        self.store.ledger.start_sending(self.conn, ids, self.clock())
        receipts = self.connector.write_batch([_write(effect) for effect in batch])
        self.store.ledger.record(self.conn, receipts, self.clock(), answered=self.connector.now())
        return receipts

    def _unchanged(self, batch: Sequence[Effect], applied: Applied) -> list[Effect]:
        """Read the tasks of an update or close again, and leave out those that are not what the plan was made on.

        Who changed a task last does not count: our own delayed write may have come after a person's edit. Nor does a
        link that is shown no more: it goes with its deal, and is then what the task is closed for.
        """
        kind = batch[0].kind
        if kind in (WriteKind.CREATE_TASK, WriteKind.WRITE_SCORE):
            return list(batch)
        task_ids = [effect.remote_id for effect in batch if effect.remote_id]
        planned_on = self.store.tasks.by_id(self.conn, task_ids)
        now_there = self.connector.read_tasks(task_ids)
        self.store.mirror.save_tasks(self.conn, now_there)
        still_open = now_there.filter(
            pl.col("is_open").ne_missing(kind is WriteKind.REOPEN_TASK) & pl.col("is_deleted").ne_missing(True)
        )
        linked = planned_on.select("task_id", pl.col("deal_id").alias("was_on"))
        shown = still_open.join(linked, on="task_id", how="left").with_columns(
            pl.coalesce("deal_id", "was_on").alias("deal_id")
        )
        same = shown.join(planned_on, on=_CONTENT, how="semi", nulls_equal=True)
        unchanged = set(same.get_column("task_id"))
        left = [effect for effect in batch if effect.remote_id not in unchanged]
        if left:
            applied.changed_meanwhile += len(left)
            self.store.ledger.drop(
                self.conn, [effect.effect_id for effect in left], "a person changed the task meanwhile"
            )
        return [effect for effect in batch if effect.remote_id in unchanged]

    def _create_unenforced(self, batch: Sequence[Effect]) -> list[Receipt]:
        """Adopt what is there already; send the rest, and look once for what got no answer, without sending again."""
        answers = {receipt.effect_id: receipt for receipt in self.read_back(batch)}
        absent = [effect for effect in batch if answers[effect.effect_id].outcome is Outcome.UNKNOWN]
        if absent:
            receipts = self._attempt(absent)
            unsure = {
                receipt.effect_id for receipt in receipts if receipt.outcome in (Outcome.UNKNOWN, Outcome.DUPLICATE)
            }
            looked_up = self.read_back([effect for effect in absent if effect.effect_id in unsure])
            answers |= {receipt.effect_id: receipt for receipt in [*receipts, *looked_up]}
            missed = [receipt.effect_id for receipt in looked_up if receipt.outcome is Outcome.UNKNOWN]
            self.store.ledger.note_absent(self.conn, missed, self.connector.now())
        return [answers[effect.effect_id] for effect in batch]

    def _settle_creates(self, batch: Sequence[Effect], receipts: Sequence[Receipt]) -> list[Receipt]:
        """Find out by key what became of creates without a trustworthy answer, and send once more what is not there.

        What is then refused as a duplicate and still cannot be read is quarantined: somebody hides it from us.
        """
        by_id = {effect.effect_id: effect for effect in batch}
        in_doubt = [
            by_id[receipt.effect_id] for receipt in receipts if receipt.outcome in (Outcome.UNKNOWN, Outcome.DUPLICATE)
        ]
        answers = {receipt.effect_id: receipt for receipt in [*receipts, *self.read_back(in_doubt)]}
        absent = [effect for effect in in_doubt if answers[effect.effect_id].outcome is Outcome.UNKNOWN]
        if absent:
            # Safe only because the CRM refuses a second task with this key, however late the first one lands.
            again = self._attempt(absent)
            late = self.read_back(
                [by_id[receipt.effect_id] for receipt in again if receipt.outcome is Outcome.DUPLICATE]
            )
            answers |= {receipt.effect_id: receipt for receipt in [*again, *self._quarantine_hidden(late)]}
        return [answers[effect.effect_id] for effect in batch]

    def _quarantine_hidden(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """Refuse what the CRM calls a duplicate and does not show."""
        settled = [
            Receipt(receipt.effect_id, Outcome.REJECTED, code="HIDDEN_DUPLICATE", message=_HIDDEN)
            if receipt.outcome is Outcome.UNKNOWN
            else receipt
            for receipt in receipts
        ]
        self.store.ledger.record(
            self.conn, [receipt for receipt in settled if receipt.outcome is Outcome.REJECTED], self.clock()
        )
        return settled

    def read_back(self, effects: Sequence[Effect]) -> list[Receipt]:
        """Ask the CRM's primary store which of these creates it holds; the ledger keeps the answer.

        A task that is there is adopted as done, and the mirror takes it over as it is: it may have ended meanwhile. One
        that is not gives UNKNOWN.
        """
        if not effects:
            return []
        keys = [effect.key for effect in effects if effect.key]
        if self.key_enforced:
            rows = self.connector.read_back(keys)
        else:
            matches = self.connector.read_back(keys, [effect.deal_id for effect in effects])
            rows = matches.sort(pl.col("is_deleted").fill_null(value=False), "created_at", descending=[True, True])
        task_ids = {row["key"]: row["task_id"] for row in rows.iter_rows(named=True)}
        receipts = [
            Receipt(effect.effect_id, Outcome.DONE, task_ids[effect.key])
            if effect.key in task_ids
            else Receipt(effect.effect_id, Outcome.UNKNOWN, message="not found by its key")
            for effect in effects
        ]
        if task_ids:
            self.store.ledger.record(
                self.conn, [receipt for receipt in receipts if receipt.outcome is Outcome.DONE], self.clock()
            )
            self.store.mirror.save_tasks(self.conn, rows)
        return receipts

    @staticmethod
    def _tally(batch: Sequence[Effect], receipts: Sequence[Receipt], applied: Applied) -> None:
        kinds = {effect.effect_id: effect.kind for effect in batch}
        for receipt in receipts:
            if receipt.outcome is Outcome.DONE:
                applied.done[kinds[receipt.effect_id]] += 1
                applied.accepted.add(receipt.effect_id)
            elif receipt.outcome in (Outcome.REJECTED, Outcome.DUPLICATE):
                applied.rejected[receipt.message or receipt.code or "refused without a reason"] += 1
            else:
                applied.unknown[receipt.message or receipt.code or "no answer"] += 1


def applier_of(cycle: Cycle, capabilities: Capabilities) -> Applier:
    """Return what sends the effects of *cycle* and writes down what came of them."""
    connection, run = cycle.connection, cycle.run
    return Applier(
        connection.connector,
        cycle.store,
        cycle.conn,
        run.host_now,
        run.stop_requested,
        partial(_show_writing, cycle),
        cycle.note_calls,
        capabilities.key_enforced,
    )


def _show_writing(cycle: Cycle, done: int, total: int) -> None:
    cycle.run.progress.stage(cycle.connection.name, "writing", done, total)


def _write(effect: Effect) -> Write:
    return Write(effect.effect_id, effect.kind, effect.values, effect.remote_id)
