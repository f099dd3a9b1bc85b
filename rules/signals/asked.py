"""Which signals a rule set asks for: what nothing asks for need not be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.language.templates import names_in
from rules.model import USER_FIELD, RuleSet
from rules.signals.events import event_days

ALWAYS: Final = frozenset({"amount", "amount_original", "close_date", "currency", "owner_name", "phase", "segment"})
"""What is shown of a deal, or ranks it, whatever the rules ask."""


def asked(ruleset: RuleSet) -> frozenset[str]:
    """Return every name in the conditions and in the wording of *ruleset*, and ALWAYS; not all of them are signals."""
    return ALWAYS.union(*_names(ruleset))


def _names(ruleset: RuleSet) -> Iterator[frozenset[str]]:
    for rule in ruleset.rules:
        yield rule.signals
        yield frozenset(event_days(rule))
        yield from (effect.where.names for effect in rule.explains if effect.where is not None)
        if rule.count is not None:
            yield frozenset({rule.count, "meddpicc_missing"})  # what others cover is taken out of the gaps by name
        for text in (rule.evidence, rule.advice, rule.done, rule.ask, rule.subject, rule.also):
            yield names_in(text)
    for family in ruleset.families.values():
        yield names_in(family.subject)
        if family.to.startswith(USER_FIELD):
            # Who gets the tasks is read from a mapped column, which must be computed for that.
            yield frozenset({family.to.removeprefix(USER_FIELD)})
