"""Frames of the canonical tables as rows of the database, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import polars as pl

_STORED: Final[dict[pl.DataType, pl.DataType]] = {
    pl.Boolean(): pl.Int8(),
    pl.Date(): pl.Int32(),
    pl.Datetime("us", "UTC"): pl.Int64(),
}

_Columns = tuple[tuple[str, pl.DataType], ...]
"""A schema that can be looked up: most frames are so small that spelling out their casts would cost more than these."""


def stored_schema(schema: pl.Schema) -> pl.Schema:
    """Give the types that columns of *schema* have in the database."""
    return _stored(tuple(schema.items()))


def encode(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn times, days and truth values into the numbers that the database keeps.

    NaN, which it cannot keep, becomes null.
    """
    kept = _encoding(tuple(frame.schema.items()))
    return frame.with_columns(kept) if kept else frame


def decode(rows: Sequence[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Build a frame of exactly *schema* from rows as the database gave them."""
    columns = tuple(schema.items())
    frame = pl.DataFrame(rows, schema=_stored(columns), orient="row")
    casts = _decoding(columns)
    return frame.with_columns(casts) if casts else frame


@cache
def _stored(columns: _Columns) -> pl.Schema:
    return pl.Schema({name: _STORED.get(kind, kind) for name, kind in columns})


@cache
def _encoding(columns: _Columns) -> list[pl.Expr]:
    kept = [pl.col(name).cast(_STORED[kind]) for name, kind in columns if kind in _STORED]
    return kept + [pl.col(name).fill_nan(None) for name, kind in columns if kind == pl.Float64]


@cache
def _decoding(columns: _Columns) -> list[pl.Expr]:
    return [pl.col(name).cast(kind) for name, kind in columns if kind in _STORED]
