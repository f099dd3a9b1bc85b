"""What the planner needs from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.days.business_days import Calendar
from rules.model import Facts, RuleSet, Severity
from sync.connection.context import Cycle
from sync.model.limits import Caps

SHIPPED_FAMILIES: Final = frozenset(
    {
        "threading",
        "slip",
        "engagement",
        "champion",
        "meddpicc",
        "stage-age",
        "mutual-plan",
        "procurement",
        "hygiene",
        "review",
    }
)
"""Names that never change, so that tasks of a family that a rule set no longer has are still known as managed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the planner needs from the configuration.

    *families* are those of the rules and those that once were; with *strangers* the tasks of families that no rule has
    now are looked at too.
    """

    connection: str
    ruleset: RuleSet
    families: frozenset[str]
    today: date
    from_severity: Severity
    subject_prefix: str
    cooldown: int  # business days
    calendar: Calendar
    caps: Caps
    strangers: bool = True
    rewrites: frozenset[str] = frozenset()  # keys of open tasks of another text version whose turn it is


def policy_of(cycle: Cycle, facts: Facts) -> Policy:
    """Return the policy of the cycle's connection for today."""
    connection = cycle.connection
    return Policy(
        connection=connection.name,
        ruleset=connection.ruleset,
        families=known_families(connection.ruleset),
        today=facts.today,
        from_severity=connection.from_severity,
        subject_prefix=connection.subject_prefix,
        cooldown=connection.cooldown,
        caps=connection.caps,
        calendar=facts.calendars.connection,
    )


def known_families(ruleset: RuleSet) -> frozenset[str]:
    """Return the families whose tasks are known as managed: those of the rules, and those that ever shipped."""
    return frozenset(ruleset.families) | SHIPPED_FAMILIES
