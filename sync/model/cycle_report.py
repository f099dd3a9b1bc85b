"""What a cycle did, as the value that every surface shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sync.model.change import Change
from sync.model.not_judged import NotJudged
from sync.model.refused import Refused
from sync.model.suppressed import Suppressed

Failure = Literal["refused", "unreachable", "incomplete"]
"""Why a cycle did less than was wanted: the CRM refused records, did not answer, or was not read whole."""


@dataclass(frozen=True, slots=True)
class PlanCount:
    """How many changes of each kind a plan wants."""

    create: int = 0
    update: int = 0
    close: int = 0
    scores: int = 0
    suppressed: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class AppliedCount:
    """What became of the changes that were sent."""

    create: int = 0
    update: int = 0
    close: int = 0
    scores: int = 0
    rejected: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """One connection's cycle."""

    run_id: str
    plan_id: str | None = None
    pulled: Mapping[str, int] = field(default_factory=dict)
    judged: int = 0
    findings: Mapping[str, int] = field(default_factory=dict)
    shadow: Mapping[str, int] = field(default_factory=dict)  # findings that make no points and no tasks
    plan: PlanCount = field(default_factory=PlanCount)
    applied: AppliedCount = field(default_factory=AppliedCount)
    calls: Mapping[str, int] = field(default_factory=dict)
    incomplete: bool = False
    incomplete_reason: str | None = None
    not_judged: Mapping[str, NotJudged] = field(default_factory=dict)
    failure: Failure | None = None
    error: str | None = None
    exit_code: int = 0
    held: Mapping[str, Any] | None = None  # what waits for a person: the plan to name, why, and counts
    taken_back: Mapping[str, int] | None = None  # by undo and withdraw, in place of a plan
    changes: tuple[Change, ...] = ()
    refused: tuple[Refused, ...] = ()  # what the CRM refuses as long as it is wanted
    rejections: Mapping[str, int] = field(default_factory=dict)  # the CRM's message -> how many records
    suppressed: tuple[Suppressed, ...] = ()  # what this cycle judged and the caps hold back
    problems: tuple[str, ...] = ()  # what works but could be better, for the operator

    @property
    def shortfall(self) -> Failure | None:
        """Why the cycle did less than was wanted, if it did."""
        return self.failure or ("incomplete" if self.incomplete else "refused" if self.refused else None)

    def as_dict(self, *, changes: bool = False) -> dict[str, Any]:
        """Return the report in the fixed JSON shape; with *changes* as ``plan --json`` wants it."""
        body: dict[str, Any] = {
            "run_id": self.run_id,
            "plan_id": self.plan_id,
            "pulled": dict(self.pulled),
            "judged": self.judged,
            "findings": dict(self.findings),
            "shadow": dict(self.shadow),
            "plan": asdict(self.plan),
            "applied": asdict(self.applied),
            "calls": dict(self.calls),
            "incomplete": self.incomplete,
            "incomplete_reason": self.incomplete_reason,
            "not_judged": {rule: asdict(why) for rule, why in self.not_judged.items()},
            "failure": self.shortfall,
            "refused": [refused.as_dict() for refused in self.refused],
            "error": self.error,
            "notes": list(self.problems),
        }
        if self.held is not None:
            body["held"] = dict(self.held)
        if self.taken_back is not None:
            body["taken_back"] = dict(self.taken_back)
        if changes:
            body["changes"] = [change.as_dict() for change in self.changes]
        return body
