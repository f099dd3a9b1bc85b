"""The text of a CSV export: its encoding, its separator and its lines, each found by a stated order and named."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectors.errors import InvalidResponseError

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks, which say the encoding themselves."""

_TRIED: Final = ("utf-8", "cp1252")
"""Encodings that are tried in this order. UTF-8 almost never fits by chance; Windows-1252 is what Excel saves."""

_NAMES: Final = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252 (Latin-1)"}
_SEPARATORS: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class CsvText:
    """A decoded file: its *separator*, its *header*, and what was found out about it that nobody said."""

    text: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_csv_text(name: str, content: bytes, encoding: str | None = None) -> CsvText:
    """Decode a file and find its separator and header; *encoding* is the configured one, tried alone.

    Raises:
        InvalidResponseError: no encoding fits, or the first line is no header; names the line.
    """
    text, used = _decoded(name, content, encoding)
    first = text.lstrip("\n\r").partition("\n")[0].rstrip("\r")
    separator = _separator(first)
    names = tuple(field.strip() for field in next(csv.reader([first], delimiter=separator), []))
    notes = []
    if used == "cp1252" and encoding is None:
        line = _first_line_beyond_ascii(content)
        notes.append(
            f"{name} is not UTF-8 and is read as {_NAMES[used]}; if names with accents look wrong (line {line}), "
            "export it as UTF-8, or set encoding"
        )
    return CsvText(text, used, separator, names, tuple(notes))


def checked_lines(name: str, text: CsvText) -> tuple[list[str], str]:
    """Return the header of a file whose lines all have as many fields as it, and the text of header and rows.

    Lines of one field at the end are left out: Salesforce closes a report with its name, a copyright and its author.

    Raises:
        InvalidResponseError: a line has another number of fields, or cannot be read; names the line.
    """
    lines = csv.reader(io.StringIO(text.text, newline=""), delimiter=text.separator, strict=True)
    names: list[str] = []
    line, footer = 1, 0
    try:
        for fields in lines:
            if not names:
                names = _distinct(name, [field.strip() for field in fields])
            elif len(fields) == 1 and len(names) > 1:
                footer = footer or line
            elif fields and (footer or len(fields) != len(names)):
                raise InvalidResponseError(
                    f"{name}:{footer or line}: found {1 if footer else len(fields)} fields, expected {len(names)}"
                )
            line = lines.line_num + 1
    except csv.Error as error:
        raise InvalidResponseError(f"{name}:{line}: cannot be read as CSV: {error}") from error
    if not names:
        raise InvalidResponseError(f"{name} is empty: expected at least a line with the names of the columns")
    if footer:
        return names, "".join(text.text.splitlines(keepends=True)[: footer - 1]).rstrip() + "\n"
    return names, text.text


def line_of(text: CsvText, row: int) -> int:
    """Return the line on which the data row with this index begins; a quoted text may span several lines."""
    lines = csv.reader(io.StringIO(text.text, newline=""), delimiter=text.separator)
    # Only a wrong value asks for its line, so the file is not indexed beforehand.
    starts, line = [], 1
    for fields in lines:
        if fields:
            starts.append(line)
        line = lines.line_num + 1
    return starts[row + 1]


def _decoded(name: str, content: bytes, encoding: str | None) -> tuple[str, str]:
    marked = next((named for mark, named in _MARKS if content.startswith(mark)), None)
    tried = (encoding,) if encoding else (marked,) if marked else _TRIED
    for one_encoding in tried:
        try:
            return content.decode(one_encoding), one_encoding
        except UnicodeDecodeError:
            continue
    line = _first_line_beyond_ascii(content)
    named = ", ".join(_NAMES.get(tried_encoding, tried_encoding) for tried_encoding in tried)
    raise InvalidResponseError(
        f"{name}:{line}: the text is none of the encodings tried ({named}): export the file as UTF-8, or set encoding"
    )


def _first_line_beyond_ascii(content: bytes) -> int:
    at = next((at for at, byte in enumerate(content) if byte > 127), 0)
    return content.count(b"\n", 0, at) + 1


def _separator(header: str) -> str:
    """Return the separator that cuts the header into most fields; a comma where none does."""

    def fields(separator: str) -> int:
        return len(next(csv.reader([header], delimiter=separator), []))

    return max(_SEPARATORS, key=lambda separator: (fields(separator), separator == ","))


def _distinct(name: str, names: list[str]) -> list[str]:
    twice = sorted({column for column in names if column and names.count(column) > 1})
    if twice:
        raise InvalidResponseError(f"{name}:1: found the column {twice[0]} twice, expected it once")
    return names


def shown(values: Sequence[str], most: int = 12) -> str:
    """Return some names in a row, and how many more there are."""
    more = f" and {len(values) - most:,} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more
