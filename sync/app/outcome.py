"""What becomes of a cycle: the report of one that failed, its row in the store, and the event in the log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import structlog

from connectors.errors import TransientError
from sync.app.exit_codes import exit_code, message
from sync.connection.context import Run
from sync.errors import FINE, HELD, LEASE_HELD
from sync.model.cycle_report import ConnectionReport
from sync.store.attempts import Attempt
from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError
from sync.store.runs import Run as StoredRun
from sync.store.store import Store

log = structlog.get_logger("dealwarden.cycle")

_LEVELS: Final = {FINE: "info", HELD: "warning", LEASE_HELD: "warning"}
"""At which level the end of a cycle is logged, by its exit code; every other code is an error."""


def failed_report(run: Run, error: BaseException) -> ConnectionReport:
    """Return the report of a run that *error* ended; what passes by itself counts as incomplete."""
    passing, text = isinstance(error, TransientError), message(error)
    return ConnectionReport(
        run.run_id,
        incomplete=passing,
        incomplete_reason=text if passing else None,
        failure="unreachable" if passing else None,
        error=text,
        exit_code=exit_code(error),
    )


def record_failure(
    store: Store, connection: tuple[str, str], run: Run, report: ConnectionReport, started_at: datetime
) -> None:
    """Keep a failed cycle for ``status``: among the runs of its org, or by name and kind where no org is known yet.

    A database that cannot be written keeps nothing: then that is the failure, and the log has it.
    """
    now, error = run.host_now(), report.error or ""
    name, kind = connection
    try:
        conn = store.connections.number_of(name)
        if conn is None:
            store.attempts.record(Attempt(name, kind, run.run_id, run.command, now, error))
        else:
            stored = StoredRun(run.run_id, run.command, started_at, now, incomplete=True, error=error, report=None)
            store.runs.fail(conn, stored, report.as_dict())
    except (StoreError, LeaseHeldError) as unwritten:
        log.warning("run.not_recorded", connection=name, run=run.run_id, error=str(unwritten))


def log_ended(name: str, run: Run, report: ConnectionReport, seconds: float) -> None:
    """Log the end of a cycle with its reason and counts, at a level that alerts can rely on."""
    if report.held is not None:
        log.warning("plan.held", connection=name, plan=report.plan_id, why=report.held["why"])
    level = _LEVELS.get(report.exit_code, "error")
    getattr(log, level)(
        "cycle.ended", connection=name, command=run.command, duration_s=round(seconds, 3), **_event(report)
    )


def _event(report: ConnectionReport) -> dict[str, Any]:
    return {
        "run": report.run_id,
        "error": report.error,
        "incomplete": report.incomplete,
        "reason": report.error or report.incomplete_reason,
        "failure": report.shortfall,
        "code": report.exit_code,
        "pulled": sum(report.pulled.values()),
        "judged": report.judged,
        "plan": asdict(report.plan),
        "applied": asdict(report.applied),
        "calls": dict(report.calls),
    }
