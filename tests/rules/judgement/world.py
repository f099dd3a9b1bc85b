"""A small world of deals to judge, on a Monday noon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from connectors.model import ELEMENTS, PHASES, ROLES, TABLES
from rules.judgement import coverage
from rules.judgement.demands import Demand, demands, measured_by
from rules.language.condition import parse
from rules.language.location import Location
from rules.model import EVERY_RULE, CoverageVerdict, Facts, Family, Gates, Level, Rule, RuleSet, Severity, SeverityCase
from rules.signals.asked import asked
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.signals.compute import compute

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
HERE = Location("test.toml")
SOURCES = (
    "phase",
    "roles",
    *(f"roles:{role}" for role in ROLES),
    "touches",
    "touches:meeting",
    "touches:call",
    "touches:email",
    *(f"field:{element}" for element in ELEMENTS),
    "confirmed",
)
GATES = Gates(
    minimum={
        "discovery": {"metrics": 1, "economic_buyer": 1, "implicate_pain": 2, "champion": 1},
        "qualification": {"metrics": 2, "economic_buyer": 2, "implicate_pain": 2, "champion": 2, "competition": 1},
        "evaluation": {"metrics": 2, "economic_buyer": 2, "implicate_pain": 2, "champion": 2, "paper_process": 1},
        "business_case": {"metrics": 3, "economic_buyer": 3, "champion": 3, "paper_process": 2},
    },
    segments={"smb": {"evaluation": {"economic_buyer": 1}}},
    fresh_days={"economic_buyer": 30, "champion": 14},
    grace=3,
)


def condition(text: str) -> Any:
    return parse(text, CATALOGUE, HERE)


def judged(*sources: str, pipeline: str = "default", by: str = EVERY_RULE) -> tuple[CoverageVerdict, ...]:
    """Verdicts that say yes to *sources*, for every rule or for one."""
    return tuple(CoverageVerdict(by, source, pipeline, 1.0, judged=True) for source in sources)


def rule(rule_id: str, family: str = "threading", **keys: Any) -> Rule:
    """A rule whose conditions are given as text."""
    given = [name for name in ("when", "applies", "applies_also") if name in keys]
    texts: dict[str, Any] = {name: condition(keys[name]) for name in given}
    names = {name for parsed in texts.values() for name in parsed.names}
    levels = tuple(
        Level(
            None if where is None else condition(where),
            {Severity[word.upper()]: bound for word, bound in bounds.items()},
        )
        for where, bounds in keys.pop("levels", ())
    )
    severity = tuple(
        SeverityCase(None if where is None else condition(where), Severity[word.upper()])
        for where, word in keys.pop("severity", ())
    )
    wheres = [*(level.where for level in levels), *(case.where for case in severity)]
    names |= {name for where in wheres if where is not None for name in where.names}
    names |= {keys["measure"]} if "measure" in keys else set()
    texts_of_rule = {"title": rule_id.capitalize(), "evidence": "", "advice": "", "done": ""}
    merged: dict[str, Any] = {**texts_of_rule, **keys, **texts}
    return Rule(
        id=rule_id,
        family=family,
        pack="test",
        location=HERE,
        levels=levels,
        severity=severity,
        signals=frozenset(names),
        **merged,
    )


def ruleset(*rules: Rule, scope: str | None = None) -> RuleSet:
    points = {Severity.WARN: 8.0, Severity.HIGH: 14.0, Severity.CRITICAL: 18.0}
    families = {name: Family(name, points, "subject", 3) for name in {rule.family for rule in rules}}
    return RuleSet(
        rules=tuple(rules),
        families=families,
        segments=(
            ("enterprise", condition("amount >= 100_000")),
            ("mid", condition("amount >= 25_000")),
            ("smb", condition("amount < 25_000")),
        ),
        scope=condition(scope) if scope else None,
        gates=GATES,
        fingerprint="test",
    )


EVERYTHING_KEPT = Facts(
    now=NOW,
    today=NOW.date(),
    time_zone="UTC",
    phases={("default", phase): phase for phase in PHASES},
    coverage=judged(*SOURCES),
)


@dataclass
class World:
    """Rows of the canonical tables; what a test leaves out has a harmless value."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    facts: Facts = EVERYTHING_KEPT

    def knows(self, **changes: Any) -> World:
        self.facts = replace(self.facts, **changes)
        return self

    def add(self, table: str, **values: Any) -> World:
        self.rows[table].append(values)
        return self

    def deal(self, deal_id: str = "d1", *, phase: str = "evaluation", entered: int = 20, **values: Any) -> World:
        standard = {
            "name": f"Deal {deal_id}",
            "pipeline": "default",
            "stage_id": phase,
            "amount": 50_000.0,
            "is_closed": False,
            "created_at": NOW - timedelta(days=100),
            "stage_entered_at": NOW - timedelta(days=entered),
            "close_date": date(2026, 9, 1),
        }
        return self.add("deals", deal_id=deal_id, **{**standard, **values})

    def role(self, contact_id: str, role: str | None = "champion", *, deal: str = "d1", since: int = 60) -> World:
        row_id = f"r{len(self.rows['roles'])}"
        self.add(
            "roles", role_id=row_id, deal_id=deal, contact_id=contact_id, role=role, since=NOW - timedelta(days=since)
        )
        if not any(row["contact_id"] == contact_id for row in self.rows["contacts"]):
            self.add("contacts", contact_id=contact_id, name=f"Name {contact_id}")
        return self

    def touch(
        self,
        days_ago: float,
        *contacts: str,
        kind: str = "call",
        direction: str = "two_way",
        deal: str | None = "d1",
    ) -> World:
        touch_id = f"t{len(self.rows['touches'])}"
        self.add("touches", touch_id=touch_id, at=NOW - timedelta(days=days_ago), kind=kind, direction=direction)
        links: list[tuple[str | None, str | None]] = [(deal, contact) for contact in contacts] or [(deal, None)]
        for number, (deal_id, contact_id) in enumerate(links):
            self.add(
                "touch_links", link_id=f"{touch_id}.{number}", touch_id=touch_id, deal_id=deal_id, contact_id=contact_id
            )
        return self

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        return {name: pl.DataFrame(rows, schema=TABLES[name]) for name, rows in self.rows.items()}

    def signals(self, rules: RuleSet | None = None, *names: str) -> pl.DataFrame:
        """Return the signals of that name; without names those that *rules* ask for, without rules every one."""
        asked_for = names or (asked(rules) if rules else None)
        return compute(self.tables, self.facts, rules or ruleset(), asked_for)

    def coverage(self, rules: RuleSet, *before: CoverageVerdict) -> tuple[CoverageVerdict, ...]:
        """Return the verdicts that follow from the open deals alone."""
        measured = self.measured(rules)
        return coverage.verdicts(measured, coverage.MEASURED.to_frame(), self._demands(rules), self.facts, before)

    def measured(self, rules: RuleSet) -> pl.DataFrame:
        """Measure on the open deals, as if everything were kept."""
        demanded = self._demands(rules)
        rows = [row for row in self.rows["deals"] if not row["is_closed"]]
        tables = {**self.tables, "deals": pl.DataFrame(rows, schema=TABLES["deals"])}
        facts = replace(self.facts, coverage=coverage.assumed({row["pipeline"] for row in rows}, demanded))
        signals = compute(tables, facts, rules, measured_by(asked(rules)))
        return coverage.measure(tables, signals.filter("in_scope"), facts, demanded)

    def _demands(self, rules: RuleSet) -> tuple[Demand, ...]:
        return demands(rules, with_extras(CATALOGUE, self.facts.extras))

    def signal(self, name: str, deal: str = "d1") -> Any:
        value = self.signals(None, name).filter(pl.col("deal_id") == deal).get_column(name)[0]
        return value.to_list() if isinstance(value, pl.Series) else value
