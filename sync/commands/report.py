"""``report``: the deals in scope by risk, on the terminal, as a page, or as a spreadsheet; asks no CRM."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from sync.app import inspection
from sync.commands.opening import opened
from sync.commands.terminal import console, heading, plain, show_json, table
from sync.config.private_files import write_private
from sync.errors import FINE, ConfigError, NothingReadError
from sync.inspect.pipeline_html import csv_text, html
from sync.inspect.pipeline_report import PipelineReport
from sync.model.not_judged import cause_lines


def report(config: Path, page: Path | None, sheet: Path | None, *, as_json: bool, debug: bool) -> int:
    """Show the deals, or write them to *page* (HTML) and *sheet* (CSV)."""
    with opened(config, debug=debug) as workspace:
        reports = inspection.report(workspace)
    if not reports:
        raise NothingReadError("no CRM was read yet, so there is nothing to report; read first, with: dealwarden plan")
    if page is not None:
        _write(page, html(reports), "utf-8")
    if sheet is not None:
        _write(sheet, csv_text(reports), "utf-8-sig")  # the mark by which spreadsheets know the encoding
    written = [str(path) for path in (page, sheet) if path is not None]
    if as_json:
        show_json({"files": written, "connections": {name: each.as_dict() for name, each in reports.items()}})
    elif written:
        console().print("\n".join(f"wrote {plain(path)}" for path in written))
    else:
        for name, each in reports.items():
            _show(console(), name, each)
    return FINE


def _write(path: Path, text: str, encoding: str) -> None:
    try:
        write_private(path, text, encoding=encoding)
    except OSError as error:
        raise ConfigError(
            [f"{path}: the file cannot be written ({error.strerror}); name a file in a folder that you may write to"]
        ) from None


def _show(out: Console, name: str, report: PipelineReport) -> None:
    bands = ", ".join(f"{word} {count:,}" for word, count in report.bands.items())
    heading(out, f"{name}, as of {report.as_of:%Y-%m-%d %H:%M} UTC: {len(report.deals):,} deals, {bands}")
    rows = (
        (
            f"{line.score:g}",
            line.band,
            line.name,
            line.owner,
            _amount(line.amount),
            ", ".join(reason.text for reason in line.reasons),
        )
        for line in report.deals
    )
    out.print(table(("score", "band", "deal", "owner", "amount", "reasons"), rows, right=("score", "amount")))
    for line in cause_lines(report.not_judged):
        out.print(f"  not judged {plain(line)}")


def _amount(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
