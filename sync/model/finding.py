"""A rule that holds on a deal, as planning and texts see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rules.model import Rule, Severity

Stated = Sequence[tuple[str, Severity]]
"""Rules by id with their severities, as a body names them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds on the deal, with its own severity and what it carries for those that it explains.

    *carries* is the highest severity of its group, *points* are what the group is worth, *explained_by* the rule that
    it is counted under. *limit* is the threshold that its measure crossed, *happened_on* the day of the latest event
    behind a rule about events.
    """

    rule: Rule
    severity: Severity
    carries: Severity
    points: float = 0.0
    explained_by: str | None = None
    limit: float | None = None
    happened_on: date | None = None

    @property
    def stands(self) -> bool:
        """Whether it counts for itself, and not under its cause."""
        return self.explained_by is None

    @property
    def rank(self) -> tuple[bool, int, float, str]:
        """The order in which a rep should read: causes before effects, then the worst, by severity, points and id."""
        return (not self.stands, -self.carries, -self.points, self.rule.id)


@dataclass(frozen=True, slots=True)
class SuppressedFindings:
    """What a carrier task says of findings that have no task of their own.

    *top* are critical findings of suppressed families, named before the task's own reason; *also* the first finding of
    each other suppressed family, in a line; *effects* what the task's own findings explain; *frozen* what an earlier
    text named as suppressed and is unknown just now.
    """

    top: tuple[Finding, ...] = ()
    also: tuple[Finding, ...] = ()
    frozen: Stated = ()
    effects: tuple[Finding, ...] = ()

    @property
    def line(self) -> str:
        """The rules with their severities: the set whose change rewrites a body."""
        return rules_line((*self.top, *self.also, *self.effects), self.frozen)


NOTHING_SUPPRESSED = SuppressedFindings()


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which a rep should read them."""
    return sorted(findings, key=lambda finding: finding.rank)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the highest severity that *findings*, which are not empty, carry."""
    return max(finding.carries for finding in findings)


def rules_line(findings: Iterable[Finding], frozen: Stated = ()) -> str:
    """Return the rules with the severities that they carry, worst first: the set whose change rewrites a body."""
    named = [(finding.rule.id, finding.carries) for finding in findings]
    ordered = sorted({*named, *frozen}, key=lambda rule: (-rule[1], rule[0]))
    return ", ".join(f"{rule_id} ({severity.word})" for rule_id, severity in ordered)
