"""A report as an HTML page that needs nothing else, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rules.language.plain_text import one_line
from sync.inspect.pipeline_report import Evidence, Line, PipelineReport

Reports = Mapping[str, PipelineReport]

COLUMNS: Final = (
    *("connection", "deal_id", "deal", "owner", "phase", "segment", "amount", "close_date"),
    *("score", "band", "confidence", "reasons", "rule", "severity", "evidence", "as_of"),
)

_FORMULA: Final = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")
_FORMULA_WIDE: Final = ("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")
_LONGEST: Final = 2_000


def html(reports: Reports) -> str:
    """Return the page: no script, no outside resource, and all text from the CRM escaped."""
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: f"{value:,.0f}"
    text = files("sync.inspect").joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text).render(reports=reports)


def csv_text(reports: Reports) -> str:
    """Return a row for each finding, and a row for each deal without findings; no cell is ever a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for name, report in reports.items():
        for line in report.deals:
            for finding in line.findings or (None,):
                writer.writerow(_row(name, report, line, finding))
    return out.getvalue()


def _row(name: str, report: PipelineReport, line: Line, finding: Evidence | None) -> Iterator[str]:
    yield from (_text(value) for value in (name, line.deal_id, line.name, line.owner, line.phase, line.segment))
    yield "" if line.amount is None else f"{line.amount:.2f}"
    yield line.close_date.isoformat() if line.close_date else ""
    yield from (f"{line.score:g}", line.band, f"{line.confidence:g}")
    yield _text("; ".join(reason.text.removeprefix("+") for reason in line.reasons))
    yield from (
        _text(value) for value in ((finding.rule_id, finding.severity, finding.evidence) if finding else ("", "", ""))
    )
    yield report.as_of.isoformat(timespec="seconds")


def _text(value: str) -> str:
    """Return *value* as a cell that a spreadsheet shows as text, whatever it begins with."""
    plain = one_line(value, _LONGEST)
    return f"'{plain}" if plain.startswith((*_FORMULA, *_FORMULA_WIDE)) else plain
