"""What people see: tables and lines on a terminal, the same uncut and uncoloured elsewhere, or one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rules.language.plain_text import one_line
from sync.model.change import Change
from sync.model.cycle_report import ConnectionReport
from sync.model.not_judged import cause_lines
from sync.model.suppressed import Suppressed

_UNLIMITED = 100_000
_TAKEN_BACK = {
    "withdrawn": "tasks closed as withdrawn",
    "reopened": "tasks reopened that had been closed",
    "restored": "scores set back to their value before, or blank",
    "left": "tasks not changed, since a person edited them",
}


def console() -> Console:
    """Return the console for stdout; off a terminal it neither wraps, colours nor cuts."""
    if sys.stdout.isatty():
        return Console(markup=False, emoji=False, highlight=False)
    return Console(
        markup=False, emoji=False, highlight=False, color_system=None, force_terminal=False, width=_UNLIMITED
    )


def show_json(document: Mapping[str, Any]) -> None:
    """Print *document* as the one JSON document of stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def plain(value: object) -> str:
    """Return any value as one printable line: text from a CRM must not move the cursor or imitate our output."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else one_line(str(value), _UNLIMITED)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> Table:
    """Lay rows out under *columns*; those named in *right* hold numbers."""
    laid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        laid.add_column(column, justify="right" if column in right else "left", no_wrap=column in right)
    for row in rows:
        laid.add_row(*(Text(plain(cell)) for cell in row))
    return laid


def heading(out: Console, text: str) -> None:
    """Print a heading with an empty line above it."""
    out.print()
    out.print(Text(text, style="bold"))


def show_reports(out: Console, reports: Mapping[str, ConnectionReport], *, changes: bool = False) -> None:
    """Show what a cycle did on each connection; with *changes* every change that its plan wants."""
    for name, report in reports.items():
        heading(out, f"{name}: {_verdict(report)}")
        if report.pulled:
            out.print(f"  pulled    {_counts(report.pulled)}")
        if report.taken_back is not None:
            _show_taken_back(out, report.taken_back)
        elif report.error is None and not report.incomplete:
            out.print(f"  judged    {report.judged:,} deals, findings: {_counts(report.findings) or 'none'}")
            if report.shadow:
                out.print(f"  in shadow {_counts(report.shadow)}")
            out.print(f"  plan      {_counts(_nonzero(report.plan)) or 'nothing to do'}")
        if report.taken_back is None and (applied := _nonzero(report.applied)):
            out.print(f"  applied   {_counts(applied)}")
        if report.held is not None:
            _show_held(out, report.held)
        if report.calls:
            out.print(f"  CRM calls {_counts(report.calls)}")
        _show_not_judged(out, report)
        for message, count in report.rejections.items():
            out.print(f"  refused   {count:,} x {plain(message)}")
        for problem in report.problems:
            out.print(f"  note      {plain(problem)}")
        if changes and report.changes:
            out.print()
            out.print(_change_table(report.changes))
        if changes and report.suppressed:
            heading(out, "Suppressed by caps, worst first")
            out.print(_suppressed_table(report.suppressed))


def _verdict(report: ConnectionReport) -> str:
    if report.error is not None:
        return "failed"  # the reason goes to stderr
    if report.incomplete and report.taken_back is not None:
        return f"incomplete: {plain(report.incomplete_reason)}; run it again to take back the rest"
    if report.incomplete:
        return f"incomplete: {plain(report.incomplete_reason)}; nothing was created or closed"
    return "done" + (f", plan {report.plan_id}" if report.plan_id else "")


def _show_held(out: Console, held: Mapping[str, Any]) -> None:
    for why in held["why"]:
        out.print(f"  held      {plain(why)}")
    out.print(f"            by rule: {_counts(held['by_rule'])}")
    out.print(f"            by rep: {_counts(held['by_rep'])}")
    out.print(f"            dealwarden approve {held['plan_id']} --by NAME lets it go out, --reject keeps it out")


def _show_taken_back(out: Console, count: Mapping[str, int]) -> None:
    """Show what an undo or a withdrawal did in the CRM, line by line; zeros too, since each answers a question."""
    for name, meaning in _TAKEN_BACK.items():
        out.print(f"  {name:<9} {count[name]:,} {meaning}")


def _show_not_judged(out: Console, report: ConnectionReport) -> None:
    for line in cause_lines(report.not_judged):
        out.print(f"  not judged {plain(line)}")


def _change_table(changes: Sequence[Change]) -> Table:
    rows = (
        (change.kind, change.deal_name, change.family, change.subject, change.owner_id, change.due, change.why)
        for change in changes
    )
    return table(("change", "deal", "family", "subject", "owner", "due", "why"), rows)


def _suppressed_table(suppressed: Sequence[Suppressed]) -> Table:
    wants = ((finding.want, finding.cause) for finding in suppressed)
    rows = ((want.deal_name, want.family, ", ".join(want.findings), want.owner_id, cause) for want, cause in wants)
    return table(("deal", "family", "findings", "owner", "cap"), rows)


def _nonzero(count: object) -> dict[str, int]:
    names: tuple[str, ...] = tuple(getattr(count, "__slots__", ()))
    return {name: value for name in names if (value := getattr(count, name))}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{plain(name)} {value:,}" for name, value in counts.items())
