"""Frames of the canonical tables as rows of the database, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isnan
from typing import Any, Final

import polars as pl

_STORED: Final[dict[pl.DataType, pl.DataType]] = {
    pl.Boolean(): pl.Int8(),
    pl.Date(): pl.Int32(),
    pl.Datetime("us", "UTC"): pl.Int64(),
}

_Columns = tuple[tuple[str, pl.DataType], ...]
"""A schema that can be looked up: most frames are so small that working out their casts would cost more than these."""

_Casts = tuple[tuple[int, pl.DataType], ...]
"""Positions of columns, and what to cast each to."""


def stored_schema(schema: pl.Schema) -> pl.Schema:
    """Return the types that columns of *schema* have in the database."""
    return _stored(tuple(schema.items()))


def encode(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn times, days and truth values into the numbers that the database keeps.

    NaN, which it cannot keep, becomes null.
    """
    columns = tuple(frame.schema.items())
    encoded = _cast(frame, _encoding(columns))
    odd = [name for name in _floats(columns) if isnan(frame[name].sum())]  # one NaN is enough for the sum to be NaN
    return encoded.with_columns(pl.col(odd).fill_nan(None)) if odd else encoded


def decode(rows: Sequence[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Build a frame of exactly *schema* from rows as the database gave them."""
    columns = tuple(schema.items())
    return _cast(pl.DataFrame(rows, schema=_stored(columns), orient="row"), _decoding(columns))


def _cast(frame: pl.DataFrame, casts: _Casts) -> pl.DataFrame:
    """Cast column by column: planning one query for all takes longer than the casts."""
    cast = frame.clone()
    for at, kind in casts:
        cast.replace_column(at, frame.to_series(at).cast(kind))
    return cast


@cache
def _stored(columns: _Columns) -> pl.Schema:
    return pl.Schema({name: _STORED.get(kind, kind) for name, kind in columns})


@cache
def _encoding(columns: _Columns) -> _Casts:
    return tuple((at, _STORED[kind]) for at, (_, kind) in enumerate(columns) if kind in _STORED)


@cache
def _decoding(columns: _Columns) -> _Casts:
    return tuple((at, kind) for at, (_, kind) in enumerate(columns) if kind in _STORED)


@cache
def _floats(columns: _Columns) -> tuple[str, ...]:
    return tuple(name for name, kind in columns if kind == pl.Float64)
