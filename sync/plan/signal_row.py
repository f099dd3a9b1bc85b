"""One row of a signals frame as a mapping, which is read only where a text needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from polars.exceptions import ColumnNotFoundError


class SignalRow(Mapping[str, Any]):
    """What templates may name of one deal: every signal, and the deal's own name as ``deal.name``.

    Most deals of a cycle get no text, and a million rows as dictionaries would take gigabytes: a single value is read
    from the frame, and only a walk over all of them keeps the row.
    """

    __slots__ = ("_at", "_frame", "_values")

    def __init__(self, frame: pl.DataFrame, at: int) -> None:
        self._frame, self._at = frame, at
        self._values: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        if self._values is not None or name == "deal":
            return self._loaded()[name]
        try:
            value = self._frame.item(self._at, name)
        except ColumnNotFoundError:
            raise KeyError(name) from None
        return value.to_list() if isinstance(value, pl.Series) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def _loaded(self) -> dict[str, Any]:
        if self._values is None:
            self._values = template_values(self._frame.row(self._at, named=True))
        return self._values


def template_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what templates may name: every signal, and the deal's own name as ``deal.name``."""
    return {**row, "deal": {"name": row["name"] or "this deal", "id": row["deal_id"]}}
