"""Lists of texts, made from small numbers: a text is built for each entry that there is, not for all that may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

_LAST: Final = 32_767
"""The highest 16-bit number represents null while the numbers are sorted."""


def numbers(entries: Iterable[pl.Expr]) -> pl.Expr:
    """Return one list of the whole numbers *entries* that are not null, in their order."""
    columns = [entry.cast(pl.Int16) for entry in entries]
    if not columns:
        return pl.lit(None, dtype=pl.List(pl.Int16))
    return pl.concat_arr(columns).arr.to_list().list.drop_nulls()  # concat_list takes three times as long


def in_order(frame: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """Return *frame* with the small numbers in *columns* sorted, row by row, the nulls last.

    Neighbours change places until all are in order (odd-even sort): a hundredth of the time of sorting a list per row.
    """
    frame = frame.with_columns(pl.col(columns).cast(pl.Int16).fill_null(_LAST))
    for turn in range(len(columns)):
        pairs = [columns[at : at + 2] for at in range(turn % 2, len(columns) - 1, 2)]
        lower = [pl.min_horizontal(pair).alias(pair[0]) for pair in pairs]
        frame = frame.with_columns(*lower, *(pl.max_horizontal(pair).alias(pair[1]) for pair in pairs))
    return frame.with_columns(pl.when(pl.col(name) < _LAST).then(name).alias(name) for name in columns)


def worded(listed: pl.Expr, texts: Mapping[int, str]) -> pl.Expr:
    """Return a list of numbers as the texts that *texts* has for them."""
    return listed.list.eval(pl.element().replace_strict(texts, return_dtype=pl.String))
