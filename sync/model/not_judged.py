"""Why rules are not judged, in words: one line for each cause, since one unmapped field silences many rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor as whole
from typing import Final

_KINDS: Final = {"field": "field", "roles": "role", "touches": "touches of kind"}


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a rule can hold nowhere: its worst source, on what share of the *deals* on which it is due, and the floor.

    *why* is "not kept", "too few to tell", "not readable" or "not mapped"; reports of earlier programs do not say.
    """

    source: str
    coverage: float
    floor: float
    why: str = "not kept"
    deals: int = 0

    def __str__(self) -> str:
        return _worded([self])


def causes(not_judged: Mapping[str, NotJudged]) -> Mapping[str, tuple[str, ...]]:
    """Return each cause in words with the rules that it keeps from being judged; what stops the most rules first."""
    groups: dict[tuple[str, str, float], list[str]] = {}
    for rule, why in sorted(not_judged.items()):
        groups.setdefault((why.source, why.why, why.floor if why.why == "not kept" else 0.0), []).append(rule)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return {_worded([not_judged[rule] for rule in rules]): tuple(rules) for _, rules in ordered}


def cause_lines(not_judged: Mapping[str, NotJudged]) -> Iterable[str]:
    """Return a line for each cause, with its rules."""
    return (f"{cause}: {', '.join(rules)}" for cause, rules in causes(not_judged).items())


def source_name(source: str) -> str:
    """Return what people call a source of evidence."""
    table, _, name = source.partition(":")
    return f"{_KINDS.get(table, table)} {name.removeprefix('x_').replace('_', ' ')}" if name else table


def _worded(reasons: Sequence[NotJudged]) -> str:
    """Return one cause in words; it may differ from rule to rule in the deals on which the source is due."""
    first = reasons[0]
    name = source_name(first.source)
    match first.why:
        case "not mapped":
            return f"{name} is not mapped"
        case "not readable":
            return f"{name} cannot be read"
        case "too few to tell":
            return f"{name}: too few deals need it to tell ({_span([why.deals for why in reasons])})"
        case _:
            return f"{name} off: {_kept([why.coverage for why in reasons], first.floor)}"


def _kept(shares: Sequence[float], floor: float) -> str:
    if max(shares) == 0:
        return f"no deal has it ({_percent(floor)} needed)"
    low, high = _percent(min(shares)), _percent(max(shares))
    span = high if low == high else f"{low.removesuffix(' %')} to {high}"
    return f"only {span} of deals have it ({_percent(floor)} needed)"


def _percent(share: float) -> str:
    # Rounded down, so that what is under a floor never reads as if it had reached it.
    return f"{whole(share * 1000 + 1e-9) / 10:g} %"


def _span(counts: Sequence[int]) -> str:
    ends = dict.fromkeys((min(counts), max(counts)))
    return "none" if max(counts) == 0 else " to ".join(f"{count:,}" for count in ends)
