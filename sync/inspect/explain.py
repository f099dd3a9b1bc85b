"""Why a deal looks as it does: signals, verdicts, the arithmetic of its score, and managed tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from rules.judgement import score
from rules.judgement.coverage import not_judged_in
from rules.judgement.limits import limits
from rules.judgement.why_not import why_clear, why_not_applicable, why_unknown
from rules.language.templates import render
from rules.model import CLEAR, NOT_APPLICABLE, Facts, Rule, RuleSet, Severity
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.connection.context import ReadyConnection
from sync.connection.facts import facts_for
from sync.judge.judge import Judged, judge
from sync.judge.past import Memory
from sync.model.not_judged import NotJudged
from sync.model.reason import Reason, reasons_by_deal
from sync.model.suppressed import CAUSES, Suppressed
from sync.plan.capacity import remembered
from sync.plan.history.own_tasks import latest_by_reason
from sync.plan.signal_row import template_values
from sync.store.store import Store


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """The verdict of a rule on the deal, with its evidence or the reason why it does not fire."""

    rule_id: str
    title: str
    family: str
    verdict: str  # a severity word, "clear", "unknown" or "not applicable"
    text: str
    mode: str = "on"

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict in its fixed JSON shape."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the store holds about a deal, judged as of the last pull."""

    connection: str
    deal_id: str
    deal_name: str
    as_of: datetime
    in_scope: bool
    signals: Mapping[str, Any]
    rules: tuple[RuleVerdict, ...]
    score: float | None
    band: str | None
    confidence: float | None
    band_by: str | None  # "score", or "severity" where a severe finding keeps the band up
    reasons: tuple[Reason, ...]
    counterfactual: str | None
    tasks: tuple[Mapping[str, Any], ...]
    suppressed: tuple[Mapping[str, Any], ...]  # families that a cap keeps from having a task, as of the last cycle
    history: tuple[Mapping[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation in its fixed JSON shape."""
        body = {name: getattr(self, name) for name in self.__slots__}
        body["as_of"] = self.as_of.isoformat()
        body["reasons"] = [reason.as_dict() for reason in self.reasons]
        body["rules"] = [rule.as_dict() for rule in self.rules]
        for name in ("signals", "tasks", "suppressed", "history"):
            body[name] = _plain(body[name])
        return body


def find_deals(connected: ReadyConnection, store: Store, deal: str) -> list[str]:
    """Return the ids of the deals that *deal* means: the deal of this id, or else all of exactly this name."""
    seen = store.connections.last_seen(connected.name)
    ids = [] if seen is None else store.lookups.find_deals(seen.conn, deal)
    return [deal_id for deal_id in ids if deal in (deal_id, deal_id[:15])] or ids


def explain(connected: ReadyConnection, store: Store, deal_id: str) -> Explanation:
    """Explain a deal that ``find_deals`` found."""
    seen = store.connections.last_seen(connected.name)
    assert seen is not None, "a deal was found in what was read"
    countries = store.lookups.owner_countries(seen.conn)
    facts = facts_for(connected, seen.org, seen.capabilities, seen.at, countries)
    facts = replace(
        facts,
        coverage=store.previews.coverage(seen.conn),
        silent_owners=store.previews.silent_owners(seen.conn),
    )
    closed = store.lookups.endings(seen.conn, [deal_id])[deal_id] is not None
    since = seen.at - timedelta(days=connected.touches_days)
    tables = store.frames.of_deals(seen.conn, [deal_id], now=seen.at, touches_since=since, closed=closed)
    ruleset = connected.ruleset.judged("closed" if closed else "open")
    tasks = store.tasks.all(seen.conn).filter(pl.col("deal_id") == deal_id).sort("created_at")
    managed = latest_by_reason(tasks, connected.ruleset.families)
    memory = Memory(store, seen.conn, managed, connected.ruleset, first=store.judgements.state(seen.conn) is None)
    judged = judge(tables, facts, ruleset, memory.of(tables), store.previews.late_rules(seen.conn), every_signal=True)
    suppressed = remembered(store.previews.suppressed(seen.conn, deal_id))
    return _explanation(connected, facts, ruleset, judged, (tasks, tables["changes"]), suppressed)


def _explanation(
    connected: ReadyConnection,
    facts: Facts,
    ruleset: RuleSet,
    judged: Judged,
    past: tuple[pl.DataFrame, pl.DataFrame],
    suppressed: Iterable[Suppressed],
) -> Explanation:
    signals = judged.signals.row(0, named=True)
    tasks, changes = past
    inside = not judged.verdicts.is_empty()
    scored = judged.scores.row(0, named=True) if inside else {}
    return Explanation(
        connection=connected.name,
        deal_id=signals["deal_id"],
        deal_name=signals["name"] or "",
        as_of=facts.now,
        in_scope=inside,
        signals=dict(sorted(signals.items())),
        rules=tuple(_verdicts(ruleset, judged, facts)) if inside else (),
        score=scored.get("score"),
        band=scored.get("band"),
        confidence=scored.get("confidence"),
        band_by=scored.get("band_by"),
        reasons=reasons_by_deal(ruleset, judged.sums).get(signals["deal_id"], ()),
        counterfactual=_counterfactual(ruleset.active(), judged),
        tasks=tuple(tasks.iter_rows(named=True)),
        suppressed=tuple(_suppressed(each) for each in suppressed),
        history=tuple(changes.sort("at", descending=True).head(20).iter_rows(named=True)),
    )


def _suppressed(suppressed: Suppressed) -> dict[str, Any]:
    want = suppressed.want
    named = {"family": want.family, "severity": want.severity.word, "owner_id": want.owner_id}
    return {**named, "cause": suppressed.cause, "because": CAUSES[suppressed.cause]}


def _verdicts(ruleset: RuleSet, judged: Judged, facts: Facts) -> Iterator[RuleVerdict]:
    active, muted = judged.verdicts.row(0, named=True), judged.shadow_verdicts.row(0, named=True)
    streaks = {row["rule_id"]: row for row in judged.streaks.iter_rows(named=True)}
    for rule in ruleset.rules:
        shadowed = rule.id in muted and muted[rule.id] != NOT_APPLICABLE
        code = muted[rule.id] if shadowed else active.get(rule.id, NOT_APPLICABLE)
        streak = streaks.get(rule.id) if code is not None else None
        word, text = _verdict(ruleset, rule, code, judged.signals, holds=streak is not None and streak["holds"])
        if code is None:
            text = _uncovered(rule, judged.signals.row(0, named=True), facts) or text
        if streak is not None:
            text = _time(rule, streak) + text
        yield RuleVerdict(rule.id, rule.title, rule.family, word, text, "shadow" if shadowed else rule.mode)


def _uncovered(rule: Rule, signals: Mapping[str, Any], facts: Facts) -> str:
    """Return which source *rule* wants for on a deal, or whose silence says nothing; nothing where it is neither."""
    catalogue = with_extras(CATALOGUE, facts.extras)
    lack = not_judged_in(rule, catalogue, facts.coverage, signals["pipeline"] or "")
    if lack is not None:
        return str(NotJudged(**lack.as_dict()))
    unlogged = rule.silence and signals["owner_id"] in facts.silent_owners
    return "the owner logs too few replies, calls and meetings for silence to say anything" if unlogged else ""


def _time(rule: Rule, streak: Mapping[str, Any]) -> str:
    """Return for how long a rule has held that waits to fire, or been clear whose finding is kept; else nothing."""
    span = rule.for_ if streak["holds"] else rule.keep_for
    if span is None:
        return ""
    done = replace(span, count=streak["business_days" if span.business else "days"])
    return f"{'holds' if streak['holds'] else 'clear, but kept'} for {done} of {span}: "


def _counterfactual(ruleset: RuleSet, judged: Judged) -> str | None:
    """Return what would lower the score most: what must be done for that rule to be clear."""
    best = score.counterfactual(ruleset, judged.sums, judged.signals)
    if best is None:
        return None
    rule = ruleset.rule(best.rule_id)
    values = template_values(judged.signals.row(0, named=True))
    done = render(rule.done, {**values, "target": rule.target}) or rule.title
    return f"{' '.join(done.splitlines())} ({rule.id}): {best.score:g} -> {best.without:g}"


def _verdict(ruleset: RuleSet, rule: Rule, code: int | None, signals: pl.DataFrame, *, holds: bool) -> tuple[str, str]:
    """Return a verdict's word, with its evidence or the reason why there is none.

    *holds*: a rule that counts as clear holds already, and waits for the end of its ``for``.
    """
    if code is None:
        return "unknown", why_unknown(rule, signals)
    if code == NOT_APPLICABLE:
        return "not applicable", why_not_applicable(rule, signals)
    if code == CLEAR and not holds:
        return "clear", why_clear(rule, signals)
    word = "clear" if code == CLEAR else Severity(code).word
    row = signals.row(0, named=True)
    finding = pl.DataFrame({"deal_id": [row["deal_id"]], "rule_id": [rule.id], "severity": [code]})
    crossed = limits(ruleset, finding, signals).get_column("limit")
    values = {**template_values(row), "target": rule.target, "level": word, "limit": next(iter(crossed), None)}
    # The evidence is empty where another finding speaks of all of it: that is its title's to say.
    return word, render(rule.evidence, values, ruleset.language) or rule.title


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
