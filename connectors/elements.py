"""Where one MEDDPICC element is kept on a deal, and which level its fields show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from connectors.columns import Reading, Record, day, number, text
from connectors.filler import is_filler, visible_text
from connectors.mapping import FieldKind, level_of_value

_DTYPES: Final[Mapping[FieldKind, pl.DataType]] = {"number": pl.Float64(), "date": pl.Date()}


@dataclass(frozen=True, slots=True)
class ElementColumns:
    """Where one element is read: the visible ones of its mapped fields, and what they can show."""

    name: str
    text: str | None = None
    fields: tuple[tuple[str, FieldKind], ...] = ()
    confirmed_on: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)
    lowest: Mapping[str, int] = field(default_factory=dict)  # the lowest step of each field that is a numbered scale
    role: str | None = None
    shows: int = 0

    @property
    def readable(self) -> bool:
        """Whether the element is read from any field of the deal."""
        return bool(self.text or self.fields)

    @property
    def lookups(self) -> tuple[str, ...]:
        """The fields that name a contact."""
        return tuple(name for name, kind in self.fields if kind == "lookup")

    def paths(self) -> tuple[str, ...]:
        """Return the fields to select."""
        named = (self.text, *(name for name, _ in self.fields), self.confirmed_on)
        return tuple(name for name in named if name)


Typed = Callable[[Any, FieldKind], Any]
"""Reads the value of a field of some kind; None for a value that such a field cannot hold."""


def as_typed(value: Any, kind: FieldKind) -> Any:
    """Return a value that a CRM sends in JSON's own types."""
    if kind == "number":
        return number(value)
    return day(value) if kind == "date" else value


def element_columns(
    records: Sequence[Record], element: ElementColumns, reading: Reading, typed: Typed = as_typed
) -> dict[str, list[Any]]:
    """Return the columns of one element: the best level of its text and its fields, where filler counts as nothing."""
    name = element.name
    levels: list[int | None] = [0] * len(records)
    values: dict[str, list[Any]] = {}
    if element.text:
        texts = [text(record.get(element.text)) for record in records]
        # Kept as a column of its own: filler earns no level, and a rule may name it.
        filler = [written is not None and is_filler(written) for written in texts]
        levels = [
            int(written is not None and not fills and visible_text(written) != "")
            for written, fills in zip(texts, filler, strict=True)
        ]
        values[f"{name}_filler"] = filler
    for path, kind in element.fields:
        raw = [record.get(path) for record in records]
        read = [typed(value, kind) for value in raw]
        levels = [
            max(level or 0, level_of_value(value, kind, element.values, element.lowest.get(path, 0)))
            for level, value in zip(levels, read, strict=True)
        ]
        if kind in ("number", "date"):
            reading.note(f"{name}_level", raw, read, _DTYPES[kind])
            # A value that cannot be is no proof that the element is missing.
            levels = [
                None if not level and value is None and there not in (None, "") else level
                for level, value, there in zip(levels, read, raw, strict=True)
            ]
    values[f"{name}_level"] = levels
    values[f"{name}_filled"] = [None if level is None else level > 0 for level in levels]
    if element.confirmed_on:
        confirmed = [record.get(element.confirmed_on) for record in records]
        values[f"{name}_confirmed_on"] = reading.column(
            f"{name}_confirmed_on", confirmed, lambda value: typed(value, "date")
        )
    return values
