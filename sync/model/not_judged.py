"""Why rules were not judged, in words: one line for each cause, since one unmapped field silences many rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a rule made no judgement: its worst source, that source's share of deals, and the floor."""

    source: str
    coverage: float
    floor: float

    def __str__(self) -> str:
        share, floor = _apart(self.coverage, self.floor)
        return f"{self.source} is kept on {share} of deals, {floor} are needed"


def causes(not_judged: Mapping[str, NotJudged]) -> Mapping[str, tuple[str, ...]]:
    """Return each cause in words with the rules that it keeps from being judged; what stops the most rules first."""
    rules: dict[str, list[str]] = {}
    for rule, why in not_judged.items():
        rules.setdefault(str(why), []).append(rule)
    ordered = sorted(rules.items(), key=lambda cause: -len(cause[1]))
    return {cause: tuple(named) for cause, named in ordered}


def cause_lines(not_judged: Mapping[str, NotJudged]) -> Iterable[str]:
    """Return a line for each cause, with its rules."""
    return (f"{cause}: {', '.join(rules)}" for cause, rules in causes(not_judged).items())


def _apart(share: float, floor: float) -> tuple[str, str]:
    """Return both as percentages, with as many digits as it takes to show that *share* is less."""
    percent, needed = 100 * share, 100 * floor
    digits = next((digits for digits in range(5) if round(percent, digits) < needed), 5)
    return f"{percent:.{digits}f}%", f"{needed:g}%"
