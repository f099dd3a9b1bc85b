"""What judgement may remember of earlier days: from the store, and from what open managed tasks say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

import polars as pl

from rules.judgement.streaks import FIRED, Past
from rules.model import RuleSet, Severity
from sync.model import task_text
from sync.model.own_task import OwnTask, TasksByReason, TaskState
from sync.store.store import Store


class Memory:
    """The past of a connection's deals, to be asked chunk by chunk.

    *first* says that it never committed a complete judgement.
    """

    def __init__(self, store: Store, conn: int, tasks: TasksByReason, ruleset: RuleSet, *, first: bool) -> None:
        self._store, self._conn, self._first = store, conn, first
        rows = [row for task in tasks.values() if task.state is TaskState.OPEN for row in _stated(task, ruleset)]
        self._waived = waived(tasks, store.episodes.released(conn))
        self._stated = pl.DataFrame(rows, schema=FIRED, orient="row")

    def of(self, tables: dict[str, pl.DataFrame]) -> Past:
        """Return the past of the deals in *tables*."""
        ids = tables["deals"]["deal_id"].to_list()
        return Past(
            # What a plan showed before the first judgement is no past.
            held=self._store.judgements.findings(self._conn, () if self._first else ids),
            streaks=self._store.judgements.streaks(self._conn, ids),
            reported=self._stated.filter(pl.col("deal_id").is_in(ids)),
            first=self._first,
            waived=self._waived,
        )


def _stated(task: OwnTask, ruleset: RuleSet) -> Iterator[tuple[str, str, int]]:
    """Yield the rules that an open managed task names; where a person rewrote it, all of its family."""
    stated = dict(task_text.stated_rules(task.body) or ())
    for rule in ruleset.rules:
        if rule.id in stated:
            yield (task.deal_id, rule.id, int(stated[rule.id]))
        # Its line is gone: any rule of the family may have been named, at a severity that nobody knows.
        elif not stated and rule.family == task.family:
            yield (task.deal_id, rule.id, int(Severity.INFO))


def waived(tasks: TasksByReason, released: Collection[tuple[str, str, int]]) -> Mapping[str, frozenset[str]]:
    """Return the deals, by family, that a person called no risk, until the reason was clear once."""
    by_family: dict[str, set[str]] = defaultdict(set)
    for (deal_id, family), task in tasks.items():
        said_so = task.answer is not None and task.answer.kind == "notrisk" and task.state is not TaskState.REGROUPED
        if said_so and (deal_id, family, task.episode) not in released:
            by_family[family].add(deal_id)
    return {family: frozenset(deals) for family, deals in by_family.items()}
