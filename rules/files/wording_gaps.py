"""Rules whose task would be empty where a signal is unknown, since a line that needs an unknown value is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rules.files.keys import WORDING
from rules.language.errors import Problem
from rules.language.location import Location
from rules.language.signal import Signal
from rules.language.templates import DEAL_FIELDS, names_in, render, sample
from rules.model import Rule, RuleSet

_DEAL: Final = dict.fromkeys(DEAL_FIELDS, "text")
_LIMIT: Final = 7  # made up, as the values of signals are


def wording_gaps(ruleset: RuleSet, catalogue: Mapping[str, Signal]) -> Iterator[Problem]:
    """Yield every template of a rule that comes out empty in an org that keeps only what the rule itself needs.

    The signals of its conditions are known, otherwise it would not hold, and so is what comes from the same sources.
    The subject of a family may need nothing but the deal's name.
    """
    for rule in ruleset.rules:
        if rule.mode != "off":
            yield from _gaps(rule, catalogue)
    for family in ruleset.families.values():
        if render(family.subject, {"deal": _DEAL}) is None:
            place = next(rule.location for rule in ruleset.rules if rule.family == family.id)
            yield _gap(place, f"the subject of the family {family.id}", family.subject, frozenset())


def _gaps(rule: Rule, catalogue: Mapping[str, Signal]) -> Iterator[Problem]:
    kept = {source for name in rule.signals for source in catalogue[name].sources}
    known = {
        name: sample(signal)
        for name, signal in catalogue.items()
        if name in rule.signals or kept.issuperset(signal.sources)
    }
    limit = None if rule.measure is None else _LIMIT
    values = {**known, "deal": _DEAL, "target": rule.target, "level": "high", "limit": limit}
    known_names = frozenset(name for name, value in values.items() if value is not None)
    for name in WORDING:
        text: str = getattr(rule, name)
        if render(text, values) is None and not _for_other_deals(text, known_names):
            yield _gap(_place(rule, name), f"{rule.id}, whose {name}", text, frozenset(known))


def _for_other_deals(text: str, known: frozenset[str]) -> bool:
    """Whether a line of *text* needs nothing unknown: it was left out by its own condition, and is for other deals."""
    return any(line and names_in(line) <= known for line in text.splitlines())


def _gap(place: Location, what: str, text: str, known: frozenset[str]) -> Problem:
    unknown = sorted(names_in(text) - known - {"deal", "target", "level", "limit"})
    return Problem(place, f"{what} says nothing where {' or '.join(unknown)} is unknown", "a line that needs it not")


def _place(rule: Rule, key: str) -> Location:
    return next((entry.location for entry in rule.entries if entry.path == (key,)), rule.location)
