"""Scope: which deals are judged at all."""

from __future__ import annotations

import operator
from functools import reduce

import polars as pl

from rules.language.compile import to_polars
from rules.model import RuleSet


def in_scope(ruleset: RuleSet) -> pl.Expr:
    """Give whether a deal is in scope, over the columns of its signals; null where it cannot be told.

    Every part of the scope must hold, by SQL's logic: one that certainly does not decides, whatever is unknown.
    """
    limits = ruleset.limits
    parts = [] if ruleset.scope is None else [to_polars(ruleset.scope)]
    listed = {"pipeline": limits.pipelines, "record_type": limits.record_types, "deal_type": limits.deal_types}
    parts += [pl.col(name).is_in(values) for name, values in listed.items() if values]
    whole = reduce(operator.and_, parts) if parts else pl.lit(True)
    if limits.include:
        whole = pl.when(_one_of(limits.include)).then(True).otherwise(whole)
    return pl.when(_one_of(limits.exclude)).then(False).otherwise(whole) if limits.exclude else whole


def _one_of(deal_ids: tuple[str, ...]) -> pl.Expr:
    """Give whether a deal is one of these, by its id in the long form or, as Salesforce shows it too, the short one."""
    return pl.col("deal_id").is_in(deal_ids) | pl.col("deal_id").str.slice(0, 15).is_in(
        [one for one in deal_ids if len(one) == 15]
    )
