"""Where managed tasks come from: the deals that they were made for, and the deals that went into others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import exists, select

from connectors.model import WriteKind
from sync.model.origin import Origin
from sync.model.task_stated import rules_in
from sync.store.database.database import Transactions, Work
from sync.store.database.mirror_schema import MIRROR
from sync.store.database.schema import effects, merged_deals, origins


@dataclass(frozen=True, slots=True)
class TaskOrigins:
    """What is known of managed tasks that their keys and links do not tell."""

    transactions: Transactions

    def of(self, conn: int, keys: Iterable[str]) -> dict[str, Origin]:
        """Return the origins of the tasks with these keys: from the ledger where it made them, else as first seen."""
        asked, seen, made = list(keys), origins.c, effects.c
        created = (made.conn == conn) & (made.kind == WriteKind.CREATE_TASK.value)
        with self.transactions.read() as work:
            first_seen = work.fetch(
                select(seen.key, seen.deal_id, seen.family, _lives(conn, seen.deal_id), seen.rules).where(
                    seen.conn == conn, work.among(seen.key, "origin key", asked)
                )
            )
            by_ledger = work.fetch(
                select(made.key, made.deal_id, made.family, _lives(conn, made.deal_id))
                .where(created, work.among(made.key, "asked key", asked))
                .distinct()
            )
        known = {key: Origin(deal_id, family, bool(lives), rules) for key, deal_id, family, lives, rules in first_seen}
        for key, deal_id, family, lives in by_ledger:
            rules = known[key].rules if key in known else None
            known[key] = Origin(deal_id, family, bool(lives), rules, made=True)
        return known

    def merged_into(self, conn: int, deal_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the deals that went into each of these, also by way of others, oldest id first."""
        wanted, went = set(deal_ids), merged_deals.c
        with self.transactions.read() as work:
            winners: dict[str, str] = dict(work.fetch(select(went.loser, went.winner).where(went.conn == conn)))
        losers: dict[str, list[str]] = defaultdict(list)
        for loser in sorted(winners):
            if (last := _last(loser, winners)) in wanted:
                losers[last].append(loser)
        return dict(losers)

    def known_deals(self, conn: int) -> list[str]:
        """Return the ids of all deals that the mirror holds, open and closed."""
        deals = MIRROR["deals"].c
        with self.transactions.read() as work:
            return [row[0] for row in work.fetch(select(deals.deal_id).where(deals.conn == conn))]

    def settle(self, conn: int, looked_up: Mapping[str, Origin]) -> None:
        """Save what was found out of tasks by looking at all deals, so that it is not looked for again."""
        rows = [(conn, key, origin.deal_id, origin.family, origin.rules) for key, origin in looked_up.items()]
        if rows:
            with self.transactions.write(conn) as work:
                work.upsert(origins, rows)


def note_seen(work: Work, conn: int, tasks: pl.DataFrame) -> None:
    """Remember of rows of ``own_tasks`` the deal that each was first seen on, and the rules that each last named."""
    keyed = tasks.filter(pl.col("key").is_not_null())
    columns = origins.c
    stored = select(columns.key, columns.deal_id, columns.family, columns.rules).where(columns.conn == conn)
    chosen = work.among(columns.key, "seen key", keyed["key"].to_list())
    known = {key: (deal_id, family, rules) for key, deal_id, family, rules in work.fetch(stored.where(chosen))}
    fresh: dict[str, tuple[str, str | None, str | None]] = {}
    for key, deal_id, body in keyed.select("key", "deal_id", "body").iter_rows():
        first_on, family, rules = known.get(key, (deal_id, None, None))
        named = rules_in(body or "")
        rules = rules if named is None else ",".join(rule_id for rule_id, _ in named)
        if first_on is not None and known.get(key) != (first_on, family, rules):
            fresh[key] = (first_on, family, rules)
    work.upsert(origins, [(conn, key, *values) for key, values in fresh.items()])


def note_merged(work: Work, conn: int, winners: Mapping[str, str]) -> None:
    """Remember which deals went into which, loser by loser."""
    work.upsert(merged_deals, [(conn, loser, winner) for loser, winner in sorted(winners.items())])


def _lives(conn: int, deal_id: Any) -> Any:
    deals = MIRROR["deals"].c
    return exists().where(deals.conn == conn, deals.deal_id == deal_id)


def _last(deal_id: str, winners: Mapping[str, str]) -> str:
    """Follow merges to the deal that remains; a record that names itself in a circle leads nowhere."""
    passed = {deal_id}
    while (winner := winners.get(deal_id)) is not None and winner not in passed:
        passed.add(winner)
        deal_id = winner
    return deal_id
