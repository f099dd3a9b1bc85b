"""What rules are worth: what became of their tasks, how many a rep gets, and which rules say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args

import polars as pl

from rules.judgement.owners import silent
from rules.judgement.streaks import Past
from sync.connection.context import ReadyConnection
from sync.connection.facts import facts_for
from sync.judge.chunks import CHUNK
from sync.judge.judge import judge
from sync.model.local_time import local_time
from sync.model.noise import Result, TaskOutcome, result_of
from sync.model.task_stated import rules_in
from sync.store.connections import LastSeen
from sync.store.store import Store

RESULTS: Final[tuple[Result, ...]] = get_args(Result)

_WEEK: Final = timedelta(days=7)
_OUTCOME: Final = ("body", "reason", "answer", "due", "is_open", "is_deleted", "completed_at")


@dataclass(slots=True)
class RuleQuality:
    """One rule: its tasks by what became of them, and its findings of now by the rules that hold on the same deals.

    *explained* counts findings by the rule that explains them, *beside* by each other rule that holds there too.
    """

    results: Counter[Result] = field(default_factory=Counter)
    findings: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)

    @property
    def tasks(self) -> int:
        """Count all tasks that name the rule."""
        return self.results.total()

    def share(self, count: int) -> float:
        """Return *count* as a share of the rule's findings."""
        return count / self.findings if self.findings else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The rules of a connection; *reps* are the owners of open deals, *weeks* those since the first managed task."""

    reps: int
    weeks: float
    rules: dict[str, RuleQuality]

    def tasks_a_week(self, rule: RuleQuality) -> float:
        """Return how many tasks of a rule a rep gets in a week."""
        return rule.tasks / self.weeks / self.reps if self.reps else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the quality in its fixed JSON shape; overlaps are shares of the rule's findings."""
        return {
            "reps": self.reps,
            "weeks": round(self.weeks, 1),
            "rules": {rule_id: self._rule(quality) for rule_id, quality in self.rules.items()},
        }

    def _rule(self, quality: RuleQuality) -> dict[str, Any]:
        return {
            "tasks": quality.tasks,
            "results": {result: quality.results[result] for result in RESULTS},
            "tasks_a_week_a_rep": round(self.tasks_a_week(quality), 3),
            "findings": quality.findings,
            "explained_by": {rule: round(quality.share(count), 3) for rule, count in quality.explained.most_common()},
            "beside": {rule: round(quality.share(count), 3) for rule, count in quality.beside.most_common()},
        }


def quality_of(connected: ReadyConnection, store: Store) -> Quality | None:
    """Return what the rules of a connection are worth, as last read; None if nothing was read.

    Most tasks first, then by id. Rules that are on or in digests are listed without tasks too, those in shadow not.
    """
    seen = store.connections.last_seen(connected.name)
    if seen is None:
        return None
    rules = {rule.id: RuleQuality() for rule in connected.ruleset.rules if rule.mode in ("on", "digest")}
    tasks = store.tasks.all(seen.conn)
    _add_tasks(rules, tasks, local_time(seen.org.time_zone, seen.at).date())
    reps: set[str] = set()
    for findings, owners in _judged(connected, store, seen):
        _add_findings(rules, findings)
        reps.update(owners)
    ordered = sorted(rules.items(), key=lambda entry: (-entry[1].tasks, entry[0]))
    return Quality(len(reps), _weeks(tasks, seen.at), dict(ordered))


def _add_tasks(rules: dict[str, RuleQuality], tasks: pl.DataFrame, today: date) -> None:
    for row in tasks.select(_OUTCOME).iter_rows():
        outcome = TaskOutcome(*row)
        result = result_of(outcome, today)
        for rule_id, _ in rules_in(outcome.body or "") or ():
            rules.setdefault(rule_id, RuleQuality()).results[result] += 1


def _weeks(tasks: pl.DataFrame, now: datetime) -> float:
    """Return the weeks since the first managed task; one at least, so that a first day is no flood."""
    first = tasks.get_column("created_at").drop_nulls().sort().head(1).to_list()
    weeks: list[float] = [(now - moment) / _WEEK for moment in first]
    return max([1.0, *weeks])


def _judged(connected: ReadyConnection, store: Store, seen: LastSeen) -> Iterator[tuple[pl.DataFrame, list[str]]]:
    """Yield the findings of the open deals as last read, chunk by chunk, and the deals' owners."""
    facts = replace(
        facts_for(connected, seen.org, seen.capabilities, seen.at, store.lookups.owner_countries(seen.conn)),
        coverage=store.judgements.coverage(seen.conn),
        silent_owners=silent(store.judgements.owners(seen.conn)),
    )
    since = seen.at - timedelta(days=connected.touches_days)
    late = store.judgements.late_rules(seen.conn)
    for ids in store.lookups.deal_chunks(seen.conn, CHUNK):
        tables = store.frames.of_deals(seen.conn, ids, now=seen.at, touches_since=since)
        past = Past(held=store.judgements.findings(seen.conn, ids), first=True)
        judged = judge(tables, facts, connected.ruleset.judged(), past, late)
        yield judged.findings, judged.signals.get_column("owner_id").drop_nulls().unique().to_list()


def _add_findings(rules: dict[str, RuleQuality], findings: pl.DataFrame) -> None:
    held = findings.select("deal_id", "rule_id", "explained_by")
    for rule_id, cause in held.select("rule_id", "explained_by").iter_rows():
        quality = rules.setdefault(rule_id, RuleQuality())
        quality.findings += 1
        if cause is not None:
            quality.explained[cause] += 1
    pairs = held.join(held.select("deal_id", other="rule_id"), on="deal_id").filter(
        pl.col("rule_id") != pl.col("other")
    )
    for rule_id, other, count in pairs.group_by("rule_id", "other").len().sort("rule_id", "other").iter_rows():
        rules[rule_id].beside[other] += count


def sentences(rule_id: str, quality: RuleQuality, a_week: float) -> Iterable[str]:
    """Yield what there is to say of a rule, in words."""
    if quality.tasks:
        became = ", ".join(
            f"{quality.results[result]:,} {_WORDS[result]}" for result in RESULTS if quality.results[result]
        )
        yield f"{rule_id}: {quality.tasks:,} tasks, {a_week:.2f} a week a rep: {became}."
    else:
        yield f"{rule_id}: no tasks."
    if not quality.findings:
        yield "It holds on no open deal."
        return
    overlaps = [f"{quality.share(count):.0%} explained by {rule}" for rule, count in quality.explained.most_common(2)]
    overlaps += [f"{quality.share(count):.0%} beside {rule}" for rule, count in quality.beside.most_common(2)]
    yield f"Holds on {quality.findings:,} open deals: {', '.join(overlaps) or 'alone on each'}."


_WORDS: Final[dict[Result, str]] = {
    "resolved": "resolved",
    "completed": "completed by a person",
    "dismissed": "deleted",
    "not_a_risk": "answered not a risk",
    "wrong_data": "answered wrong data",
    "snoozed": "snoozed",
    "expired": "expired",
    "moot": "closed with the deal or the rule",
    "open": "open",
}
