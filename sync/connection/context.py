"""A connection ready to run, one command on it, and the cycle that this makes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from connectors.base import CallCount, Connector
from rules.language.signal import SignalType
from rules.model import RuleSet, Severity
from sync.config.calendar import CalendarSettings
from sync.connection.progress import Progress
from sync.model.change import ChangeIdentity
from sync.model.limits import Caps, Guards
from sync.store.runs import Spent
from sync.store.store import Store

Mode = Literal["observe", "score", "enforce"]
Command = Literal["plan", "sync", "apply", "approve", "undo", "withdraw"]


@dataclass(frozen=True, slots=True)
class ReadyConnection:
    """A connection: its connector, its rules, and what the configuration says of it."""

    name: str
    kind: str
    connector: Connector
    ruleset: RuleSet
    mode: Mode
    pilot_mode: Mode | None  # how far the deals of the pilot may go, if there is one
    phases: Mapping[tuple[str, str], str]  # by pipeline and stage
    extras: Mapping[str, SignalType]
    from_severity: Severity
    subject_prefix: str
    cooldown: int  # business days
    calendar: CalendarSettings
    caps: Caps
    digest_weekday: int | None  # Monday is 0; None makes no digests
    digest_from: Severity
    guards: Guards
    min_change: float
    fallback_owner: str | None
    touches_days: int
    closed_deals_days: int
    write_scores: bool
    sweep_at: time
    at_least_once: bool  # tasks are written also where the CRM does not keep their key unique

    @property
    def furthest(self) -> Mode:
        """How far any deal of the connection may go; a pilot goes further than the rest."""
        return self.pilot_mode or self.mode


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a person takes back: the changes of one run, or, if that is None, everything managed."""

    run_id: str | None
    by: str

    @property
    def why(self) -> str:
        """How a task's reason says it."""
        return f"{self.run_id} was undone by {self.by}." if self.run_id else f"everything, by {self.by}."


@dataclass(frozen=True, slots=True)
class Run:
    """One command on one connection: what was asked, and how it shows itself and stops.

    *approved* limits an ``apply`` or ``approve`` to the changes of a stored plan.
    """

    command: Command
    progress: Progress
    host_now: Callable[[], datetime]
    stop_requested: Callable[[], bool] = lambda: False
    approved: frozenset[ChangeIdentity] | None = None
    undoing: Undoing | None = None  # instead of a plan
    retrying: bool = False  # what the CRM refused is tried again now
    run_id: str = field(default_factory=lambda: f"run-{uuid.uuid4().hex[:12]}")
    plan_id: str = field(default_factory=lambda: f"plan-{uuid.uuid4().hex[:12]}")


@dataclass(frozen=True, slots=True)
class Cycle:
    """One run on one connection of the store: what every stage of a cycle works with."""

    connection: ReadyConnection
    run: Run
    store: Store
    conn: int
    calls_before: CallCount = field(default_factory=CallCount)

    def spent(self) -> Spent:
        """Count the calls that the run has sent so far."""
        return Spent(self.run.run_id, self.connection.connector.calls.total - self.calls_before.total)

    def calls(self) -> dict[str, int]:
        """Return how many calls the run has sent so far, by kind."""
        before = self.calls_before.as_dict()
        return {kind: count - before[kind] for kind, count in self.connection.connector.calls.as_dict().items()}

    def note_calls(self) -> None:
        """Remember how many calls the run has sent so far: those of a killed run count for the day's share too."""
        self.store.runs.note_calls(self.conn, self.spent())
