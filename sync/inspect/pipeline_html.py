"""A report as one HTML page that needs nothing else, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rules.language.plain_text import one_line
from sync.inspect.pipeline_report import Found, Line, PipelineReport

Reports = Mapping[str, PipelineReport]

COLUMNS: Final = (
    *("connection", "deal_id", "deal", "owner", "phase", "segment", "amount", "close_date"),
    *("score", "band", "confidence", "reasons", "rule", "severity", "evidence", "as_of"),
)

_FORMULA: Final = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")
_FORMULA_WIDE: Final = ("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")
_LONGEST: Final = 2_000


def html(reports: Reports) -> str:
    """Give the page: no script, no outside resource, and nothing that the CRM says is markup."""
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: f"{value:,.0f}"
    text = files("sync.inspect").joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text).render(reports=reports)


def csv_text(reports: Reports) -> str:
    """Give a row for each finding, and one for each deal without any; no cell is ever a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for name, report in reports.items():
        for line in report.deals:
            for found in line.found or (None,):
                writer.writerow(_row(name, report, line, found))
    return out.getvalue()


def _row(name: str, report: PipelineReport, line: Line, found: Found | None) -> Iterator[str]:
    yield from (_text(one) for one in (name, line.deal_id, line.name, line.owner, line.phase, line.segment))
    yield "" if line.amount is None else f"{line.amount:.2f}"
    yield line.close_date.isoformat() if line.close_date else ""
    yield from (f"{line.score:g}", line.band, f"{line.confidence:g}")
    yield _text("; ".join(reason.removeprefix("+") for reason in line.reasons))
    yield from (_text(one) for one in ((found.rule_id, found.severity, found.evidence) if found else ("", "", "")))
    yield report.as_of.isoformat(timespec="seconds")


def _text(value: str) -> str:
    """Give *value* as a cell that a spreadsheet shows as it stands, whatever it begins with."""
    plain = one_line(value, _LONGEST)
    return f"'{plain}" if plain.startswith((*_FORMULA, *_FORMULA_WIDE)) else plain
