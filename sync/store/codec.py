"""Frames of the canonical tables as rows of the database, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

_STORED: Final[dict[pl.DataType, pl.DataType]] = {
    pl.Boolean(): pl.Int8(),
    pl.Date(): pl.Int32(),
    pl.Datetime("us", "UTC"): pl.Int64(),
}


def stored_schema(schema: pl.Schema) -> pl.Schema:
    """Give the types that columns of *schema* have in the database."""
    return pl.Schema({name: _STORED.get(kind, kind) for name, kind in schema.items()})


def encode(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn times, days and truth values into the numbers that the database keeps.

    NaN, which it cannot keep, becomes null.
    """
    kept = [pl.col(name).cast(_STORED[kind]) for name, kind in frame.schema.items() if kind in _STORED]
    kept += [pl.col(name).fill_nan(None) for name, kind in frame.schema.items() if kind == pl.Float64]
    return frame.with_columns(kept) if kept else frame


def decode(rows: Sequence[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Build a frame of exactly *schema* from rows as the database gave them."""
    return decode_stored(rows, schema).cast(schema)


def decode_stored(rows: Sequence[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Build a frame of *schema* in the database's types from rows as the database gave them."""
    return pl.DataFrame(rows, schema=stored_schema(schema), orient="row")
