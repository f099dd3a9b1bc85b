"""The rules that a simulation judges by: as a rule file for the product, and once more, plainly, for the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from tests.simulation.records import Deal

POINTS = {"warn": 5, "high": 10, "critical": 20}
FAMILIES = ("engagement", "slip", "threading")


class Level(IntEnum):
    """How bad a rule finds a deal; unknown and clear are no findings."""

    UNKNOWN = -1
    CLEAR = 0
    WARN = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over one field of the deal: which of its values are how bad. An empty field is unknown."""

    id: str
    family: str
    signal: str
    levels: Mapping[str, Level]
    text: str = "as it stands"
    mode: str = "on"

    def judge(self, deal: Deal, today: date, hidden: frozenset[str]) -> Level:
        """Judge a deal in the plainest possible way."""
        if self.signal == "close_in_days":
            days = (deal.close_date - today).days
            return Level.CRITICAL if days < -14 else Level.HIGH if days < 0 else Level.CLEAR
        value = None if self.signal in hidden else deal.marks.get(self.signal)
        return Level.UNKNOWN if value is None else self.levels.get(value, Level.CLEAR)

    def toml(self) -> str:
        """Word it as a rule file does."""
        if self.signal == "close_in_days":
            when = "close_in_days < 0"
            severity = '[{ where = "close_in_days < -14", is = "critical" }, { where = "TRUE", is = "high" }]'
            severity = severity.replace("TRUE", "close_in_days < 0")
        else:
            name = f"x_{self.signal}"
            when = f"{name} IN ({', '.join(repr(value) for value in self.levels)})"
            cases = [
                f'{{ where = "{name} = {value!r}", is = "{level.name.lower()}" }}'
                for value, level in self.levels.items()
            ]
            severity = f"[{', '.join(cases)}]"
        return (
            f'[rules.{self.id}]\ntitle = "{self.id}"\nfamily = "{self.family}"\nabout = "recency"\ncoverage_floor = 0\n'
            f'mode = "{self.mode}"\n'
            f'when = "{when}"\nseverity = {severity}\nevidence = "{self.id}: {self.text}"\n'
            'advice = "See to it."\ndone = "It is seen to."\n'
        )


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One edition of the rules."""

    name: str
    rules: tuple[Rule, ...]
    subject: str = "See to"

    def toml(self) -> str:
        """Word it as a rule file."""
        points = ", ".join(f"{level} = {points}" for level, points in POINTS.items())
        families = (
            f'[families.{name}]\npoints = {{ {points} }}\nsubject = "{self.subject} {{{{ deal.name }}}}"\n'
            'due = "3 business days"\n'
            for name in FAMILIES
        )
        return "\n".join(('[pack]\nname = "simulated"\nversion = "1.0"\n', *families, *(r.toml() for r in self.rules)))

    def speaking(self, family: str) -> tuple[Rule, ...]:
        """Give the rules of a family that are on."""
        return tuple(rule for rule in self.rules if rule.family == family and rule.mode == "on")

    def levels(self, deal: Deal, family: str, today: date, hidden: frozenset[str]) -> dict[str, Level]:
        """Give what each speaking rule of a family says of a deal."""
        return {rule.id: rule.judge(deal, today, hidden) for rule in self.speaking(family)}


_HEAT = Rule("sim-heat", "engagement", "heat", {"warm": Level.WARN, "high": Level.HIGH, "critical": Level.CRITICAL})
_LATE = Rule("sim-late", "slip", "close_in_days", {})
_GAP = Rule("sim-gap", "threading", "gap", {"wide": Level.HIGH})
_CREW = Rule("sim-crew", "threading", "crew", {"thin": Level.HIGH, "none": Level.CRITICAL})
_STRICT = {"warm": Level.HIGH, "high": Level.CRITICAL, "critical": Level.CRITICAL}
_ALL = (_HEAT, _LATE, _GAP, _CREW)


def _but(**changes: Rule | None) -> tuple[Rule, ...]:
    return tuple(changed for rule in _ALL if (changed := changes.get(rule.id.removeprefix("sim-"), rule)) is not None)


_EDITIONS = (
    Rulebook("first", _ALL),
    Rulebook("reworded", _but(heat=replace(_HEAT, text="as it stands today")), subject="Look after"),
    Rulebook("one retired", _but(gap=None)),
    Rulebook(
        "stricter",
        _but(heat=replace(_HEAT, levels=_STRICT)),
    ),
    Rulebook("another family", _but(crew=replace(_CREW, family="engagement"))),
    Rulebook("one in shadow", _but(crew=replace(_CREW, mode="shadow"))),
    Rulebook("a family retired", _but(late=None)),
)

EDITIONS: Mapping[str, Rulebook] = {one.name: one for one in _EDITIONS}
