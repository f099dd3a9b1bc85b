"""Causes: which findings are why others hold, so that one reason is counted, and acted on, once.

A rule that *explains* others is their cause where it holds, as one alert inhibits another. Rules in shadow and findings
that a person waived explain nothing and break a chain: what they would have passed on stands by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from rules.language.compile import to_polars
from rules.language.condition import Condition
from rules.model import RuleSet, Severity

EXPLAINED: Final = pl.Schema({"deal_id": pl.String(), "rule_id": pl.String(), "cause": pl.String()})
"""One row per finding that another explains: *cause* is the rule id at the root of its chain."""

_EDGES: Final = pl.Schema({"ancestor": pl.String(), "rule_id": pl.String(), "edge": pl.Int64()})
_PAIR: Final = ["deal_id", "rule_id"]


def explained(ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that others explain, as `EXPLAINED`.

    *findings* has deal_id, rule_id, severity of everything that holds and may count; *signals* has deal_id and the
    signals that the conditions of explanations name. A condition that is unknown explains nothing. Where several roots
    explain the same finding, the one of higher severity is its cause, then of more points, then of the smaller id.
    """
    relations = _relations(ruleset)
    if not relations or findings.is_empty():
        return EXPLAINED.to_frame()
    held = findings.select(*_PAIR, "severity")
    direct = _direct(relations, held, signals)
    reach = _closure(direct)
    roots = reach.join(direct.select(*_PAIR), left_on=["deal_id", "ancestor"], right_on=_PAIR, how="anti")
    ranked = roots.join(
        with_points(ruleset, held).rename({"rule_id": "ancestor"}), on=["deal_id", "ancestor"], how="left"
    )
    return (
        ranked.sort(*_PAIR, "severity", "points", "ancestor", descending=[False, False, True, True, False])
        .unique(_PAIR, keep="first", maintain_order=True)
        .select(*_PAIR, pl.col("ancestor").alias("cause"))
    )


def unwaived(
    ruleset: RuleSet, findings: pl.DataFrame, signals: pl.DataFrame, waived: Mapping[str, frozenset[str]]
) -> pl.DataFrame:
    """Return the rows of *findings* that count: neither waived themselves nor explained by a cause that is.

    *waived* are the deals, by family, on which a person said that the family's task is no risk.
    """
    if not waived or findings.is_empty():
        return findings
    families = {rule.id: rule.family for rule in ruleset.rules}
    said = pl.DataFrame(
        [(deal_id, family) for family, deals in waived.items() for deal_id in sorted(deals)],
        schema={"deal_id": pl.String(), "family": pl.String()},
        orient="row",
    )
    by_family = pl.col("rule_id").replace_strict(families, default=None, return_dtype=pl.String).alias("family")
    groups = explained(ruleset, findings, signals).with_columns(
        pl.col("cause").replace_strict(families, default=None, return_dtype=pl.String).alias("family")
    )
    dropped = pl.concat(
        [
            findings.with_columns(by_family).join(said, on=["deal_id", "family"], how="semi").select(_PAIR),
            groups.join(said, on=["deal_id", "family"], how="semi").select(_PAIR),
        ]
    )
    return findings.join(dropped.unique(), on=_PAIR, how="anti", maintain_order="left")


def with_points(ruleset: RuleSet, findings: pl.DataFrame) -> pl.DataFrame:
    """Return *findings* (deal_id, rule_id, severity) with the points of their own family and severity."""
    worth = pl.DataFrame(
        [
            (rule.id, int(severity), float((rule.points or ruleset.families[rule.family].points).get(severity, 0.0)))
            for rule in ruleset.rules
            for severity in Severity
        ],
        schema={"rule_id": pl.String(), "severity": pl.Int8(), "points": pl.Float64()},
        orient="row",
    )
    return findings.join(worth, on=["rule_id", "severity"], how="left", maintain_order="left")


def _relations(ruleset: RuleSet) -> list[tuple[str, str, Condition | None]]:
    """Return cause, effect and condition of every relation between two rules of the set."""
    known = {rule.id for rule in ruleset.rules}
    return [
        (rule.id, effect.rule_id, effect.where)
        for rule in ruleset.rules
        for effect in rule.explains
        if effect.rule_id in known
    ]


def _direct(
    relations: Sequence[tuple[str, str, Condition | None]], held: pl.DataFrame, signals: pl.DataFrame
) -> pl.DataFrame:
    """Return deal_id, ancestor, rule_id of each finding that another finding explains without a step between."""
    edges = pl.DataFrame(
        [(cause, effect, number) for number, (cause, effect, _) in enumerate(relations)], schema=_EDGES, orient="row"
    )
    pairs = (
        held.select("deal_id", pl.col("rule_id").alias("ancestor"))
        .join(edges, on="ancestor")
        .join(held.select(_PAIR), on=_PAIR, how="semi")
    )
    conditions = {number: where for number, (*_, where) in enumerate(relations) if where is not None}
    if conditions and not pairs.is_empty():
        concerned = signals.join(pairs.select("deal_id").unique(), on="deal_id", how="semi")
        met = concerned.select(
            "deal_id", *(to_polars(where).fill_null(False).alias(str(number)) for number, where in conditions.items())
        ).unpivot(index="deal_id", variable_name="edge", value_name="met")
        pairs = pairs.join(met.with_columns(pl.col("edge").cast(pl.Int64)), on=["deal_id", "edge"], how="left")
        pairs = pairs.filter(pl.col("met").fill_null(True))  # a relation without a condition always explains
    return pairs.select("deal_id", "ancestor", "rule_id")


def _closure(direct: pl.DataFrame) -> pl.DataFrame:
    """Return *direct* and everything that follows from it over several steps; rule files admit no circle."""
    reach = fresh = direct.unique()
    step = direct.select("deal_id", pl.col("rule_id").alias("ancestor"), pl.col("ancestor").alias("further"))
    while not fresh.is_empty():
        fresh = (
            fresh.join(step, on=["deal_id", "ancestor"])
            .select("deal_id", pl.col("further").alias("ancestor"), "rule_id")
            .unique()
            .join(reach, on=["deal_id", "ancestor", "rule_id"], how="anti")
        )
        reach = pl.concat([reach, fresh])
    return reach
