"""Who is responsible for a rule, and when it was last reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from rules.language.errors import Problem
from rules.language.location import Location
from rules.model import Rule, RuleSet

REVIEW_DAYS: Final = 90
"""A rule should be looked at again after this many days."""


def overdue(ruleset: RuleSet, today: date) -> Iterator[Problem]:
    """Yield the rules last reviewed longer ago, each at the place of its day; a rule without a day is not due."""
    for rule in ruleset.rules:
        # A rule that is off asks nobody for a review.
        age = (today - rule.reviewed).days if rule.reviewed is not None and rule.mode != "off" else 0
        if age > REVIEW_DAYS:
            steward = f" by {rule.steward}" if rule.steward else ""
            message = f"{rule.id}, last reviewed {rule.reviewed}{steward}, {age} days ago"
            yield Problem(_place(rule), message, f"a review every {REVIEW_DAYS} days")


def _place(rule: Rule) -> Location:
    return next((entry.location for entry in rule.entries if entry.path == ("reviewed",)), rule.location)
