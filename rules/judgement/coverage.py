"""Coverage: on how many open deals each source is kept, and whether that is enough to judge by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from connectors.model import ELEMENTS, ROLES
from rules.language.signal import Signal
from rules.model import About, CoverageVerdict, Facts, Rule, RuleSet
from rules.signals.collected import collected
from rules.signals.covered import TOUCH_KINDS, Covered
from rules.signals.deal import FILLED, deal_frame, extra
from rules.signals.touches import attributed, seats

FLOORS: Final[Mapping[About, float]] = {"absence": 0.30, "recency": 0.05}
"""The share of deals from which a source is kept well enough, for rules about absence and about recency."""

LEAVING: Final = 0.05
"""A source that was judged stays so until its share is this far below the floor: one deal more or less on the edge
must not switch rules off and on."""

TOUCH_DAYS: Final = 90
"""Touches of this many days count."""


def measure(tables: Mapping[str, pl.DataFrame], facts: Facts, catalogue: Mapping[str, Signal]) -> pl.DataFrame:
    """Return source, pipeline, deals and share (0 to 1), over the open deals of ``tables["deals"]``.

    Every source that *catalogue* names and every mapped extra is measured in every pipeline, also where nothing of it
    was found; a source that cannot be read has share 0. Share is that of deals with at least one row, or a value that
    counts as filled.
    """
    # Closed deals were filled in under other habits, and nobody adds to them any more.
    open_deals = tables["deals"].filter(~pl.col("is_closed").fill_null(False))
    tables = {**tables, "deals": open_deals}
    flags = _flags(facts)
    wanted = {source for signal in catalogue.values() for source in signal.sources} | set(flags)
    kept = [
        (flags.get(source, pl.lit(False)) & pl.lit(_readable(facts, source))).alias(source) for source in sorted(wanted)
    ]
    plan = (
        _evidence(tables, facts)
        # Deals without a pipeline are a group of their own.
        .select(pl.col("pipeline").fill_null(""), *kept)
        .group_by("pipeline")
        .agg(pl.len().cast(pl.Int64).alias("deals"), pl.exclude("pipeline").mean())
        .unpivot(index=["pipeline", "deals"], variable_name="source", value_name="share")
        .select("source", "pipeline", "deals", pl.col("share").cast(pl.Float64))
        .sort("source", "pipeline")
    )
    return collected(plan, open_deals.height)


def verdicts(measured: pl.DataFrame, previous: Sequence[CoverageVerdict]) -> tuple[CoverageVerdict, ...]:
    """Return the verdicts that follow from *measured*, for both kinds of rule.

    A pipeline that has no open deals just now keeps its *previous* verdicts.
    """
    before = {(verdict.source, verdict.pipeline, verdict.about): verdict for verdict in previous}
    after = dict(before)
    for row in measured.iter_rows(named=True):
        source, pipeline, share = row["source"], row["pipeline"], row["share"]
        for about, floor in FLOORS.items():
            old = before.get((source, pipeline, about))
            bound = floor - LEAVING if old is not None and old.judged else floor
            # An empty source is never kept, however low the floor.
            judged = share > 0 and share >= bound
            lapsed = old is not None and not judged and (old.judged or old.lapsed)
            after[source, pipeline, about] = CoverageVerdict(source, pipeline, about, share, judged, lapsed)
    return tuple(after[key] for key in sorted(after))


def not_judged(
    ruleset: RuleSet, catalogue: Mapping[str, Signal], verdicts: Iterable[CoverageVerdict]
) -> Mapping[str, tuple[str, float, float]]:
    """Return, by rule that is judged in no pipeline, its worst source, that source's share, and the floor."""
    known = tuple(verdicts)
    covered = Covered.of(known)
    shares = {(verdict.source, verdict.pipeline): verdict.share for verdict in known}
    worst: dict[str, tuple[str, float, float]] = {}
    for rule in ruleset.rules:
        pipelines = covered.rule_in(rule, catalogue)
        if covered.pipelines and pipelines is not None and not pipelines & covered.pipelines:
            share, source = min(_failing(rule, catalogue, covered, shares))
            worst[rule.id] = (source, share, FLOORS[rule.kept_as])
    return worst


def _failing(
    rule: Rule, catalogue: Mapping[str, Signal], covered: Covered, shares: Mapping[tuple[str, str], float]
) -> Iterable[tuple[float, str]]:
    """Yield share and source of everything that keeps *rule* from being judged somewhere."""
    for signal in (catalogue[name] for name in rule.signals):
        pipelines = covered.signal_in(signal, rule.kept_as)
        for pipeline in covered.pipelines - pipelines if pipelines is not None else ():
            lacking = [source for source in signal.sources if pipeline not in covered.judged_in(source, rule.kept_as)]
            entries = sorted((shares.get((source, pipeline), 0.0), source) for source in lacking)
            # Where one source suffices, the best kept is what the rule waits for.
            yield from entries[-1:] if signal.any_source else entries


def _readable(facts: Facts, source: str) -> bool:
    """Whether *source* can be read: it, and the table that it is a part of."""
    whole = source.partition(":")[0]
    return facts.readable.get(source, True) and facts.readable.get(whole, True)


def _flags(facts: Facts) -> dict[str, pl.Expr]:
    """Return, per source, whether a deal has something of it, over the columns of ``_evidence``."""
    flags = {"phase": pl.col("phase").is_not_null()}
    counted = ("roles", *(f"roles:{role}" for role in ROLES), "touches", *(f"touches:{kind}" for kind in TOUCH_KINDS))
    flags.update({source: pl.col(f"_{source}").fill_null(False) for source in counted})
    for element in ELEMENTS:
        filled = pl.col(f"{element}_filled").fill_null(False)
        role = facts.element_roles.get(element)
        has = flags[f"roles:{role}"] if role else pl.lit(False)
        # An element that is not mapped cannot be kept, whatever older rows hold.
        flags[f"field:{element}"] = (filled | has) & pl.lit(element in facts.shows)
    flags.update({f"field:{column}": filled for column, filled in FILLED.items()})
    flags.update({f"field:{name}": extra(name, kind).is_not_null() for name, kind in facts.extras.items()})
    return flags


def _evidence(tables: Mapping[str, pl.DataFrame], facts: Facts) -> pl.LazyFrame:
    """Return the deals with a flag for each role held and each kind of touch logged."""
    since = facts.now - timedelta(days=TOUCH_DAYS)
    logged = pl.col("at").is_between(since, facts.now) & pl.col("kind").is_in(TOUCH_KINDS)
    touches = tables["touches"].lazy().filter(logged).select("touch_id", "at", "kind")
    by_kind = (
        attributed(touches, tables)
        .join(touches.select("touch_id", "kind"), on="touch_id")
        .group_by("deal_id")
        .agg(
            pl.lit(True).alias("_touches"),
            *((pl.col("kind") == kind).any().alias(f"_touches:{kind}") for kind in TOUCH_KINDS),
        )
    )
    by_role = (
        tables["roles"]
        .lazy()
        .group_by("deal_id")
        .agg((pl.col("role") == role).any().alias(f"_roles:{role}") for role in ROLES)
    )
    anyone = seats(tables).select("deal_id", pl.lit(True).alias("_roles")).unique()
    frame = deal_frame(tables, facts)
    for part in (by_kind, by_role, anyone):
        frame = frame.join(part, on="deal_id", how="left")
    return frame
