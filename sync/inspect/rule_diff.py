"""What another rule set would say of the deals in the mirror: by rule, by rep, and by amount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import polars as pl

from rules.judgement.streaks import Past
from rules.model import Facts, RuleSet
from sync.connection.context import ReadyConnection
from sync.connection.facts import facts_for
from sync.judge.chunks import CHUNK, Tables
from sync.judge.judge import Judged, judge
from sync.store.connections import LastSeen
from sync.store.store import Store

_PAIR: Final = ["deal_id", "rule_id"]
_NOBODY: Final = "(no owner)"


@dataclass(slots=True)
class Shift:
    """How the findings of a rule, or of a rep's deals, differ: so many appear, end, or change in severity.

    *amount* is that of the deals concerned, each counted once.
    """

    appear: int = 0
    end: int = 0
    change: int = 0
    amount: float = 0.0
    deals: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a finding that differs."""
        kind = "appear" if row["before"] is None else "end" if row["after"] is None else "change"
        setattr(self, kind, getattr(self, kind) + 1)
        if row["deal_id"] not in self.deals:
            self.amount += row["amount"] or 0.0
            self.deals.add(row["deal_id"])

    def as_dict(self) -> dict[str, Any]:
        """Return the shift in its fixed JSON shape."""
        counts = {name: getattr(self, name) for name in ("appear", "end", "change", "amount")}
        return {**counts, "deals": len(self.deals)}


@dataclass(slots=True)
class Difference:
    """What differs on a connection; *before* and *after* count all findings, *scores* the deals whose score moves."""

    deals: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Shift] = field(default_factory=dict)
    reps: dict[str, Shift] = field(default_factory=dict)
    scores: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything would be different."""
        return bool(self.rules or self.scores)

    def as_dict(self) -> dict[str, Any]:
        """Return the difference in its fixed JSON shape."""
        rules = {
            rule: {"before": self.before[rule], "after": self.after[rule], **shift.as_dict()}
            for rule, shift in sorted(self.rules.items())
        }
        reps = {rep: shift.as_dict() for rep, shift in sorted(self.reps.items())}
        return {"deals": self.deals, "rules": rules, "reps": reps, "scores": self.scores, "changed": self.changed}


def compare(connected: ReadyConnection, store: Store, base: RuleSet) -> Difference | None:
    """Compare the verdicts of a connection's rules on its open deals with those of *base*; None if nothing was read.

    Both judge the mirror as of the last pull, by the coverage in force, without waiting: a difference in ``for`` or
    ``keep_for`` alone is not shown.
    """
    seen = store.connections.last_seen(connected.name)
    if seen is None:
        return None
    countries = store.lookups.owner_countries(seen.conn)
    facts = facts_for(connected, seen.org, seen.capabilities, seen.at, countries)
    facts = replace(
        facts,
        coverage=store.previews.coverage(seen.conn),
        silent_owners=store.previews.silent_owners(seen.conn),
    )
    difference = Difference()
    for tables, past in _chunks(connected, store, seen):
        before, after = (_judged(tables, facts, rules, past) for rules in (base, connected.ruleset))
        _add_findings(difference, before, after)
        difference.scores += _moved(before, after)
        difference.deals += after.signals.height
    return difference


def _chunks(connected: ReadyConnection, store: Store, seen: LastSeen) -> Iterator[tuple[Tables, Past]]:
    since = seen.at - timedelta(days=connected.touches_days)
    for ids in store.lookups.deal_chunks(seen.conn, CHUNK):
        tables = store.frames.of_deals(seen.conn, ids, now=seen.at, touches_since=since)
        yield tables, Past(held=store.judgements.findings(seen.conn, ids), first=True)


def _judged(tables: Tables, facts: Facts, ruleset: RuleSet, past: Past) -> Judged:
    rules = tuple(replace(rule, keep_for=None) for rule in ruleset.judged().rules)
    return judge(tables, facts, replace(ruleset, rules=rules), past)


def _add_findings(difference: Difference, before: Judged, after: Judged) -> None:
    sides = [side.findings.select(*_PAIR, "severity") for side in (before, after)]
    for counter, side in zip((difference.before, difference.after), sides, strict=True):
        counter.update(dict(side.group_by("rule_id").len().iter_rows()))
    deals = after.signals.select("deal_id", "amount", pl.col("owner_name").fill_null(_NOBODY))
    old, new = (side.rename({"severity": name}) for name, side in zip(("before", "after"), sides, strict=True))
    differing = (
        old.join(new, on=_PAIR, how="full", coalesce=True)
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .join(deals, on="deal_id", how="left")
        .sort(_PAIR)
    )
    for row in differing.iter_rows(named=True):
        difference.rules.setdefault(row["rule_id"], Shift()).add(row)
        difference.reps.setdefault(row["owner_name"], Shift()).add(row)


def _moved(before: Judged, after: Judged) -> int:
    """Count the deals whose score differs, and those that only one of the rule sets judges."""
    both = before.scores.select("deal_id", old="score").join(
        after.scores.select("deal_id", new="score"), on="deal_id", how="full", coalesce=True
    )
    return both.filter(pl.col("old").ne_missing(pl.col("new"))).height
