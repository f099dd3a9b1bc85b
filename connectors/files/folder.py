"""The files of a folder that stand for canonical tables: which there are, and what their columns are."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import polars as pl

from connectors.errors import ConnectorError, InvalidResponseError
from connectors.files.columns import Export
from connectors.files.csv_text import checked_lines, read_csv_text
from connectors.files.headers import canonical_names
from connectors.tables import TABLES

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


def header(path: Path, encoding: str | None = None) -> tuple[str, ...]:
    """Return a file's columns, reading no more of it than that takes."""
    try:
        if path.suffix == ".parquet":
            return tuple(pl.read_parquet_schema(path))
        with path.open("rb") as lines:
            first = lines.readline()
            # In UTF-16 a line ends in the middle of a character.
            first += lines.read() if first.startswith((b"\xff\xfe", b"\xfe\xff")) else b""
        return read_csv_text(path.name, first, encoding).header
    except (OSError, csv.Error, pl.exceptions.PolarsError) as error:
        raise InvalidResponseError(f"{path.name} cannot be read as {path.suffix[1:]}: {_first_line(error)}") from error


def parse(source: Source, encoding: str | None = None, mapped: Sequence[str] = ()) -> Export:
    """Read the columns of a file, text as text; *mapped* are those that belong to extras.

    Raises:
        InvalidResponseError: the file is no CSV or Parquet; names the line where that is known.
    """
    if source.name.endswith(".parquet"):
        try:
            frame = _blank_is_null(pl.read_parquet(io.BytesIO(source.content)))
        except pl.exceptions.PolarsError as error:
            raise InvalidResponseError(f"{source.name} cannot be read as parquet: {_first_line(error)}") from error
        return Export(source.name, frame, canonical_names(source.table, frame.columns, mapped))
    text = read_csv_text(source.name, source.content, encoding)
    names, rows = checked_lines(source.name, text)
    try:
        frame = pl.read_csv(io.StringIO(rows), infer_schema=False, new_columns=names, separator=text.separator)
    except pl.exceptions.PolarsError as error:
        raise InvalidResponseError(f"{source.name} cannot be read as CSV: {_first_line(error)}") from error
    columns = canonical_names(source.table, names, mapped)
    return named_by_name(source.table, Export(source.name, _blank_is_null(frame), columns, text, text.notes))


def named_by_name(table: str, export: Export) -> Export:
    """Let the deals' names stand for their ids in a screen's export that has none, where no name occurs twice.

    Raises:
        InvalidResponseError: names occur twice or are missing; asks for the ids.
    """
    own_name = export.columns.get("name")
    if table != "deals" or "deal_id" in export.columns or own_name in (None, "name"):
        return export
    names = export.frame[own_name]
    again = (names.is_null() | names.is_duplicated()).arg_true()
    if len(again):
        raise InvalidResponseError(
            f'{export.place(again[0])}: [{own_name}] found "{names[again[0]] or ""}", which does not identify a deal, '
            "and there is no column of ids: add Record ID (HubSpot) or Opportunity ID (Salesforce) to the export"
        )
    note = f"{export.name} has no column of ids: deals are identified by {own_name}, and a renamed one is a new deal"
    return replace(export, columns={"deal_id": own_name, **export.columns}, notes=(*export.notes, note))


def _exports(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _KINDS and path.is_file())


def _near(folder: Path) -> str:
    return "".join(f" ({line})" for line in strangers(folder) if "deals" in line)


def _blank_is_null(frame: pl.DataFrame) -> pl.DataFrame:
    trimmed = pl.col(pl.String).str.strip_chars()
    return frame.with_columns(pl.when(trimmed != "").then(trimmed).name.keep())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
