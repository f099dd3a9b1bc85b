"""What every planner needs beside a deal: the configuration's policy, and what is known of earlier episodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.days.business_days import Calendar
from rules.model import RuleSet, Severity
from sync.model.limits import Caps
from sync.model.own_task import TasksByReason


@dataclass(frozen=True, slots=True)
class Policy:
    """What the planner needs from the configuration; *families* are those of the rules and those that once were."""

    connection: str
    ruleset: RuleSet
    families: frozenset[str]
    today: date
    from_severity: Severity
    subject_prefix: str
    cooldown: int  # business days
    calendar: Calendar
    caps: Caps


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier episodes: our tasks in the CRM, and the ledger's own memory.

    *reached* is the highest episode that the ledger saw done; *released* are (deal, family, episode) that a person
    ended and that were clear once since, so that the family may speak again.
    """

    tasks: TasksByReason
    reached: Mapping[tuple[str, str], int]
    released: frozenset[tuple[str, str, int]]
