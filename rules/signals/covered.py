"""What can be seen: which sources may be read, and in which pipelines they are kept well enough to judge by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from rules.language.signal import Signal
from rules.model import About, CoverageVerdict, Facts, Rule

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
    """Coverage verdicts, to be asked by source and kind of rule."""

    judged: Mapping[tuple[str, str], frozenset[str]]
    lapsed: Mapping[tuple[str, str], frozenset[str]]
    pipelines: frozenset[str]

    @classmethod
    def of(cls, verdicts: Iterable[CoverageVerdict]) -> Covered:
        """Index *verdicts*."""
        judged: dict[tuple[str, str], set[str]] = {}
        lapsed: dict[tuple[str, str], set[str]] = {}
        pipelines: set[str] = set()
        for verdict in verdicts:
            pipelines.add(verdict.pipeline)
            index = judged if verdict.judged else lapsed if verdict.lapsed else None
            if index is not None:
                index.setdefault((verdict.source, verdict.about), set()).add(verdict.pipeline)
        return cls(
            judged={key: frozenset(names) for key, names in judged.items()},
            lapsed={key: frozenset(names) for key, names in lapsed.items()},
            pipelines=frozenset(pipelines),
        )

    def judged_in(self, source: str, about: About) -> frozenset[str]:
        """Return the pipelines in which *source* is kept well enough."""
        return self.judged.get((source, about), frozenset())

    def lapsed_in(self, source: str, about: About) -> frozenset[str]:
        """Return the pipelines in which *source* once was kept well enough and no longer is."""
        return self.lapsed.get((source, about), frozenset())

    def signal_in(self, signal: Signal, about: About) -> frozenset[str] | None:
        """Return the pipelines in which *signal* may be judged by; None if its evidence needs no coverage."""
        if not signal.sources:
            return None
        sets = [self.judged_in(source, about) for source in signal.sources]
        return frozenset[str]().union(*sets) if signal.any_source else sets[0].intersection(*sets[1:])

    def rule_in(self, rule: Rule, catalogue: Mapping[str, Signal]) -> frozenset[str] | None:
        """Return the pipelines in which every signal that *rule* needs is covered; None if none needs coverage."""
        common: frozenset[str] | None = None
        for name in sorted(rule.signals):
            pipelines = self.signal_in(catalogue[name], rule.kept_as)
            if pipelines is not None:
                common = pipelines if common is None else common & pipelines
        return common


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
    return ~in_pipelines(frozenset().union(*(covered.lapsed_in(source, "recency") for source in ("touches", *kinds))))
