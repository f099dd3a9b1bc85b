"""Salesforce export CSVs: what their cells are turned into, or why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sandbox.salesforce.seed.row_values import stamp
from sandbox.server import export_files
from sandbox.server.export_files import ExportError, ExportFile

__all__ = ["ExportError", "ExportFile", "converter", "open_file"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def open_file(path: Path, sobject: str) -> ExportFile:
    """Read the header of an object's CSV."""
    return export_files.open_file(path, sobject, id_columns=("Id",), example="StageName")


def converter(kind: str) -> Callable[[str], Any]:
    """Return what reads a cell of this field type; it raises ValueError with what was expected."""
    if kind == "boolean":
        return _boolean
    if kind == "int":
        return lambda cell: int(_number(cell))
    if kind in {"double", "currency", "percent"}:
        return _number
    return {"date": _day, "datetime": _moment}.get(kind, str)


def _boolean(cell: str) -> bool:
    try:
        return _BOOLEANS[cell.strip().lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def _number(cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("expected a number such as 15000.0")
    return number


def _day(cell: str) -> str:
    match = _DAY.match(cell.strip())
    try:
        return date.fromisoformat(match[0] if match else "").isoformat()
    except ValueError:
        raise ValueError("expected a date such as 2026-05-01") from None


def _moment(cell: str) -> str:
    text = cell.strip()
    try:
        moment = datetime.fromisoformat(text if _DAY.match(text) else "")
    except ValueError:
        raise ValueError("expected a date and time such as 2026-05-01T07:25:37.000+0000") from None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
