"""What each rule asks of which source: where it is due, and on what share of those deals it must be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from connectors.model import ELEMENTS, ROLES
from rules.judgement.due import TRUE, due
from rules.judgement.holding import holds
from rules.language.expression import Column, Compare, Constant, Expression
from rules.language.signal import Signal, SignalType
from rules.model import EVERY_RULE, Rule, RuleSet
from rules.signals.covered import TOUCH_KINDS
from rules.signals.roles import NEEDED_FROM

FLOORS: Final[Mapping[Literal["absence", "recency"], float]] = {"absence": 0.30, "recency": 0.05}
"""The share of the deals on which a source is due from which it is kept well enough."""

CHANGES: Final = "changes"
"""The source of what changed: it must be readable or recorded, and no share of deals is asked for."""


EVERY_DEAL: Final = "*"
"""In place of a rule's id: how a source is kept on all open deals alike, which helps where it is due on few."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A source that a rule needs: *due* is where on open deals, *due_won* where on deals that were won."""

    rule: str
    source: str
    floor: float
    due: Expression
    due_won: Expression

    @property
    def asked(self) -> str:
        """What changes with what is asked here."""
        return hashlib.sha256(repr((self.floor, self.due, self.due_won)).encode()).hexdigest()[:16]


def demands(ruleset: RuleSet, catalogue: Mapping[str, Signal]) -> tuple[Demand, ...]:
    """Return what the rules of *ruleset* ask of their sources, and what the signals that weigh coverage do."""
    rules = [rule for rule in ruleset.rules if rule.mode != "off"]
    asked = (*_shared(), *(demand for rule in rules for demand in _of_rule(rule, catalogue)))
    sources = sorted({demand.source for demand in asked})
    return (*asked, *(Demand(EVERY_DEAL, source, 0.0, TRUE, TRUE) for source in sources))


def measured_by(asked: frozenset[str]) -> frozenset[str]:
    """Return which signals to compute where coverage is measured along with what the rules have *asked* for."""
    gate = {f"{element}_needed" for element in ELEMENTS}
    return asked | {"phase", "last_touch_on"} | (gate if any(name.startswith("meddpicc_") for name in asked) else set())


def sources_of(signal: Signal) -> tuple[str, ...]:
    """Return the sources of *signal*; what only a history shows has that as its source."""
    return signal.sources or ((CHANGES,) if signal.history == "since_install" else ())


def _of_rule(rule: Rule, catalogue: Mapping[str, Signal]) -> Iterator[Demand]:
    tree, sources = holds(rule), sorted({source for name in rule.signals for source in sources_of(catalogue[name])})
    timely = frozenset(name for name in rule.signals if _is_timely(catalogue[name]))
    for source in sources:
        names = frozenset(name for name in rule.signals if source in sources_of(catalogue[name]))
        yield Demand(rule.id, source, floor_of(rule, source), due(tree, names), due(tree, names | timely))


def floor_of(rule: Rule, source: str) -> float:
    """Return the share of deals on which *rule* needs *source* kept; 0 asks for none."""
    # What has happened needs a record and no habit; what is noted once a deal has closed is due on no open deal.
    if source == CHANGES or rule.about == "event" or rule.scope == "closed":
        return 0.0
    return FLOORS[rule.kept_as] if rule.coverage_floor is None else rule.coverage_floor


def _is_timely(signal: Signal) -> bool:
    """Whether *signal* is about phase or time, of which a deal that was won says nothing."""
    return signal.ages or signal.type in (SignalType.PHASE, SignalType.DATE) or "phase" in signal.sources


def _shared() -> Iterator[Demand]:
    """Yield what signals ask that weigh coverage themselves: the gate, the roles that a phase needs, silence."""
    for source in ("phase", "roles"):
        yield Demand(EVERY_RULE, source, FLOORS["absence"], TRUE, TRUE)
    for source in ("touches", *(f"touches:{kind}" for kind in TOUCH_KINDS)):
        yield Demand(EVERY_RULE, source, FLOORS["recency"], TRUE, TRUE)
    for role in ROLES:
        yield Demand(EVERY_RULE, f"roles:{role}", FLOORS["absence"], _from_phase(NEEDED_FROM.get(role)), TRUE)
    for element in ELEMENTS:
        yield Demand(EVERY_RULE, f"field:{element}", FLOORS["absence"], _asked_by_gate(element), TRUE)


def _from_phase(phase: str | None) -> Expression:
    if phase is None:
        return TRUE
    return Compare(">=", Column("phase", SignalType.PHASE), Constant(phase, SignalType.PHASE))


def _asked_by_gate(element: str) -> Expression:
    return Compare(">=", Column(f"{element}_needed", SignalType.NUMBER), Constant(1, SignalType.NUMBER))
