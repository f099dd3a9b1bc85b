"""Earlier episodes, read from the managed tasks and the ledger."""

from __future__ import annotations

from functools import partial

import polars as pl

from sync.connection.context import Cycle
from sync.plan.history import History
from sync.plan.own_tasks import latest_by_reason
from sync.plan.regrouped import follow_rules


def history_of(cycle: Cycle, tasks: pl.DataFrame, families: frozenset[str], time_zone: str) -> History:
    """Return what *tasks*, all managed ones as rows of ``own_tasks``, and the ledger show of earlier episodes."""
    store, conn = cycle.store, cycle.conn
    latest = latest_by_reason(
        tasks,
        families,
        bases=store.task_fields.of_open_tasks(conn),
        time_zone=time_zone,
        origins_of=partial(store.tasks.origins, conn),
    )
    return History(
        tasks=follow_rules(latest, cycle.connection.ruleset),
        reached=store.ledger.highest_episode(conn),
        released=store.episodes.released(conn),
    )
