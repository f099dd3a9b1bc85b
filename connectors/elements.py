"""Where one MEDDPICC element is kept on a deal, and which level its fields show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.columns import Record, day, text
from connectors.filler import is_filler, visible_text
from connectors.mapping import FieldKind, level_of_value


@dataclass(frozen=True, slots=True)
class ElementColumns:
    """Where one element is read: the visible ones of its mapped fields, and what they can show."""

    name: str
    text: str | None = None
    fields: tuple[tuple[str, FieldKind], ...] = ()
    confirmed_on: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)
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


def element_columns(records: Sequence[Record], element: ElementColumns) -> dict[str, list[Any]]:
    """Return the columns of one element: the best level of its text and its fields, where filler counts as nothing."""
    name = element.name
    levels = [0] * len(records)
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
        levels = [
            max(level, level_of_value(record.get(path), kind, element.values))
            for level, record in zip(levels, records, strict=True)
        ]
    values[f"{name}_level"] = levels
    values[f"{name}_filled"] = [level > 0 for level in levels]
    if element.confirmed_on:
        values[f"{name}_confirmed_on"] = [day(record.get(element.confirmed_on)) for record in records]
    return values
