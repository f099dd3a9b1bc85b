"""The deals in scope as last read: score, reasons, and every finding with its evidence, in words and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from rules.judgement import coverage
from rules.judgement.owners import silent
from rules.judgement.score import BANDS
from rules.language.plain_text import one_line
from rules.language.templates import render
from rules.model import RuleSet
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.connection.context import ReadyConnection
from sync.connection.facts import facts_for
from sync.judge.chunks import CHUNK
from sync.judge.judge import Judged, judge
from sync.judge.past import Memory
from sync.model.finding import Finding, in_order
from sync.model.not_judged import NotJudged, causes
from sync.model.reason import Reason, reasons_by_deal
from sync.plan.deal_view import findings_by_deal
from sync.plan.history.own_tasks import latest_by_reason
from sync.plan.signal_row import template_values
from sync.store.store import Store

_LONGEST: Final = 200
"""Characters of a name that a report shows."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rule that holds on a deal, with the evidence in words."""

    rule_id: str
    title: str
    family: str
    severity: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Line:
    """A deal as a report shows it; every text from the CRM is a single line without control characters."""

    deal_id: str
    name: str
    owner: str
    phase: str
    segment: str
    amount: float | None
    close_date: date | None
    score: float
    band: str
    confidence: float
    band_by: str
    reasons: tuple[Reason, ...]
    findings: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """Every deal in scope of a connection, riskiest first, judged by the rules in force as of the last pull.

    *not_judged* are the rules that want for a source, each with the reason in the shape that cycles report.
    """

    org: str
    as_of: datetime
    deals: tuple[Line, ...]
    not_judged: Mapping[str, NotJudged]

    @property
    def bands(self) -> Mapping[str, int]:
        """How many deals each band has, worst band first."""
        count = Counter(line.band for line in self.deals)
        return {word: count[word] for word in reversed(BANDS)}

    @property
    def rules(self) -> Mapping[str, int]:
        """On how many deals each rule holds, the most frequent first."""
        count = Counter(finding.rule_id for line in self.deals for finding in line.findings)
        return dict(sorted(count.items(), key=lambda entry: (-entry[1], entry[0])))

    @property
    def causes(self) -> Mapping[str, tuple[str, ...]]:
        """Why rules are not judged, each cause with its rules."""
        return causes(self.not_judged)

    def as_dict(self) -> dict[str, Any]:
        """Return the report in its fixed JSON shape."""
        deals = [asdict(line) for line in self.deals]
        for line, deal in zip(self.deals, deals, strict=True):
            deal["reasons"] = [reason.as_dict() for reason in line.reasons]
            deal["close_date"] = deal["close_date"].isoformat() if deal["close_date"] else None
            deal["found"] = deal.pop("findings")
        return {
            "org": self.org,
            "as_of": self.as_of.isoformat(),
            "bands": dict(self.bands),
            "rules": dict(self.rules),
            "not_judged": {rule: str(why) for rule, why in self.not_judged.items()},
            "deals": deals,
        }


def report(connected: ReadyConnection, store: Store) -> PipelineReport | None:
    """Report the open deals of a connection that are in scope; None where nothing was read yet. It asks no CRM."""
    seen = store.connections.last_seen(connected.name)
    if seen is None:
        return None
    verdicts = store.previews.coverage(seen.conn)
    countries = store.lookups.owner_countries(seen.conn)
    facts = replace(facts_for(connected, seen.org, seen.capabilities, seen.at, countries), coverage=verdicts)
    facts = replace(facts, silent_owners=silent(store.judgements.owners(seen.conn)))
    ruleset, since = connected.ruleset.judged(), seen.at - timedelta(days=connected.touches_days)
    managed = latest_by_reason(store.tasks.all(seen.conn), connected.ruleset.families)
    memory = Memory(store, seen.conn, managed, connected.ruleset, first=store.judgements.state(seen.conn) is None)
    late = store.previews.late_rules(seen.conn)
    lines: list[Line] = []
    for ids in store.lookups.deal_chunks(seen.conn, CHUNK):
        tables = store.frames.of_deals(seen.conn, ids, now=seen.at, touches_since=since)
        lines += _lines(judge(tables, facts, ruleset, memory.of(tables), late), connected.ruleset)
    missing = coverage.not_judged(connected.ruleset, with_extras(CATALOGUE, connected.extras), verdicts)
    return PipelineReport(
        org=one_line(seen.org.name, _LONGEST),
        as_of=seen.at,
        deals=tuple(
            sorted(lines, key=lambda line: (-BANDS.index(line.band), -(line.amount or 0.0), line.name, line.deal_id))
        ),
        not_judged={rule: NotJudged(**why.as_dict()) for rule, why in sorted(missing.items())},
    )


def _lines(judged: Judged, ruleset: RuleSet) -> Iterator[Line]:
    by_deal = findings_by_deal(judged.findings, ruleset)
    reasons = reasons_by_deal(ruleset, judged.sums)
    scored = judged.scores.join(judged.signals, on="deal_id", how="left", maintain_order="left")
    for row in scored.iter_rows(named=True):
        values = template_values(row)
        rules = in_order(rule for family in by_deal.get(row["deal_id"], {}).values() for rule in family)
        yield Line(
            deal_id=row["deal_id"],
            **{name: one_line(row[source] or "", _LONGEST) for name, source in _TEXTS.items()},
            amount=row["amount"],
            close_date=row["close_date"],
            score=row["score"],
            band=row["band"],
            confidence=row["confidence"],
            band_by=row["band_by"],
            reasons=reasons.get(row["deal_id"], ()),
            findings=tuple(_evidence(rule, values, ruleset) for rule in rules),
        )


_TEXTS: Final = {"name": "name", "owner": "owner_name", "phase": "phase", "segment": "segment"}


def _evidence(found: Finding, values: Mapping[str, Any], ruleset: RuleSet) -> Evidence:
    rule, word = found.rule, found.severity.word
    evidence = (
        render(rule.evidence, {**values, "target": rule.target, "level": word, "limit": found.limit}, ruleset.language)
        or ""
    )
    if not evidence and found.explained_by is not None:  # all that it saw, the other finding tells
        evidence = f"covered by {ruleset.rule(found.explained_by).title}"
    return Evidence(rule.id, rule.title, rule.family, word, "; ".join(evidence.splitlines()))
