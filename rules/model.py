"""The values that judgement works with: rules, families, and the facts of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum
from typing import Final, Literal

from rules.days.business_days import Calendars
from rules.days.span import Span
from rules.language.condition import Condition
from rules.language.errors import Problem
from rules.language.location import Location
from rules.language.signal import SignalType
from rules.language.words import ENGLISH, Language

NOT_APPLICABLE: Final = -1
"""Verdict code: the rule does not apply to this deal."""
CLEAR: Final = 0
"""Verdict code: the rule was judged and does not hold. Codes 1 to 4 are severities of a rule that holds; null is
unknown."""


class Severity(IntEnum):
    """How bad a finding is; also the verdict code of a rule that holds."""

    INFO = 1
    WARN = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """Return the word that rule files and people use."""
        return self.name.lower()


Mode = Literal["on", "digest", "shadow", "off"]
"""What becomes of a rule's findings: tasks and score; score and digests, but never a task; nothing but a count; or none
are made, since the rule is not judged."""

About = Literal["absence", "recency", "event"]
"""What a rule is about: something that is not there, something too long ago, or something that has happened and nobody
can undo. It decides how well a source must be kept, and what completing a task means."""


@dataclass(frozen=True, slots=True)
class Level:
    """Thresholds for the deals that *where* picks (all, if None)."""

    where: Condition | None
    thresholds: Mapping[Severity, float]


@dataclass(frozen=True, slots=True)
class SeverityCase:
    """A severity for the deals that *where* picks (all, if None)."""

    where: Condition | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class Effect:
    """A rule that another explains where both hold, on the deals that *where* picks (all, if None)."""

    rule_id: str
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """The scores at which the bands begin; below *watch* a deal is healthy."""

    watch: float = 12.0
    at_risk: float = 30.0
    severe: float = 60.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a rule as it is in force, after those of the tables that it lies in, and where that was written."""

    path: tuple[str, ...]
    value: object
    location: Location


@dataclass(frozen=True, slots=True)
class Case:
    """A rule's own test: signals given, verdict expected."""

    given: Mapping[str, object]
    expect: str  # a severity word, "clear", "unknown" or "not applicable"
    location: Location


USER_FIELD: Final = "user_field:"
"""In a family's ``to``, before the mapped column that holds who gets its tasks."""


@dataclass(frozen=True, slots=True)
class Family:
    """Rules about the same reason: one task on a deal, counted once in its score.

    *to* is who gets the task: ``deal_owner``, ``manager``, ``fallback``, or ``user_field:`` and a mapped column. A task
    that is open for *escalate_after* is reported to the owner's manager.
    """

    id: str
    points: Mapping[Severity, float]
    subject: str
    due: int  # business days from the day the task is made
    to: str = "deal_owner"
    escalate_after: Span | None = None
    each: float = 0.0  # points of every finding beyond the worst, and of every fact that a count goes beyond one
    most: float | None = None  # the family's points in all


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over signals, with severity and advice.

    *for_* is how long it must hold before it fires, *keep_for* how long it must be clear before its finding ends.
    *confirmed*: it is on by the operator's own file, which sets its mode or brings the rule, and not by a pack alone.
    *scope*: whether it judges open deals, or those that closed not long ago.
    """

    id: str
    title: str
    family: str
    pack: str
    location: Location
    evidence: str
    advice: str
    done: str
    about: About = "absence"
    applies: Condition | None = None
    applies_also: Condition | None = None
    when: Condition | None = None
    severity: tuple[SeverityCase, ...] = ()
    measure: str | None = None
    worse: Literal["lower", "higher"] | None = None
    levels: tuple[Level, ...] = ()
    target: float | None = None
    ask: str = ""  # playbook questions, a template like the others
    subject: str = ""  # of the task that this rule leads, in place of its family's
    also: str = ""  # one line with one action, for the task of another family
    steward: str = ""
    reviewed: date | None = None
    source: str = ""
    cases: tuple[Case, ...] = ()
    signals: frozenset[str] = frozenset()  # every signal that its conditions and measure name
    # With an underscore, since *for* is a keyword of Python.
    for_: Span | None = None
    keep_for: Span | None = None
    mode: Mode = "on"
    confirmed: bool = False
    scope: Literal["open", "closed"] = "open"
    points: Mapping[Severity, float] = field(default_factory=dict)  # in place of its family's; empty: those
    explains: tuple[Effect, ...] = ()
    covers: tuple[str, ...] = ()  # elements of MEDDPICC that this rule speaks of already
    count: str | None = None  # the signal that says how many facts of its kind the finding stands for
    coverage_floor: float | None = None  # share of deals, instead of the floor of what the rule is about
    silence: bool = False  # whether coverage is asked per owner too, since a rep who logs nothing is not silent
    entries: tuple[Entry, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition that the rule is made of."""
        wheres = (*(level.where for level in self.levels), *(case.where for case in self.severity))
        conditions = (self.applies, self.applies_also, self.when, *wheres)
        return tuple(condition for condition in conditions if condition is not None)

    @property
    def kept_as(self) -> Literal["absence", "recency"]:
        """By which floor its sources are kept well enough; what happened is asked of them like what is recent."""
        return "absence" if self.about == "absence" else "recency"

    @property
    def remembers(self) -> bool:
        """Whether a verdict depends on what earlier judgements said."""
        return self.for_ is not None or self.keep_for is not None or self.target is not None


@dataclass(frozen=True, slots=True)
class Gates:
    """Levels that each MEDDPICC element must have reached on leaving a phase, and how long a touch keeps it fresh.

    ``minimum[phase][element]`` is 0 to 3; *fresh_days* counts per element; *grace* is in business days after
    entering the next phase. ``segments[segment]`` replaces the whole of *minimum* for the deals of that segment.
    """

    minimum: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    segments: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    fresh_days: Mapping[str, int] = field(default_factory=dict)
    grace: int = 3


@dataclass(frozen=True, slots=True)
class ScopeLimits:
    """Which deals are judged, besides the scope's condition.

    A deal must have one of the *pipelines*, *record_types* and *deal_types* wherever any are named. Deals of the ids in
    *include* are judged whatever else is said, those in *exclude* never.
    """

    pipelines: tuple[str, ...] = ()
    record_types: tuple[str, ...] = ()
    deal_types: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that judgement needs to know of the rules, checked as a whole."""

    rules: tuple[Rule, ...]
    families: Mapping[str, Family]
    segments: tuple[tuple[str, Condition], ...]
    scope: Condition | None
    gates: Gates
    fingerprint: str  # changes when any judgement could change
    limits: ScopeLimits = field(default_factory=ScopeLimits)
    pilot: Condition | None = None  # the deals that go first; None where all go together
    bands: Bands = field(default_factory=Bands)
    language: Language = ENGLISH  # that reps read
    notes: tuple[Problem, ...] = ()  # what works and may be meant otherwise

    def judged(self, scope: Literal["open", "closed"] = "open") -> RuleSet:
        """Return the same with only the rules that judge such deals, in shadow or not."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.scope == scope and rule.mode != "off"))

    def active(self) -> RuleSet:
        """Return the same with only the rules that make findings and scores, with tasks or without."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.mode in ("on", "digest")))

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id; KeyError if there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


Lack = Literal["", "not kept", "too few to tell", "not readable", "not mapped"]
"""Why a source is not judged by; nothing where it is."""

EVERY_RULE: Final = ""
"""In a verdict, in place of a rule's id: what counts for signals that weigh coverage themselves, and for every rule
without a verdict of its own."""


@dataclass(frozen=True, slots=True)
class CoverageVerdict:
    """Whether one source is kept well enough in one pipeline for one rule to judge by it.

    *share* is that of the *deals* on which it is due, 0 to 1, and *floor* the share that was asked for. *lapsed*: it
    once was kept well enough, so findings that need it freeze instead of ending. *asked* changes with what the rule
    asks: a verdict on another question is none.
    """

    rule: str
    source: str
    pipeline: str
    share: float
    judged: bool
    lapsed: bool = False
    deals: int = 0
    floor: float = 0.0
    lack: Lack = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What judgement must know besides the tables; nothing in rules asks a clock or a config.

    *now* is the connection's server time in UTC, and *today* its local day then. *phases* maps (pipeline, stage_id) to
    a phase. *shows* maps each mapped element to the highest level that its mapping can show, *element_roles* to the
    role that proves it. *readable* maps a source to whether the CRM lets it be read at all (absent means yes).
    *coverage* are the verdicts in force, *silent_owners* those who log so little that their silence says nothing.
    """

    now: datetime
    today: date
    time_zone: str = "UTC"
    phases: Mapping[tuple[str, str], str] = field(default_factory=dict)
    shows: Mapping[str, int] = field(default_factory=dict)
    element_roles: Mapping[str, str] = field(default_factory=dict)
    readable: Mapping[str, bool] = field(default_factory=dict)
    coverage: tuple[CoverageVerdict, ...] = ()
    silent_owners: frozenset[str] = frozenset()
    stale_tables: frozenset[str] = frozenset()  # complete_through over 24 h old: their signals are unknown
    extras: Mapping[str, SignalType] = field(default_factory=dict)  # mapped x_<name> columns
    calendars: Calendars = field(default_factory=Calendars)
