"""Runs scenarios: judges and plans day by day, as the daemon would, on tables that a person wrote down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

import polars as pl

from connectors.model import OWN_TASKS, WriteKind
from rules.days.business_days import PLAIN
from rules.judgement.streaks import FIRED, STREAKS, Past
from rules.language.signal import SignalType
from rules.model import RuleSet, Severity
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.testing.scenario import Event, Expectation, Scenario
from rules.testing.scenario_tables import facts_on, noon, tables_on
from sync.config.calendar import CalendarSettings
from sync.config.sections import Tasks
from sync.connection.calendars import calendars_on
from sync.judge.chunks import Tables
from sync.judge.judge import judge
from sync.judge.scope import CLOSED_DAYS
from sync.model.change import PlannedChange
from sync.model.limits import NO_CAPS
from sync.model.own_task import TasksByReason, TaskState
from sync.plan.closed_deals import close_ended, closed_families
from sync.plan.deal_view import views
from sync.plan.history.history import History
from sync.plan.history.own_tasks import latest_by_reason
from sync.plan.policy import SHIPPED_FAMILIES, Policy
from sync.plan.tasks import plan_deal, releases
from sync.store.lookups import Ending

Row = dict[str, Any]

_TASKS: Final = Tasks()
"""What tasks look like where nothing is configured: a scenario asks which there are, not how they are worded."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding or a task that differs from what a scenario expects."""

    expectation: Expectation
    text: str

    def __str__(self) -> str:
        return f"{self.expectation.location}: on {self.expectation.on}, {self.text}"


def run_scenario(
    scenario: Scenario,
    ruleset: RuleSet,
    extras: Mapping[str, SignalType],
    from_severity: Severity,
    calendar: CalendarSettings,
) -> list[Difference]:
    """Judge every day from the first event to the last expectation; return everything that is not as expected.

    The connection was judged before the first event, so that nothing counts as a first judgement; it keeps every
    source of evidence well enough.
    """
    world = _World(scenario, _limited(ruleset, scenario.rules), extras, from_severity, calendar)
    differences: list[Difference] = []
    days = [event.on for event in scenario.events] + [expected.on for expected in scenario.expectations]
    today = min(days)
    while today <= max(expected.on for expected in scenario.expectations):
        world.live_through(today)
        for expected in scenario.expectations:
            if expected.on == today:
                differences += world.differences(expected)
        today += timedelta(days=1)
    return differences


def _limited(ruleset: RuleSet, rules: Sequence[str]) -> RuleSet:
    """Keep the rules that a scenario names, as if they were on; where it names none, all."""
    if not rules:
        return ruleset
    return replace(ruleset, rules=tuple(replace(rule, mode="on") for rule in ruleset.rules if rule.id in rules))


@dataclass(slots=True)
class _World:
    """The managed tasks in the CRM and the memory of judgement, from day to day."""

    scenario: Scenario
    ruleset: RuleSet
    extras: Mapping[str, SignalType]
    from_severity: Severity
    calendar: CalendarSettings
    tasks: dict[str, Row] = field(default_factory=dict)
    scores: dict[str, Row] = field(default_factory=dict)
    held: pl.DataFrame = field(default_factory=FIRED.to_frame)
    streaks: pl.DataFrame = field(default_factory=STREAKS.to_frame)
    released: set[tuple[str, str, int]] = field(default_factory=set)

    def live_through(self, today: date) -> None:
        """Let people do what they do on this day, then judge, plan and apply."""
        for event in self.scenario.events:
            if event.on == today and event.kind == "task":
                self._person(event)
        events = self.scenario.events
        tables, catalogue = tables_on(events, today), with_extras(CATALOGUE, self.extras)
        countries = tables["owners"].get_column("country").drop_nulls().unique(maintain_order=True)
        calendars = calendars_on(self.calendar, countries, today)
        facts = replace(facts_on(events, today, catalogue, self.extras), calendars=calendars)
        closed = {row["deal_id"]: row for row in tables["deals"].iter_rows(named=True) if row["is_closed"]}
        recent = {deal for deal, row in closed.items() if (today - row["closed_at"].date()).days <= CLOSED_DAYS}
        history = History(self._latest(), self._reached(), frozenset(self.released))
        policy = replace(self._policy(today), calendar=calendars.connection)
        ended: dict[str, Ending] = {deal: "won" if row["is_won"] else "lost" for deal, row in closed.items()}
        planned = list(close_ended(ended, {}, recent, history, policy))
        judged = [
            judge(_only(tables, deals), facts, self.ruleset.judged(scope), self._past(deals))
            for scope, deals in _by_scope(tables, recent)
        ]
        for scope_judged, families in zip(judged, (policy.families, closed_families(self.ruleset)), strict=True):
            for view in views(scope_judged, history.tasks, self.ruleset, facts, None, None):
                of_scope = replace(policy, families=families)
                planned += plan_deal(view, history, of_scope)
                self.released.update(releases(view, history, of_scope))
        self.scores = {row["deal_id"]: row for part in judged for row in part.scores.iter_rows(named=True)}
        self.held = pl.concat([scope_judged.findings.select(FIRED.names()) for scope_judged in judged])
        self.streaks = pl.concat([scope_judged.streaks for scope_judged in judged])
        for change in planned:
            self._apply(change, today)

    def differences(self, expected: Expectation) -> Iterator[Difference]:
        """Yield what is missing, too much, or of another severity."""
        findings: dict[str, dict[str, Severity]] = {}
        for deal, rule, severity in self.held.iter_rows():
            findings.setdefault(deal, {})[rule] = Severity(severity)
        for deal in sorted(findings.keys() | expected.findings.keys()):
            is_so, should = findings.get(deal, {}), expected.findings.get(deal, {})
            for rule in sorted(rule for rule in is_so.keys() | should.keys() if is_so.get(rule) != should.get(rule)):
                text = f"{rule} on {deal}: expected {_word(should.get(rule))}, got {_word(is_so.get(rule))}"
                yield Difference(expected, text)
        tasks: dict[str, set[str]] = {}
        for deal, family in (reason for reason, task in self._latest().items() if task.state is TaskState.OPEN):
            tasks.setdefault(deal, set()).add(family)
        for deal in sorted(tasks.keys() | expected.tasks.keys()):
            is_there, wanted = tasks.get(deal, set()), expected.tasks.get(deal, frozenset())
            if is_there != wanted:
                yield Difference(expected, f"tasks on {deal}: expected {_names(wanted)}, got {_names(is_there)}")

        yield from self._of_scores(expected)

    def _of_scores(self, expected: Expectation) -> Iterator[Difference]:
        """Yield every score and band that is not as written down."""
        for name, wanted in (("score", expected.scores), ("band", expected.bands)):
            for deal, value in wanted.items():
                row = self.scores.get(deal, {})
                if row.get(name) != value:
                    lines = "; ".join((row.get("reasons") or "nothing adds").splitlines())
                    yield Difference(expected, f"{name} of {deal}: expected {value}, got {row.get(name)} ({lines})")

    def _policy(self, today: date) -> Policy:
        families = frozenset(self.ruleset.families) | SHIPPED_FAMILIES
        return Policy(
            connection="scenario",
            ruleset=self.ruleset,
            families=families,
            today=today,
            from_severity=self.from_severity,
            subject_prefix=_TASKS.subject_prefix,
            cooldown=_TASKS.cooldown,
            calendar=PLAIN,
            caps=NO_CAPS,
        )

    def _past(self, deals: Collection[str]) -> Past:
        mine = pl.col("deal_id").is_in(list(deals))
        return Past(self.held.filter(mine), self.streaks.filter(mine))

    def _latest(self) -> TasksByReason:
        rows = pl.DataFrame(list(self.tasks.values()), schema=OWN_TASKS)
        return latest_by_reason(rows, self._policy(date.min).families)

    def _reached(self) -> dict[tuple[str, str], int]:
        return {reason: task.episode for reason, task in self._latest().items()}

    def _person(self, event: Event) -> None:
        """Complete or delete the open task that a person is done with; where there is none, nothing happens."""
        values = event.values
        task = self._latest().get((values["deal"], values["family"]))
        if task is not None and task.state is TaskState.OPEN:
            gone = values["is"] == "deleted"
            ended = {"is_open": False, "is_deleted": gone, "completed_at": noon(event.on)}
            self.tasks[task.key] |= {**ended, "modified_by_us": False}

    def _apply(self, planned: PlannedChange, today: date) -> None:
        """Change the managed tasks as the CRM would."""
        values = dict(planned.values)
        if planned.kind is WriteKind.CREATE_TASK:
            key = str(values["key"])
            empty = dict.fromkeys(OWN_TASKS.names())
            made = {"task_id": key, "is_open": True, "is_deleted": False, "due": planned.change.due}
            self.tasks[key] = {**empty, **values, **made, "modified_by_us": True, "created_at": noon(today)}
        elif planned.kind is WriteKind.CLOSE_TASK:
            self.tasks[str(planned.remote_id)] |= {**values, "is_open": False}
        else:
            self.tasks[str(planned.remote_id)] |= values


def _by_scope(tables: Tables, recent: Collection[str]) -> tuple[tuple[Literal["open", "closed"], Collection[str]], ...]:
    """Return the deals that rules about open deals judge, and those that rules about closed deals judge."""
    still_open = tables["deals"].filter(~pl.col("is_closed")).get_column("deal_id").to_list()
    return (("open", still_open), ("closed", recent))


def _only(tables: Tables, deals: Collection[str]) -> Tables:
    return {**tables, "deals": tables["deals"].filter(pl.col("deal_id").is_in(list(deals)))}


def _word(severity: Severity | None) -> str:
    return "nothing" if severity is None else severity.word


def _names(families: Collection[str]) -> str:
    return ", ".join(sorted(families)) or "none"
