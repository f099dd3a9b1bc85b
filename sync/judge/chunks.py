"""The canonical frames of the deals to judge, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from sync.connection.context import Cycle
from sync.judge.read_ahead import ahead
from sync.judge.scope import Scope
from sync.store.store import Store

CHUNK = 25_000
"""Deals judged at once: bounds memory, not results. More of them take no less time each."""

Tables = dict[str, pl.DataFrame]


@contextmanager
def one_state(cycle: Cycle, scope: Scope) -> Iterator[Cycle]:
    """Let the deals of *scope* be judged and planned from one state of the store, read in one transaction.

    More of them than a chunk are read ahead by another thread, which needs transactions of its own.
    """
    if scope.deal_ids is None or len(scope.deal_ids) > CHUNK:
        yield cycle
    else:
        with cycle.store.snapshot() as snapshot:
            yield replace(cycle, store=snapshot)


class Chunks:
    """The canonical frames of the open deals in a scope, a chunk at a time, in a stable order.

    May be walked more than once; a scope of one chunk is read from the store only once.
    """

    def __init__(self, cycle: Cycle, now: datetime, scope: Scope) -> None:
        self._cycle, self._now = cycle, now
        self._ids = _chunks_of(cycle.store, cycle.conn, scope)
        self._only: Tables | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Tables]:
        if len(self._ids) == 1:
            # Measured for coverage first and then judged: most connections have one chunk, read once for both.
            if self._only is None:
                self._only = self._read(self._ids[0])
            yield self._only
        else:
            yield from ahead(self._read(ids) for ids in self._ids)

    def _read(self, ids: Sequence[str]) -> Tables:
        return read_tables(self._cycle, ids, self._now)


def read_tables(cycle: Cycle, ids: Iterable[str], now: datetime, *, closed: bool = False) -> Tables:
    """Read what judging these deals takes: open ones, or, if asked for, *closed* ones."""
    since = now - timedelta(days=cycle.connection.touches_days)
    return cycle.store.frames.of_deals(cycle.conn, ids, now=now, touches_since=since, closed=closed)


def _chunks_of(store: Store, conn: int, scope: Scope) -> Sequence[Sequence[str]]:
    if scope.deal_ids is None:
        return tuple(store.lookups.deal_chunks(conn, CHUNK))
    ids = sorted(scope.deal_ids)
    return tuple(ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))
