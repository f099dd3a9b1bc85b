"""Earlier episodes, read from the managed tasks and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sync.connection.context import Cycle
from sync.model.origin import Origin
from sync.plan.history.attribution import Attribution
from sync.plan.history.history import History
from sync.plan.history.own_tasks import tasks_of
from sync.plan.history.regrouped import follow_rules
from sync.store.store import Store


@dataclass(frozen=True, slots=True)
class ConnectionOrigins:
    """Where the tasks of one connection come from, as its store knows."""

    store: Store
    conn: int

    def of(self, keys: Sequence[str]) -> Mapping[str, Origin]:
        """Return the origins of the tasks with these keys."""
        return self.store.origins.of(self.conn, keys)

    def merged_into(self, deal_ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Return the deals that went into each of these."""
        return self.store.origins.merged_into(self.conn, deal_ids)

    def known_deals(self) -> Sequence[str]:
        """Return the ids of all deals, open and closed."""
        return self.store.origins.known_deals(self.conn)


def history_of(cycle: Cycle, tasks: pl.DataFrame, families: frozenset[str], time_zone: str) -> History:
    """Return what *tasks*, all managed ones as rows of ``own_tasks``, and the ledger show of earlier episodes."""
    store, conn = cycle.store, cycle.conn
    attribution = Attribution(families, ConnectionOrigins(store, conn))
    latest = tasks_of(tasks, attribution, store.task_fields.of_open_tasks(conn), time_zone)
    return History(
        tasks=follow_rules(latest, cycle.connection.ruleset),
        reached=store.ledger.highest_episode(conn),
        released=store.episodes.released(conn),
        looked_up=attribution.looked_up,
    )
