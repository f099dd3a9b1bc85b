"""Lists of texts, made from small numbers: a text is built for each entry that there is, not for all that may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl


def numbers(entries: Iterable[pl.Expr]) -> pl.Expr:
    """Give one list of the whole numbers *entries* that are not null, in their order."""
    columns = [entry.cast(pl.Int16) for entry in entries]
    return pl.concat_list(columns).list.drop_nulls() if columns else pl.lit(None, dtype=pl.List(pl.Int16))


def worded(listed: pl.Expr, texts: Mapping[int, str]) -> pl.Expr:
    """Give a list of numbers as the texts that *texts* has for them."""
    return listed.list.eval(pl.element().replace_strict(texts, return_dtype=pl.String))
