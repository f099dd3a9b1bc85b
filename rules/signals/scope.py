"""Scope: which deals are judged at all."""

from __future__ import annotations

import operator
from functools import reduce

import polars as pl

from rules.language.compile import to_polars
from rules.model import RuleSet


def in_scope(ruleset: RuleSet) -> pl.Expr:
    """Whether a deal is in scope, over the columns of its signals; null where that is unknown.

    Every part of the scope must hold, by SQL's logic: a part that certainly does not decides, whatever is unknown.
    """
    limits = ruleset.limits
    parts = [] if ruleset.scope is None else [to_polars(ruleset.scope)]
    listed = {"pipeline": limits.pipelines, "record_type": limits.record_types, "deal_type": limits.deal_types}
    parts += [pl.col(name).is_in(values) for name, values in listed.items() if values]
    whole = reduce(operator.and_, parts) if parts else pl.lit(True)
    if limits.include:
        whole = pl.when(_is_among(limits.include)).then(True).otherwise(whole)
    # Last, so that it wins over include.
    return pl.when(_is_among(limits.exclude)).then(False).otherwise(whole) if limits.exclude else whole


def _is_among(deal_ids: tuple[str, ...]) -> pl.Expr:
    """Whether a deal is among *deal_ids*, which may hold Salesforce ids of 18 characters or, as URLs do, of 15."""
    short_ids = [deal_id for deal_id in deal_ids if len(deal_id) == 15]
    return pl.col("deal_id").is_in(deal_ids) | pl.col("deal_id").str.slice(0, 15).is_in(short_ids)
