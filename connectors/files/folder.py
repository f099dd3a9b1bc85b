"""The files of a folder that stand for canonical tables: which there are, and what their columns are."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import polars as pl

from connectors.errors import ConnectorError, InvalidResponseError
from connectors.files.columns import Export
from connectors.model import TABLES

READ: Final = tuple(name for name in TABLES if not name.startswith("own_"))
"""The tables that a file may stand for; what we write ourselves is in no export."""

ID_FILE: Final = "org_id.txt"
"""Holds the folder's id, where it shall stay the same when the folder moves."""

_KINDS: Final = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """The file of one table as it is now: its bytes and their hash."""

    table: str
    name: str
    content: bytes
    digest: str


def org_id(folder: Path) -> str:
    """Return the id that distinguishes this folder from others: from its id file, else from its path."""
    file = folder / ID_FILE
    if not file.is_file():
        # The path is all that distinguishes two folders until the operator names them.
        return "files-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    try:
        name = file.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConnectorError(f"{file} cannot be read as text: make it readable, or remove it") from error
    if not name or len(name) > 100 or not name.isprintable():
        raise ConnectorError(f"{file}: expected an id of 1 to 100 characters on one line")
    return name


def files_of(folder: Path) -> Mapping[str, Path]:
    """Find the file of each table.

    Raises:
        ConnectorError: the folder, or its deals, are missing; or a table has two files.
    """
    if not folder.is_dir():
        raise ConnectorError(f"{folder} is no folder: create it, or correct folder in the configuration")
    files: dict[str, Path] = {}
    for path in _exports(folder):
        if path.stem not in READ:
            continue
        if path.stem in files:
            raise ConnectorError(f"{folder} has both {files[path.stem].name} and {path.name}: keep one of them")
        files[path.stem] = path
    if "deals" not in files:
        raise ConnectorError(f"{folder} has neither deals.csv nor deals.parquet: export the deals there{_near(folder)}")
    return files


def strangers(folder: Path) -> Iterator[str]:
    """Report files that belong to no table and are therefore not read."""
    for path in _exports(folder):
        if path.stem not in READ:
            close = get_close_matches(path.stem.lower(), READ, n=1)
            hint = f"; did you mean {close[0]}{path.suffix}?" if close else f"; tables are {', '.join(READ)}"
            yield f"{path.name} is not read: no table has that name{hint}"


def take(table: str, path: Path) -> Source:
    """Read the bytes of a file once, so that what is hashed is what is parsed."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConnectorError(f"{path} cannot be read ({error.strerror}): make it readable") from error
    return Source(table, path.name, content, hashlib.sha256(content).hexdigest())


def header(path: Path) -> tuple[str, ...]:
    """Return a file's columns, reading no more of it than that takes."""
    try:
        if path.suffix == ".parquet":
            return tuple(pl.read_parquet_schema(path))
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return tuple(name.strip() for name in next(csv.reader(lines), ()))
    except (OSError, UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError) as error:
        raise InvalidResponseError(f"{path.name} cannot be read as {path.suffix[1:]}: {_first_line(error)}") from error


def parse(source: Source) -> Export:
    """Read the columns of a file, text as text.

    Raises:
        InvalidResponseError: the file is no CSV or Parquet; names the line where that is known.
    """
    if source.name.endswith(".parquet"):
        try:
            return Export(source.name, b"", _blank_is_null(pl.read_parquet(io.BytesIO(source.content))))
        except pl.exceptions.PolarsError as error:
            raise InvalidResponseError(f"{source.name} cannot be read as parquet: {_first_line(error)}") from error
    text = _decoded(source)
    names = _checked_lines(source.name, text)
    try:
        frame = pl.read_csv(io.StringIO(text), infer_schema=False, new_columns=names)
    except pl.exceptions.PolarsError as error:
        raise InvalidResponseError(f"{source.name} cannot be read as CSV: {_first_line(error)}") from error
    return Export(source.name, source.content, _blank_is_null(frame))


def _exports(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _KINDS and path.is_file())


def _near(folder: Path) -> str:
    return "".join(f" ({line})" for line in strangers(folder) if "deals" in line)


def _decoded(source: Source) -> str:
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        raise InvalidResponseError(f"{source.name}:{line}: the text is not UTF-8: export the file as UTF-8") from error


def _checked_lines(name: str, text: str) -> list[str]:
    """Return the header of a CSV file whose lines all have as many fields as it."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] = []
    line = 1
    try:
        for fields in lines:
            if not names:
                names = _checked_header(name, fields)
            elif fields and len(fields) != len(names):
                raise InvalidResponseError(f"{name}:{line}: found {len(fields)} fields, expected {len(names)}")
            line = lines.line_num + 1
    except csv.Error as error:
        raise InvalidResponseError(f"{name}:{line}: cannot be read as CSV: {error}") from error
    if not names:
        raise InvalidResponseError(f"{name} is empty: expected at least a line with the names of the columns")
    return names


def _checked_header(name: str, fields: list[str]) -> list[str]:
    names = [field.strip() for field in fields]
    # Spreadsheets in many locales save CSV with semicolons.
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise InvalidResponseError(f"{name}:1: found one column, expected columns separated by commas")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidResponseError(f"{name}:1: found the column {twice[0]} twice, expected it once")
    return names


def _blank_is_null(frame: pl.DataFrame) -> pl.DataFrame:
    trimmed = pl.col(pl.String).str.strip_chars()
    return frame.with_columns(pl.when(trimmed != "").then(trimmed).name.keep())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
