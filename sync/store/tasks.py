"""Managed tasks, as mirror and ledger know them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import exists, func, select

from connectors.model import OWN_TASKS, WriteKind
from sync.store.database.database import Transactions
from sync.store.database.epoch import micros, moment
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import effects
from sync.store.frames import rows_of


@dataclass(frozen=True, slots=True)
class Tasks:
    """Managed tasks in the CRM, and those that should be there."""

    transactions: Transactions

    def all(self, conn: int) -> pl.DataFrame:
        """Return all managed tasks, ended and deleted ones included, in the columns of ``own_tasks``."""
        with self.transactions.read() as work:
            return work.frame(rows_of("own_tasks", conn), OWN_TASKS)

    def by_id(self, conn: int, task_ids: Iterable[str]) -> pl.DataFrame:
        """Return these managed tasks as the mirror holds them."""
        with self.transactions.read() as work:
            chosen = work.among(MIRROR["own_tasks"].c.task_id, "asked", task_ids)
            return work.frame(rows_of("own_tasks", conn).where(chosen), OWN_TASKS)

    def unseen(self, conn: int) -> list[tuple[str, str | None, datetime]]:
        """Return the tasks created on known deals that the mirror never showed: (deal id, owner id, host's time)."""
        made = effects.c
        with self.transactions.read() as work:
            rows = work.fetch(_unseen(conn, made.deal_id, made.payload, made.done_at))
        created = [(deal_id, json.loads(payload), moment(done_at)) for deal_id, payload, done_at in rows]
        return [
            (deal_id, values.get("owner_id"), at) for deal_id, values, at in created if values.get("deal_id") and at
        ]

    def made_since(self, conn: int, moment: datetime) -> frozenset[str]:
        """Return the keys of the managed tasks on deals that were created since *moment*, by the CRM's time."""
        tasks = MIRROR["own_tasks"].c
        recent = (tasks.created_at >= micros(moment)) & tasks.deal_id.is_not(None) & tasks.key.is_not(None)
        with self.transactions.read() as work:
            return frozenset(row[0] for row in work.fetch(select(tasks.key).where(tasks.conn == conn, recent)))

    def count_open(self, conn: int) -> int:
        """Return how many managed tasks on deals are open, as the mirror has them."""
        tasks = MIRROR["own_tasks"].c
        is_open = (tasks.is_open == 1) & tasks.is_deleted.is_distinct_from(1) & tasks.deal_id.is_not(None)
        with self.transactions.read() as work:
            row = work.first(select(func.count()).where(tasks.conn == conn, is_open))
        return 0 if row is None else int(row[0])

    def deals_with_duplicates(self, conn: int) -> frozenset[str]:
        """Return the deals with two open managed tasks of one key, as the mirror has them."""
        tasks = MIRROR["own_tasks"].c
        is_open = (tasks.is_open == 1) & tasks.is_deleted.is_distinct_from(1) & tasks.deal_id.is_not(None)
        keyed = select(tasks.deal_id).where(tasks.conn == conn, is_open, tasks.key.is_not(None))
        with self.transactions.read() as work:
            rows = work.fetch(keyed.group_by(tasks.deal_id, tasks.key).having(func.count() > 1))
        return frozenset(row[0] for row in rows)

    def believed_deleted(self, conn: int) -> list[str]:
        """Return the ids of the managed tasks that the mirror holds as deleted, but for those of unknown deals."""
        tasks = MIRROR["own_tasks"].c
        # A deleted task may no longer show its deal.
        concerned = tasks.deal_id.is_(None) | tasks.deal_id.in_(_known(conn))
        gone = (tasks.conn == conn) & (tasks.is_deleted == 1) & tasks.key.is_not(None) & concerned
        with self.transactions.read() as work:
            return [row[0] for row in work.fetch(select(tasks.task_id).where(gone).order_by(tasks.task_id))]

    def expected_open(self, conn: int) -> dict[str, bool]:
        """Return the ids of the managed tasks that should be open in the CRM, and whether the mirror holds them.

        Those are the ones that the mirror shows open, and the ones that the ledger created and the mirror never showed;
        only of deals that are still known, since a deal takes its tasks along.
        """
        seen, unseen = _standing(conn)
        with self.transactions.read() as work:
            return {row[0]: True for row in work.fetch(seen)} | {row[0]: False for row in work.fetch(unseen)}


@cache
def _standing(conn: int) -> tuple[Any, Any]:
    """Select the tasks that the mirror shows open, and the created ones that it does not hold."""
    tasks = MIRROR["own_tasks"].c
    shown = (tasks.conn == conn) & (tasks.is_open == 1) & tasks.is_deleted.is_distinct_from(1)
    return select(tasks.task_id).where(shown, tasks.deal_id.in_(_known(conn))), _unseen(conn, effects.c.remote_id)


def _unseen(conn: int, *columns: Any) -> Any:
    """Select, of the tasks created on deals that are still known, those that the mirror never held."""
    tasks, made = MIRROR["own_tasks"].c, effects.c
    # The CRM's index may lag, or a cycle may have ended between the write and the next read.
    of_mirror = exists().where(tasks.conn == conn, tasks.task_id == made.remote_id)
    created = (made.conn == conn) & (made.kind == WriteKind.CREATE_TASK.value) & (made.state == "done")
    known = made.remote_id.is_not(None) & made.deal_id.in_(_known(conn))
    return select(*columns).where(created, known, ~of_mirror)


def _known(conn: int) -> Any:
    deals = MIRROR["deals"].c
    return select(deals.deal_id).where(deals.conn == conn)
