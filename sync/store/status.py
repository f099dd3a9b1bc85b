"""The state of each connection from the database, read without heavy imports and while others write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from connectors.role_names import names_no_role
from sync.config.store_url import is_postgres, sqlite_file
from sync.errors import STOPPED
from sync.model.local_time import local_time
from sync.model.noise import TaskOutcome, noise_of
from sync.store.database.epoch import day_of, moment
from sync.store.database.errors import StoreError, missing_driver

# Plain SQL: importing SQLAlchemy and Polars would take longer than all of these queries.
_BANDS: Final = """
    SELECT coalesce(band, 'none'), count(*) FROM scores WHERE conn = ? AND in_scope = 1 GROUP BY 1 ORDER BY 1
"""
_UNMAPPED_ROLES: Final = """
    SELECT raw_role, count(*) FROM roles WHERE conn = ? AND role = 'other' AND raw_role IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1
"""
_STAGES: Final = """
    SELECT d.pipeline, d.stage_id, max(s.label), count(*) FROM deals d
    LEFT JOIN stages s ON s.conn = d.conn AND s.pipeline = d.pipeline AND s.stage_id = d.stage_id
    WHERE d.conn = ? AND (d.is_closed IS NULL OR d.is_closed <> 1) GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2
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
_HELD: Final = """
    SELECT plan_id, state, created_at, expires_at, summary, decided_by FROM held_plans
    WHERE conn = ? AND state IN ('waiting', 'rejected') ORDER BY seq DESC
"""
_AUDIT: Final = "SELECT at, action, about, person FROM audit WHERE conn = ? ORDER BY seq DESC LIMIT 20"
_FAILING: Final = """
    SELECT count(*), min(started_at) FROM runs WHERE conn = ? AND ended_at IS NOT NULL AND seq > (
        SELECT coalesce(max(seq), 0) FROM runs WHERE conn = ? AND ended_at IS NOT NULL AND incomplete = 0
    ) AND coalesce(error, '') NOT LIKE ?
"""
_LAST_FAILED: Final = """
    SELECT error FROM runs WHERE conn = ? AND ended_at IS NOT NULL AND coalesce(error, '') NOT LIKE ?
    ORDER BY seq DESC LIMIT 1
"""
_LAST_GOOD: Final = "SELECT max(ended_at) FROM runs WHERE conn = ? AND ended_at IS NOT NULL AND incomplete = 0"
_SEEN: Final = """
    SELECT n.time_zone, (SELECT max(complete_through) FROM cursors WHERE conn = n.conn)
    FROM connections n WHERE n.conn = ?
"""
_ATTEMPTS: Final = "SELECT name, kind, run_id, command, since, at, error FROM attempts ORDER BY name"
_RUNS: Final = """
    SELECT run_id, command, started_at, ended_at, incomplete, error, report FROM runs
    WHERE conn = ? ORDER BY seq DESC LIMIT ?
"""


_SQLITE_COLUMNS: Final = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
_POSTGRES_COLUMNS: Final = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One state of a database; *execute* runs SQL with question marks for values on the driver's cursor."""

    name: str
    execute: Callable[[str, Sequence[object]], Any]
    columns: str

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self.execute(question, values))

    def knows(self, table: str, column: str) -> bool:
        return (table, column) in self.ask(self.columns)


def read_status(url: str, runs: int = 5) -> dict[str, Any]:
    """Return what the database at *url* knows of each connection, by its name in the config, as plain values for JSON.

    Raises:
        StoreError: there is no such database, or it belongs to another program.
    """
    with _postgres(url) if is_postgres(url) else _sqlite(sqlite_file(url, Path())) as reader:
        rows = reader.ask(
            "SELECT conn, name, kind, org_id, org_name, judged_day, judged_complete FROM connections "
            "ORDER BY last_seen, conn"
        )
        # Of several orgs that a config called by one name, the one reached last counts.
        known = {row[1]: _connection(reader, row, runs) for row in rows}
        return {"database": reader.name, "connections": _unreached(reader) | known}


@contextmanager
def _sqlite(database: Path) -> Iterator[_Reader]:
    if not database.is_file():
        raise StoreError(f"{database}: there is no database yet; dealwarden sync creates it")
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=30)) as file:
            file.execute("BEGIN")  # one moment for all that follows
            yield _Reader(str(database), file.execute, _SQLITE_COLUMNS)
    except sqlite3.Error as error:
        raise StoreError(
            f"{database}: this is not a dealwarden database, or it cannot be read ({error}); check [store] url"
        ) from error


@contextmanager
def _postgres(url: str) -> Iterator[_Reader]:
    try:
        from sync.store.database.postgres_session import snapshot  # noqa: PLC0415  # the driver is there only where it is used
    except ImportError as error:
        raise missing_driver(error) from error
    with snapshot(url) as (name, session):

        def execute(question: str, values: Sequence[object]) -> Any:
            return session.execute(question.replace("?", "%s").encode(), values)

        yield _Reader(name, execute, _POSTGRES_COLUMNS)


def _connection(reader: _Reader, row: tuple[Any, ...], limit: int) -> dict[str, Any]:
    conn, _, kind, org_id, org_name, judged_day, complete = row
    stored = reader.ask(_RUNS, conn, limit)
    reports = [json.loads(run[-1]) for run in stored if run[-1]]
    last_report: dict[str, Any] = reports[0] if reports else {}
    # A cycle that judged nothing does not know what is not judged.
    judging: dict[str, Any] = next((report for report in reports if _judged(report)), last_report)
    preview = _preview(reader, conn)
    bands = preview["scores"] if preview else dict(reader.ask(_BANDS, conn))
    day = day_of(judged_day)
    return {
        "kind": kind,
        "org_id": org_id,
        "org_name": org_name,
        "failing": _failing(reader, conn),
        "last_good": _time(reader.ask(_LAST_GOOD, conn)[0][0]),
        "judged_day": day.isoformat() if day else None,
        "judged_complete": bool(complete),
        "judged": sum(bands.values()),
        "scores": bands,
        "findings": preview.get("findings", _findings(reader, conn, shadow=0)),
        "shadow": preview.get("shadow", _findings(reader, conn, shadow=1)),
        "suppressed": preview.get("suppressed", _suppressed(reader, conn)),
        "noise": _noise(reader, conn),
        "open_effects": dict(reader.ask(_OPEN, conn)),
        "rejected": dict(reader.ask(_REJECTED, conn)),
        "observing": _observing(reader, conn),
        "held": _held(reader, conn),
        "audit": _audit(reader, conn),
        "not_judged": judging.get("not_judged", {}),
        "calls": last_report.get("calls", {}),
        "notes": judging.get("notes", []),
        "unmapped_roles": {name: count for name, count in reader.ask(_UNMAPPED_ROLES, conn) if not names_no_role(name)},
        "stages": [_stage(*stage) for stage in reader.ask(_STAGES, conn)],
        "runs": [_run(run) for run in stored],
    }


def _judged(report: Mapping[str, Any]) -> bool:
    return not report.get("incomplete") and report.get("error") is None


def _findings(reader: _Reader, conn: int, *, shadow: int) -> dict[str, int]:
    """Count findings by rule; a database that no newer program has opened yet knows of none in shadow."""
    known = reader.knows("findings", "shadow")
    return dict(reader.ask(_FINDINGS if known else _OLD_FINDINGS, conn, shadow))


def _preview(reader: _Reader, conn: int) -> dict[str, Any]:
    """Return what a plan found out since the last cycle, if one did; an older database keeps none."""
    rows = reader.ask("SELECT body FROM previews WHERE conn = ?", conn) if reader.knows("previews", "body") else []
    return json.loads(rows[0][0]) if rows else {}


def _suppressed(reader: _Reader, conn: int) -> dict[str, int]:
    """Count by cap what waits; a database that no newer program has opened yet knows of no caps."""
    return dict(reader.ask(_SUPPRESSED, conn)) if reader.knows("suppressed", "cause") else {}


def _noise(reader: _Reader, conn: int) -> dict[str, Any]:
    """Count what became of the tasks that each rule made, as of the day that the CRM was last read."""
    tasks = (
        TaskOutcome(body, reason, answer, day_of(due), bool(is_open), bool(is_deleted), moment(completed))
        for body, reason, answer, due, is_open, is_deleted, completed in reader.ask(_TASKS, conn)
    )
    return {rule: noise.as_dict() for rule, noise in noise_of(tasks, _today(reader, conn)).items()}


def _today(reader: _Reader, conn: int) -> date:
    """Return the connection's day by its CRM's clock, as of the last reading; the host's where nothing was read."""
    time_zone, seen = reader.ask(_SEEN, conn)[0]
    return local_time(time_zone or "UTC", datetime.now(UTC) if seen is None else moment(seen)).date()


def _failing(reader: _Reader, conn: int) -> dict[str, Any] | None:
    """Return since when no cycle ended well, how many did not, and why the last one did not; None if it ended well."""
    stopped = f"{STOPPED}%"  # a stop that somebody asked for is no failure
    count, since = reader.ask(_FAILING, conn, conn, stopped)[0]
    if not count:
        return None
    ((reason,),) = reader.ask(_LAST_FAILED, conn, stopped)
    return {"since": _time(since), "cycles": count, "reason": reason}


def _unreached(reader: _Reader) -> dict[str, Any]:
    """Return the connections of which no cycle ever reached the CRM, in the shape of all others."""
    rows = reader.ask(_ATTEMPTS) if reader.knows("attempts", "since") else ()
    return {name: _EMPTY | _attempt(*attempt) for name, *attempt in rows}


def _attempt(kind: str, run_id: str, command: str, since: int, at: int, error: str) -> dict[str, Any]:
    run = {"run_id": run_id, "command": command, "started_at": _time(at), "ended_at": _time(at)}
    failing = {"since": _time(since), "cycles": None, "reason": error}
    return {"kind": kind, "failing": failing, "runs": [run | {"incomplete": False, "error": error}]}


_EMPTY: Final[dict[str, Any]] = {
    **dict.fromkeys(("kind", "org_id", "org_name", "failing", "last_good", "judged_day")),
    "judged_complete": False,
    "judged": 0,
    **{name: {} for name in ("scores", "findings", "shadow", "suppressed", "noise", "open_effects", "rejected")},
    "observing": None,
    "held": [],
    "audit": [],
    "not_judged": {},
    "calls": {},
    "notes": [],
    "unmapped_roles": {},
    "stages": [],
    "runs": [],
}


def _time(value: int | None) -> str | None:
    return None if value is None else moment(value).isoformat()


def _observing(reader: _Reader, conn: int) -> str | None:
    """Return why a connection only observes, if a person decided so; an older database knows of none."""
    rows = reader.ask("SELECT why FROM switches WHERE conn = ?", conn) if reader.knows("switches", "why") else []
    return rows[0][0] if rows else None


def _held(reader: _Reader, conn: int) -> list[dict[str, Any]]:
    """Return the plans that wait for a person, or that one rejected; an older database holds none."""
    rows = reader.ask(_HELD, conn) if reader.knows("held_plans", "state") else ()
    return [
        {
            "plan_id": plan_id,
            "state": state,
            "since": moment(since).isoformat(),
            "expires_at": moment(expires).isoformat(),
            "decided_by": by,
            **json.loads(summary),
        }
        for plan_id, state, since, expires, summary, by in rows
    ]


def _audit(reader: _Reader, conn: int) -> list[dict[str, Any]]:
    rows = reader.ask(_AUDIT, conn) if reader.knows("audit", "person") else ()
    return [
        {"at": moment(at).isoformat(), "action": action, "about": about, "by": by} for at, action, about, by in rows
    ]


def _stage(pipeline: str | None, stage_id: str | None, label: str | None, deals: int) -> dict[str, Any]:
    return {"pipeline": pipeline or "", "stage_id": stage_id or "", "label": label or stage_id or "", "deals": deals}


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
