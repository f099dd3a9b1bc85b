"""What can be seen: which sources may be read, and in which pipelines they are kept well enough to judge by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from rules.language.signal import Signal
from rules.model import EVERY_RULE, CoverageVerdict, Facts, Rule

TOUCH_KINDS: Final = ("meeting", "call", "email")
"""The kinds of touch that can be two-way."""


def in_pipelines(names: Iterable[str]) -> pl.Expr:
    """Whether a deal's pipeline is one of *names*; never null."""
    wanted = sorted(names)
    if not wanted:
        return pl.lit(False)
    return pl.col("pipeline").fill_null("").is_in(wanted)


@dataclass(frozen=True, slots=True)
class Covered:
    """Coverage verdicts by (rule, source) and pipeline, to be asked for one rule, or for the signals of all."""

    verdicts: Mapping[tuple[str, str], Mapping[str, CoverageVerdict]]
    pipelines: frozenset[str]

    @classmethod
    def of(cls, verdicts: Iterable[CoverageVerdict]) -> Covered:
        """Index *verdicts*."""
        index: dict[tuple[str, str], dict[str, CoverageVerdict]] = {}
        pipelines: set[str] = set()
        for verdict in verdicts:
            pipelines.add(verdict.pipeline)
            index.setdefault((verdict.rule, verdict.source), {})[verdict.pipeline] = verdict
        return cls(index, frozenset(pipelines))

    def about(self, source: str, rule_id: str = EVERY_RULE) -> Mapping[str, CoverageVerdict]:
        """Return the verdicts on *source* by pipeline: those of the rule, else those that count for every rule."""
        own = self.verdicts.get((rule_id, source), _NONE)
        return own or self.verdicts.get((EVERY_RULE, source), _NONE)

    def judged_in(self, source: str, rule_id: str = EVERY_RULE) -> frozenset[str]:
        """Return the pipelines in which *source* is kept well enough."""
        return frozenset(pipeline for pipeline, verdict in self.about(source, rule_id).items() if verdict.judged)

    def lapsed_in(self, source: str, rule_id: str = EVERY_RULE) -> frozenset[str]:
        """Return the pipelines in which *source* once was kept well enough and no longer is."""
        verdicts = self.about(source, rule_id).items()
        return frozenset(pipeline for pipeline, verdict in verdicts if verdict.lapsed and not verdict.judged)

    def signal_in(self, signal: Signal, rule: Rule) -> frozenset[str] | None:
        """Return the pipelines in which *rule* may judge by *signal*; None if its evidence needs no coverage.

        Of deals that closed, only what is measured on open deals is asked: a field filled at the end is due nowhere
        before.
        """
        sources = signal.sources
        if rule.scope == "closed":
            sources = tuple(source for source in sources if (EVERY_RULE, source) in self.verdicts)
        if not sources:
            return None
        sets = [self.judged_in(source, rule.id) for source in sources]
        return frozenset[str]().union(*sets) if signal.any_source else sets[0].intersection(*sets[1:])

    def masks(
        self, rule: Rule, catalogue: Mapping[str, Signal], pipelines: Iterable[str]
    ) -> Mapping[frozenset[str], frozenset[str]]:
        """Return by set of signals that *rule* may not judge by the *pipelines* in which it is that set."""
        covered = {name: self.signal_in(catalogue[name], rule) for name in rule.signals}
        groups: dict[frozenset[str], set[str]] = {}
        for pipeline in pipelines:
            lacking = (name for name, judged in covered.items() if judged is not None and pipeline not in judged)
            groups.setdefault(frozenset(lacking), set()).add(pipeline)
        return {names: frozenset(group) for names, group in groups.items()}


_NONE: Final[Mapping[str, CoverageVerdict]] = {}


def roles_seen(facts: Facts) -> bool:
    """Whether the role rows of deals can be read and are fresh."""
    return facts.readable.get("roles", True) and "roles" not in facts.stale_tables


def role_seen(facts: Facts, role: str) -> bool:
    """Whether the absence of *role* could be seen: its rows, and a lookup field that stands for it."""
    fields = [f"field:{element}" for element, mapped in facts.element_roles.items() if mapped == role]
    return roles_seen(facts) and all(facts.readable.get(source, True) for source in (f"roles:{role}", *fields))


def touches_seen(facts: Facts, covered: Covered) -> pl.Expr:
    """Whether, per deal, a missing touch is a sign of silence, and not of records that cannot be seen.

    Touches and roles (which tie touches to deals) must be readable and fresh, and no kind of touch that this
    pipeline once logged may have vanished from it.
    """
    kinds = [f"touches:{kind}" for kind in TOUCH_KINDS]
    # One readable kind suffices: an org may log calls and no mail.
    readable = facts.readable.get("touches", True) and any(facts.readable.get(kind, True) for kind in kinds)
    fresh = not facts.stale_tables & {"touches", "touch_links"}
    if not (readable and fresh and roles_seen(facts)):
        return pl.lit(False)
    return ~in_pipelines(frozenset().union(*(covered.lapsed_in(source) for source in ("touches", *kinds))))
