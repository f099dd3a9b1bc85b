"""Runs: which command did what and when, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from sync.store.database.database import Transactions, Work
from sync.store.database.epoch import micros, moment
from sync.store.database.schema import connections, runs


@dataclass(frozen=True, slots=True)
class Run:
    """One command on one connection; *ended_at* is None while it runs."""

    run_id: str
    command: str
    started_at: datetime
    ended_at: datetime | None
    incomplete: bool
    error: str | None
    report: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Spent:
    """How many calls a run has sent so far."""

    run_id: str
    calls: int


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of each connection."""

    transactions: Transactions

    def begin(self, conn: int, run_id: str, command: str, now: datetime) -> bool:
        """Save that a run begins; return whether the one before it ended well.

        Only the holder of the connection's lease may call this: a run that has no end by now was killed, and is
        marked so.
        """
        of_connection = runs.c.conn == conn
        killed = update(runs).where(of_connection, runs.c.ended_at.is_(None))
        with self.transactions.write(conn) as work:
            # The lease is exclusive, so an earlier run without an end cannot be running.
            work.run(killed.values(ended_at=micros(now), incomplete=1, error="the process ended before the run did"))
            last = work.first(select(runs.c.incomplete).where(of_connection).order_by(runs.c.seq.desc()).limit(1))
            row = {"conn": conn, "run_id": run_id, "command": command, "started_at": micros(now), "incomplete": 0}
            work.insert(runs, [row])
        return last is not None and last[0] == 0

    def note_calls(self, conn: int, spent: Spent) -> None:
        """Save how many calls a run has sent so far."""
        with self.transactions.write(conn) as work:
            note_spent(work, conn, spent)

    def end(self, conn: int, run_id: str, report: Mapping[str, Any], now: datetime) -> None:
        """Save how a run ended, from its *report* in the shape that ``sync --json`` shows."""
        error = report.get("error")
        ended = {
            "ended_at": micros(now),
            "incomplete": int(bool(report.get("incomplete")) or error is not None),
            "error": error or report.get("incomplete_reason"),
            "report": json.dumps(report),
        }
        with self.transactions.write(conn) as work:
            work.run(update(runs).where(runs.c.conn == conn, runs.c.run_id == run_id).values(**ended))

    def fail(self, conn: int, run: Run, report: Mapping[str, Any]) -> None:
        """Record a run that an error ended, whether or not it ever began."""
        ended = {
            "ended_at": micros(run.ended_at),
            "incomplete": 1,
            "error": run.error,
            "report": json.dumps(report),
        }
        begun = {"conn": conn, "run_id": run.run_id, "command": run.command, "started_at": micros(run.started_at)}
        with self.transactions.write(conn) as work:
            if not work.run(update(runs).where(runs.c.conn == conn, runs.c.run_id == run.run_id).values(**ended)):
                work.insert(runs, [begun | ended])

    def connection_of(self, run_id: str) -> int | None:
        """Return the number of the connection that a run was on, or None."""
        with self.transactions.read() as work:
            row = work.first(select(runs.c.conn).where(runs.c.run_id == run_id))
        return None if row is None else int(row[0])

    def last(self, conn: int, limit: int = 10) -> list[Run]:
        """Return the newest *limit* runs, newest first."""
        columns = ("run_id", "command", "started_at", "ended_at", "incomplete", "error", "report")
        query = select(*(runs.c[name] for name in columns)).where(runs.c.conn == conn)
        with self.transactions.read() as work:
            rows = work.fetch(query.order_by(runs.c.seq.desc()).limit(limit))
        return [
            Run(run_id, command, moment(started), moment(ended), bool(incomplete), error, json.loads(report or "null"))
            for run_id, command, started, ended, incomplete, error, report in rows
        ]

    def calls_since(self, name: str, since: datetime) -> int:
        """Return how many calls the runs of this connection have sent since then, runs that were killed included."""
        query = (
            select(runs.c.report, runs.c.calls)
            .join(connections, connections.c.conn == runs.c.conn)
            .where(connections.c.name == name, runs.c.started_at >= micros(since))
        )
        with self.transactions.read() as work:
            rows = work.fetch(query)
        ended = ((json.loads(report or "{}").get("calls", {}), noted) for report, noted in rows)
        return sum(max(sum(calls.values()), noted) for calls, noted in ended)


def note_spent(work: Work, conn: int, spent: Spent) -> None:
    """Save in this transaction how many calls a run has sent so far."""
    work.run(_NOTE_SPENT, {"conn_": conn, "run_": spent.run_id, "calls_": spent.calls})


_NOTE_SPENT: Final = (
    update(runs)
    .where(runs.c.conn == bindparam("conn_"), runs.c.run_id == bindparam("run_"))
    .values(calls=bindparam("calls_"))
)
