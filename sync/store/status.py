"""What the database says of past runs, read without loading anything heavy and while others write."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sync.noise import ToldTask, noise_of
from sync.store.epoch import day_of, moment
from sync.store.errors import StoreError

_BANDS: Final = """
    SELECT coalesce(band, 'none'), count(*) FROM scores WHERE conn = ? AND in_scope = 1 GROUP BY 1 ORDER BY 1
"""
_FINDINGS: Final = "SELECT rule_id, count(*) FROM findings WHERE conn = ? AND shadow = ? GROUP BY 1 ORDER BY 1"
_OLD_FINDINGS: Final = "SELECT rule_id, count(*) FROM findings WHERE conn = ? AND ? = 0 GROUP BY 1 ORDER BY 1"
_SUPPRESSED: Final = "SELECT cause, count(*) FROM suppressed WHERE conn = ? GROUP BY 1 ORDER BY 1"
_TASKS: Final = """
    SELECT body, reason, answer, due, is_open, is_deleted, completed_at FROM own_tasks
    WHERE conn = ? ORDER BY created_at, task_id
"""
_OPEN: Final = """
    SELECT state, count(*) FROM effects
    WHERE conn = ? AND state IN ('planned', 'sending', 'unknown') GROUP BY 1 ORDER BY 1
"""
_REJECTED: Final = """
    SELECT coalesce(e.message, e.code, 'refused without a reason'), count(DISTINCT e.subject) FROM effects e
    WHERE e.conn = ? AND e.state = 'rejected' AND NOT EXISTS (
        SELECT 1 FROM effects l
        WHERE l.conn = e.conn AND l.kind = e.kind AND l.subject = e.subject AND l.seq > e.seq AND l.state = 'done'
    ) GROUP BY 1 ORDER BY 2 DESC, 1
"""
_RUNS: Final = """
    SELECT run_id, command, started_at, ended_at, incomplete, error, report FROM runs
    WHERE conn = ? ORDER BY seq DESC LIMIT ?
"""


def read_status(database: Path, runs: int = 5) -> dict[str, Any]:
    """Give what the *database* file knows of each connection, by its name in the config: plain values, ready for JSON.

    Raises:
        StoreError: there is no such file, or it is no database of ours.
    """
    if not database.is_file():
        raise StoreError(f"{database}: there is no database yet; the first sync makes it")
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as file:
            file.execute("BEGIN")  # one moment for all that follows
            rows = file.execute(
                "SELECT conn, name, kind, org_id, org_name, judged_day, judged_complete FROM connections "
                "ORDER BY last_seen, conn"
            ).fetchall()
            # Of several orgs that a config called by one name, the one reached last counts.
            return {"database": str(database), "connections": {row[1]: _connection(file, row, runs) for row in rows}}
    except sqlite3.Error as error:
        raise StoreError(f"{database}: this is no database of dealwarden's, or it cannot be read ({error})") from error


def _connection(file: sqlite3.Connection, row: tuple[Any, ...], limit: int) -> dict[str, Any]:
    conn, _, kind, org_id, org_name, judged_day, complete = row
    stored = file.execute(_RUNS, (conn, limit)).fetchall()
    last_report: dict[str, Any] = next((json.loads(run[-1]) for run in stored if run[-1]), {})
    bands = dict(file.execute(_BANDS, (conn,)))
    day = day_of(judged_day)
    return {
        "kind": kind,
        "org_id": org_id,
        "org_name": org_name,
        "judged_day": day.isoformat() if day else None,
        "judged_complete": bool(complete),
        "judged": sum(bands.values()),
        "scores": bands,
        "findings": _findings(file, conn, shadow=0),
        "shadow": _findings(file, conn, shadow=1),
        "suppressed": _suppressed(file, conn),
        "noise": _noise(file, conn),
        "open_effects": dict(file.execute(_OPEN, (conn,))),
        "rejected": dict(file.execute(_REJECTED, (conn,))),
        "not_judged": last_report.get("not_judged", {}),
        "calls": last_report.get("calls", {}),
        "runs": [_run(run) for run in stored],
    }


def _findings(file: sqlite3.Connection, conn: int, *, shadow: int) -> dict[str, int]:
    """Count findings by rule; a database that no newer program has opened yet knows of none in shadow."""
    known = "shadow" in _columns(file, "findings")
    return dict(file.execute(_FINDINGS if known else _OLD_FINDINGS, (conn, shadow)))


def _suppressed(file: sqlite3.Connection, conn: int) -> dict[str, int]:
    """Count by cap what waits; a database that no newer program has opened yet knows of no caps."""
    return dict(file.execute(_SUPPRESSED, (conn,))) if _columns(file, "suppressed") else {}


def _noise(file: sqlite3.Connection, conn: int) -> dict[str, Any]:
    """Count what became of the tasks that each rule made, as of today."""
    told = (
        ToldTask(body, reason, answer, day_of(due), bool(is_open), bool(is_deleted), moment(completed))
        for body, reason, answer, due, is_open, is_deleted, completed in file.execute(_TASKS, (conn,))
    )
    return {rule: one.as_dict() for rule, one in noise_of(told, datetime.now(UTC).date()).items()}


def _columns(file: sqlite3.Connection, table: str) -> set[str]:
    return {name for (name,) in file.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def _run(row: tuple[Any, ...]) -> dict[str, Any]:
    run_id, command, started, ended, incomplete, error, _ = row
    ended_at = moment(ended)
    return {
        "run_id": run_id,
        "command": command,
        "started_at": moment(started).isoformat(),
        "ended_at": ended_at.isoformat() if ended_at else None,
        "incomplete": bool(incomplete),
        "error": error,
    }
