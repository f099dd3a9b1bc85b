"""Coverage: on what share of the deals on which a source is due it is kept, and whether that is enough to judge by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from rules.judgement.demands import EVERY_DEAL, Demand, floor_of, sources_of
from rules.judgement.due import FALSE, TRUE
from rules.judgement.evidence import TOUCH_DAYS, evidence, lack_of
from rules.judgement.holding import UNKNOWN, can_be, holds, names_in
from rules.language.compile import compiled
from rules.language.expression import Expression
from rules.language.signal import Signal
from rules.model import EVERY_RULE, CoverageVerdict, Facts, Lack, Rule, RuleSet
from rules.signals.collected import collected
from rules.signals.covered import Covered

DEFINITION: Final = 2
"""Counts up when coverage is measured another way: verdicts of an older definition are no judgement."""

LEAVING: Final = 0.05
"""A source that was judged stays so until its share is this far below the floor: one deal more or less on the edge
must not switch rules off and on."""

ENOUGH: Final = 10
"""From so many deals on which a source is due they decide alone; fewer are too few to tell."""

STILL_ENOUGH: Final = 5
"""As many deals are enough for a source that was judged before."""

MEASURED: Final = pl.Schema(
    {"rule": pl.String(), "source": pl.String(), "pipeline": pl.String(), "deals": pl.Int64(), "kept": pl.Int64()}
)
"""What was measured: by rule, source and pipeline, on how many deals a source is due, and on how many of them kept."""


def measure(
    tables: Mapping[str, pl.DataFrame],
    signals: pl.DataFrame,
    facts: Facts,
    demanded: Sequence[Demand],
    *,
    won: bool = False,
) -> pl.DataFrame:
    """Return MEASURED for the deals of *signals*, whose own tables are *tables*; *won* says that they were won.

    *signals* must be unmasked, of deals in scope. Every demand is measured in every pipeline that there is.
    """
    sources = sorted({demand.source for demand in demanded})
    has = {source: f"has:{source}" for source in sources}
    flags = evidence(tables, facts, sources, won=won).rename(has)
    pairs = dict.fromkeys((_due(demand, signals, won=won), demand.source) for demand in demanded)
    trees = {tree: f"due:{number}" for number, tree in enumerate(dict.fromkeys(tree for tree, _ in pairs))}
    columns: list[pl.Expr] = []
    for tree, source in pairs:
        is_due = pl.col(trees[tree])
        columns.append((is_due & pl.col(has[source])).sum().cast(pl.Int64).alias(f"{trees[tree]}:{source}"))
    plan = (
        signals.lazy()
        .with_columns(pl.lit(None, pl.Boolean).alias(UNKNOWN.name))
        .select(
            "deal_id",
            # Deals without a pipeline are a group of their own.
            pl.col("pipeline").fill_null(""),
            *(_compiled(tree).alias(name) for tree, name in trees.items()),
        )
        .join(flags, on="deal_id", how="left")
        .group_by("pipeline")
        .agg(*(pl.col(name).sum().cast(pl.Int64) for name in trees.values()), *columns)
        .sort("pipeline")
    )
    by_pipeline = collected(plan, signals.height).rows(named=True)
    return pl.DataFrame(
        [
            (demand.rule, demand.source, row["pipeline"], row[name], row[f"{name}:{demand.source}"])
            for demand, name in ((demand, trees[_due(demand, signals, won=won)]) for demand in demanded)
            for row in by_pipeline
        ],
        schema=MEASURED,
        orient="row",
    )


def measure_won(
    tables: Mapping[str, pl.DataFrame],
    signals: pl.DataFrame,
    facts: Facts,
    demanded: Sequence[Demand],
    *,
    touches_since: datetime,
) -> pl.DataFrame:
    """Return MEASURED for deals that were won; of touches only those speak whose last months are all kept.

    Roles of deals that were closed when an org was first read may never have been: only deals with some role say
    anything of one, and none says whether there is any.
    """
    kinds: dict[str, list[Demand]] = {"touches": [], "roles:": [], "": []}
    for demand in demanded:
        table, part, _ = demand.source.partition(":")
        if demand.source != "roles":
            kinds[table if table == "touches" else f"{table}{part}" if table == "roles" else ""].append(demand)
    late = tables["deals"].filter(pl.col("closed_at") >= touches_since + timedelta(days=TOUCH_DAYS))
    peopled = tables["roles"]
    parts = [
        (signals.join(late.select("deal_id"), on="deal_id", how="semi"), kinds["touches"]),
        (signals.join(peopled.select("deal_id"), on="deal_id", how="semi"), kinds["roles:"]),
        (signals, kinds[""]),
    ]
    return pl.concat([measure(tables, part, facts, asked, won=True) for part, asked in parts if asked])


def _due(demand: Demand, signals: pl.DataFrame, *, won: bool) -> Expression:
    tree = demand.due_won if won else demand.due
    # What no rule asks for is not computed: then it is not known where it is due, and every deal counts.
    return tree if names_in(tree) <= {*signals.columns, UNKNOWN.name} else TRUE


def _compiled(tree: Expression) -> pl.Expr:
    if tree in (TRUE, FALSE):
        return pl.col("deal_id").is_not_null() if tree == TRUE else pl.col("deal_id").is_null()
    return compiled(tree).fill_null(False)


def add_up(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return what was measured on disjoint sets of deals as one frame."""
    keys = ["rule", "source", "pipeline"]
    return pl.concat(parts).group_by(keys).agg(pl.col("deals").sum(), pl.col("kept").sum()).sort(keys)


def too_few(measured: pl.DataFrame) -> bool:
    """Whether some source is due on so few open deals that those that were won must help to decide."""
    return bool((measured.get_column("deals") < ENOUGH).any())


def verdicts(
    measured: pl.DataFrame,
    won: pl.DataFrame,
    demanded: Iterable[Demand],
    facts: Facts,
    previous: Iterable[CoverageVerdict] = (),
) -> tuple[CoverageVerdict, ...]:
    """Return the verdicts that follow from what was *measured* on open deals, and on those that were *won*.

    A pipeline that has no open deals just now keeps its *previous* verdicts.
    """
    asked = {(demand.rule, demand.source): demand for demand in demanded}
    before = {(verdict.rule, verdict.source, verdict.pipeline): verdict for verdict in previous}
    after = {key: verdict for key, verdict in before.items() if key[:2] in asked}
    helping = _counts(won)
    counts = _counts(measured)
    for (rule, source, pipeline), open_deals in counts.items():
        if rule == EVERY_DEAL:
            continue
        key, everywhere = (rule, source, pipeline), counts.get((EVERY_DEAL, source, pipeline), _Count())
        due = open_deals if open_deals.deals >= ENOUGH else open_deals + helping.get(key, _Count())
        old, demand = before.get(key), asked[rule, source]
        lack = lack_of(source, facts) or _lack(due, everywhere, demand.floor, old)
        lapsed = bool(lack) and old is not None and (old.judged or old.lapsed)
        after[key] = CoverageVerdict(*key, due.share, not lack, lapsed, due.deals, demand.floor, lack, demand.asked)
    return tuple(after[key] for key in sorted(after))


@dataclass(frozen=True, slots=True)
class _Count:
    deals: int = 0
    kept: int = 0

    @property
    def share(self) -> float:
        return self.kept / self.deals if self.deals else 0.0

    def __add__(self, other: _Count) -> _Count:
        return _Count(self.deals + other.deals, self.kept + other.kept)

    def reaches(self, bound: float) -> bool:
        """Whether enough of the deals have it; an empty source is never kept, however low the bound."""
        return self.share > 0 and self.share >= bound


def _counts(measured: pl.DataFrame) -> dict[tuple[str, str, str], _Count]:
    return {(rule, source, pipeline): _Count(*count) for rule, source, pipeline, *count in measured.iter_rows()}


def _lack(due: _Count, everywhere: _Count, floor: float, old: CoverageVerdict | None) -> Lack:
    if floor == 0:
        return ""  # empty means no
    was_judged = old is not None and old.judged
    bound = floor - LEAVING if was_judged else floor
    if due.deals >= (STILL_ENOUGH if was_judged else ENOUGH):
        return "" if due.reaches(bound) else "not kept"
    # What is kept on all deals alike is kept where it is due, as far as the few such deals say nothing else.
    kept_anyway = everywhere.deals >= ENOUGH and everywhere.reaches(bound) and (not due.deals or due.reaches(bound))
    return "" if kept_anyway else "too few to tell"


def in_force(previous: Iterable[CoverageVerdict], facts: Facts) -> tuple[CoverageVerdict, ...]:
    """Return the *previous* verdicts, but that what cannot be read by now, or is not mapped, counts at once."""
    return tuple(_as_readable(verdict, lack_of(verdict.source, facts)) for verdict in previous)


def _as_readable(verdict: CoverageVerdict, lack: Lack) -> CoverageVerdict:
    if not lack:
        return verdict
    return replace(verdict, judged=False, lapsed=verdict.judged or verdict.lapsed, share=0.0, lack=lack)


def still_asked(previous: Iterable[CoverageVerdict], demanded: Iterable[Demand]) -> tuple[CoverageVerdict, ...]:
    """Return those of the *previous* verdicts that answer what is *demanded* now; a rule that changed has none."""
    asked = {(demand.rule, demand.source): demand.asked for demand in demanded}
    return tuple(verdict for verdict in previous if asked.get((verdict.rule, verdict.source)) == verdict.asked)


def is_measured(previous: Iterable[CoverageVerdict], demanded: Iterable[Demand]) -> bool:
    """Whether there is a verdict on everything that is demanded, in some pipeline."""
    known = {(verdict.rule, verdict.source) for verdict in previous}
    asked = (demand for demand in demanded if demand.rule != EVERY_DEAL)
    return all((demand.rule, demand.source) in known for demand in asked)


def assumed(pipelines: Iterable[str], demanded: Iterable[Demand]) -> tuple[CoverageVerdict, ...]:
    """Return the verdicts by which signals are computed before anything was measured: that everything is kept."""
    shared = [demand.source for demand in demanded if demand.rule == EVERY_RULE]
    return tuple(
        CoverageVerdict(EVERY_RULE, source, pipeline, 1.0, judged=True)
        for pipeline in sorted(set(pipelines))
        for source in shared
    )


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a rule can hold nowhere: its worst source, on what share of the *deals* on which it is due that is kept."""

    source: str
    coverage: float
    floor: float
    why: Lack
    deals: int

    def as_dict(self) -> dict[str, Any]:
        """Return the reason in its fixed JSON shape."""
        return {
            "source": self.source,
            "coverage": self.coverage,
            "floor": self.floor,
            "why": self.why,
            "deals": self.deals,
        }


_ORDER: Final[Mapping[Lack, int]] = {"not mapped": 0, "not readable": 1, "not kept": 2, "too few to tell": 3, "": 4}


def judged_in(rule: Rule, catalogue: Mapping[str, Signal], covered: Covered) -> frozenset[str]:
    """Return the pipelines in which *rule* can hold, as far as coverage goes."""
    tree = holds(rule)
    return frozenset(
        pipeline
        for pipeline in covered.pipelines
        if can_be(tree, frozenset(_lacking(rule, pipeline, catalogue, covered)))
    )


def not_judged(
    ruleset: RuleSet, catalogue: Mapping[str, Signal], verdicts: Iterable[CoverageVerdict]
) -> Mapping[str, NotJudged]:
    """Return, by rule that can hold in no pipeline for want of a source, what it lacks most plainly."""
    covered = Covered.of(verdicts)
    lacking: dict[str, NotJudged] = {}
    for rule in ruleset.rules:
        if covered.pipelines and rule.mode != "off" and not judged_in(rule, catalogue, covered):
            parts = [_lacking(rule, pipeline, catalogue, covered) for pipeline in sorted(covered.pipelines)]
            lacking[rule.id] = _plainest(why for part in parts for why in part.values())
    return lacking


def not_judged_in(
    rule: Rule, catalogue: Mapping[str, Signal], verdicts: Iterable[CoverageVerdict], pipeline: str
) -> NotJudged | None:
    """Return what *rule* lacks most plainly in *pipeline*, if it can hold nowhere there for want of it."""
    lacking = _lacking(rule, pipeline, catalogue, Covered.of(verdicts))
    return None if can_be(holds(rule), frozenset(lacking)) else _plainest(lacking.values())


def _plainest(reasons: Iterable[NotJudged]) -> NotJudged:
    return min(reasons, key=lambda why: (_ORDER[why.why], why.coverage, why.source))


def _lacking(rule: Rule, pipeline: str, catalogue: Mapping[str, Signal], covered: Covered) -> Mapping[str, NotJudged]:
    """Return by signal that *rule* may not judge by in *pipeline* the source that it lacks."""
    lacking: dict[str, NotJudged] = {}
    for name in sorted(rule.signals):
        signal = catalogue[name]
        reasons = [_reason(rule, source, pipeline, covered) for source in sources_of(signal)]
        missing = [reason for reason in reasons if reason is not None]
        if missing and (len(missing) == len(reasons) or not signal.any_source):
            # Where one source suffices, the best kept is what the rule waits for.
            pick = max if signal.any_source else min
            lacking[name] = pick(missing, key=lambda why: (_ORDER[why.why], why.coverage, why.source))
    return lacking


def _reason(rule: Rule, source: str, pipeline: str, covered: Covered) -> NotJudged | None:
    verdict = covered.about(source, rule.id).get(pipeline)
    if verdict is None:
        floor = floor_of(rule, source)
        return NotJudged(source, 0.0, floor, "not kept", 0) if floor > 0 else None
    if verdict.judged:
        return None
    return NotJudged(source, verdict.share, verdict.floor, verdict.lack or "not kept", verdict.deals)
