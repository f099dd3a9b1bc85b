"""Export CSVs: finding them, reading rows with their line numbers, turning cells into values or saying why not."""

from __future__ import annotations

import csv
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from connectors.sandbox.salesforce.row_values import stamp

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class ExportError(ValueError):
    """The exports cannot be loaded until somebody mends them; the text says where and what was expected."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One CSV with the rows of one object. *columns* are the header's names as written."""

    path: Path
    sobject: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Give (line, cell by column) for every row that is not blank."""
        with _opened(self.path) as lines:
            next(lines, None)
            for line, cells in lines:
                if not any(cells):
                    continue
                if len(cells) != len(self.columns):
                    found = f"{len(cells)} cells, but the header names {len(self.columns)} columns"
                    raise ExportError(f"{self.path.name}, line {line}: {found}")
                yield line, dict(zip(self.columns, cells, strict=True))

    def fault(self, line: int, column: str, problem: str) -> NoReturn:
        """Refuse a cell."""
        raise ExportError(f"{self.path.name}, line {line}, column {column}: {problem}")


def open_file(path: Path, sobject: str) -> ExportFile:
    """Read the header of a CSV; it names every column, each once, and Id among them."""
    with _opened(path) as lines:
        _, header = next(lines, (1, []))
    columns = tuple(name.strip() for name in header)
    for number, name in enumerate(columns, start=1):
        if not name or '"' in name or not name.isprintable():
            raise ExportError(
                f"{path.name}, line 1: column {number} is named {name!r}; expected an API name such as StageName"
            )
    folded = [name.lower() for name in columns]
    twice = next((name for name in folded if folded.count(name) > 1), None)
    if twice is not None:
        raise ExportError(f"{path.name}, line 1: column {columns[folded.index(twice)]} appears twice; expected once")
    if "id" not in folded:
        raise ExportError(
            f"{path.name}, line 1: there is no column Id; expected a header of API names with Id among them, "
            f"found {', '.join(columns) or 'an empty file'}"
        )
    return ExportFile(path, sobject, columns)


def converter(kind: str) -> Callable[[str], Any]:
    """Give what reads a cell of this field type; it raises ValueError with what was expected."""
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
    found = _DAY.match(cell.strip())
    try:
        return date.fromisoformat(found[0] if found else "").isoformat()
    except ValueError:
        raise ValueError("expected a date such as 2026-05-01") from None


def _moment(cell: str) -> str:
    text = cell.strip()
    try:
        moment = datetime.fromisoformat(text if _DAY.match(text) else "")
    except ValueError:
        raise ValueError("expected a date and time such as 2026-05-01T07:25:37.000+0000") from None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[int, Sequence[str]]]]:
    """Give (line, cells) from the header on; problems of the file itself become ExportErrors."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield _lines(path, csv.reader(file, strict=True))


def _lines(path: Path, reader: Any) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise ExportError(f"{path.name}, line {reader.line_num}: not well-formed CSV: {problem}") from None
    except UnicodeDecodeError as problem:
        raise ExportError(f"{path.name}: not UTF-8 after line {reader.line_num}: {problem.reason}") from None
