"""The texts that a connection's open deals have, signal by signal, as of the last pull."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from rules.signals.asked import asked
from rules.signals.compute import compute
from sync.connection.context import ReadyConnection
from sync.connection.facts import facts_for
from sync.judge.chunks import CHUNK
from sync.store.store import Store


def known_values(
    connection: ReadyConnection, store: Store, signals: Collection[str]
) -> Mapping[str, frozenset[str]] | None:
    """Return the distinct values of each of these signals; None where no deal was read yet."""
    seen = store.connections.last_seen(connection.name)
    if seen is None:
        return None
    countries = store.lookups.owner_countries(seen.conn)
    facts = facts_for(connection, seen.org, seen.capabilities, seen.at, countries)
    since = seen.at - timedelta(days=connection.touches_days)
    values: dict[str, set[str]] = {signal: set() for signal in signals}
    for ids in store.lookups.deal_chunks(seen.conn, CHUNK):
        tables = store.frames.of_deals(seen.conn, ids, now=seen.at, touches_since=since)
        frame = compute(tables, facts, connection.ruleset, asked(connection.ruleset))
        for signal in values.keys() & set(frame.columns):
            values[signal] |= set(frame.get_column(signal).drop_nulls().unique().to_list())
    return {signal: frozenset(found) for signal, found in values.items()} if any(values.values()) else None
