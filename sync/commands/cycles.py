"""``plan``, ``apply`` and ``sync``: a cycle of every connection, and its result."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sync.commands.opening import opened
from sync.commands.terminal import console, plain, show_json, show_reports
from sync.errors import worst
from sync.model.cycle_report import ConnectionReport


def plan(config: Path, *, as_json: bool, debug: bool) -> int:
    """Pull, judge, store the plan and show it change by change."""
    with opened(config, debug=debug) as workspace:
        reports = workspace.plan()
    if as_json:
        changes = [change.as_dict() for report in reports.values() for change in report.changes]
        suppressed = [finding.as_dict(name) for name, report in reports.items() for finding in report.suppressed]
        show_json({**as_document(reports), "changes": changes, "suppressed": suppressed})
        return exit_code_of(reports)
    return _shown(reports, changes=True)


def apply(config: Path, plan_id: str | None, *, as_json: bool, debug: bool) -> int:
    """Apply what a stored plan and the present state both want."""
    with opened(config, debug=debug) as workspace:
        reports = workspace.apply(plan_id)
    return finished(reports, as_json=as_json)


def sync(config: Path, *, as_json: bool, debug: bool) -> int:
    """Run one cycle."""
    with opened(config, debug=debug) as workspace:
        reports = workspace.sync()
    return finished(reports, as_json=as_json)


def as_document(reports: Mapping[str, ConnectionReport]) -> dict[str, Any]:
    """Return a cycle's reports in their fixed JSON shape."""
    return {"connections": {name: report.as_dict() for name, report in reports.items()}}


def exit_code_of(reports: Mapping[str, ConnectionReport]) -> int:
    """Return the exit code that a cycle over several connections ends with."""
    return worst(report.exit_code for report in reports.values())


def finished(reports: Mapping[str, ConnectionReport], *, as_json: bool) -> int:
    """Show what cycles did and return the exit code of the command."""
    if as_json:
        show_json(as_document(reports))
        return exit_code_of(reports)
    return _shown(reports)


def _shown(reports: Mapping[str, ConnectionReport], *, changes: bool = False) -> int:
    show_reports(console(), reports, changes=changes)
    for name, report in reports.items():
        if report.error is not None:
            sys.stderr.write(f"dealwarden: {name}: {plain(report.error)}\n")
    return exit_code_of(reports)
