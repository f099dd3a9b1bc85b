"""Export CSVs: finding them, and reading their rows with line numbers."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


class ExportError(ValueError):
    """The exports cannot be loaded until somebody corrects them; the text says where and what was expected."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One CSV with the rows of one object. *columns* are the header's names as written."""

    path: Path
    object_name: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Return (line, cell by column) for every row that is not blank."""
        with _opened(self.path) as lines:
            next(lines, None)
            for line, cells in lines:
                if not any(cells):
                    continue
                if len(cells) != len(self.columns):
                    problem = f"{len(cells)} cells, but the header names {len(self.columns)} columns"
                    raise ExportError(f"{self.path.name}, line {line}: {problem}")
                yield line, dict(zip(self.columns, cells, strict=True))

    def fault(self, line: int, column: str, problem: str) -> NoReturn:
        """Refuse a cell."""
        raise ExportError(f"{self.path.name}, line {line}, column {column}: {problem}")


def open_file(path: Path, object_name: str, *, id_columns: Sequence[str], example: str) -> ExportFile:
    """Read the header of a CSV; it names every column, each once, and one of *id_columns* among them."""
    with _opened(path) as lines:
        _, header = next(lines, (1, []))
    columns = tuple(name.strip() for name in header)
    for number, name in enumerate(columns, start=1):
        if not name or '"' in name or not name.isprintable():
            raise ExportError(
                f"{path.name}, line 1: column {number} is named {name!r}; expected an API name such as {example}"
            )
    folded = [name.lower() for name in columns]
    twice = next((name for name in folded if folded.count(name) > 1), None)
    if twice is not None:
        raise ExportError(f"{path.name}, line 1: column {columns[folded.index(twice)]} appears twice; expected once")
    if not {name.lower() for name in id_columns} & set(folded):
        raise ExportError(
            f"{path.name}, line 1: there is no column {id_columns[0]}; expected a header of API names with"
            f" {id_columns[0]} among them, found {', '.join(columns) or 'an empty file'}"
        )
    return ExportFile(path, object_name, columns)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[int, Sequence[str]]]]:
    """Return (line, cells) from the header on; problems of the file itself become ExportErrors."""
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
