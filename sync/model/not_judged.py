"""Why rules are not judged, in words: one line for each cause, with the rules behind it."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor as whole
from typing import Any, Final

_KINDS: Final = {"field": "field", "roles": "role", "touches": "touches of kind"}


def cause_lines(not_judged: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one line for each cause, that of most rules first; *not_judged* has the reports' fixed JSON shape."""
    groups: dict[tuple[str, str, float], list[tuple[str, Mapping[str, Any]]]] = {}
    for rule, why in not_judged.items():
        lack = why.get("why", "not kept")  # reports of earlier programs do not say
        groups.setdefault((why["source"], lack, why["floor"] if lack == "not kept" else 0.0), []).append((rule, why))
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [f"{_cause(key, [why for _, why in rules])}: {_names(rules)}" for key, rules in ordered]


def _names(rules: list[tuple[str, Mapping[str, Any]]]) -> str:
    return ", ".join(sorted(rule for rule, _ in rules))


def _cause(key: tuple[str, str, float], reasons: list[Mapping[str, Any]]) -> str:
    source, lack, floor = key
    name = source_name(source)
    match lack:
        case "not mapped":
            return f"{name} is not mapped"
        case "not readable":
            return f"{name} cannot be read"
        case "too few to tell":
            return f"{name}: too few deals need it to tell ({_span(sorted({why['deals'] for why in reasons}))})"
        case _:
            return f"{name} off: {_kept(sorted(why['coverage'] for why in reasons), floor)}"


def source_name(source: str) -> str:
    """Return what people call a source of evidence."""
    table, _, name = source.partition(":")
    return f"{_KINDS.get(table, table)} {name.removeprefix('x_').replace('_', ' ')}" if name else table


def _kept(shares: list[float], floor: float) -> str:
    if shares[-1] == 0:
        return f"no deal has it ({_percent(floor)} needed)"
    low, high = _percent(shares[0]), _percent(shares[-1])
    span = high if low == high else f"{low.removesuffix(' %')} to {high}"
    return f"only {span} of deals have it ({_percent(floor)} needed)"


def _percent(share: float) -> str:
    # Rounded down, so that what is under a floor never reads as if it had reached it.
    return f"{whole(share * 1000 + 1e-9) / 10:g} %"


def _span(counts: list[int]) -> str:
    return "none" if counts[-1] == 0 else " to ".join(f"{count:,}" for count in dict.fromkeys((counts[0], counts[-1])))


def cause(why: Mapping[str, Any]) -> str:
    """Return one reason, in its fixed JSON shape, in words."""
    return _cause((why["source"], why.get("why", "not kept"), why["floor"]), [why])


def each_cause(not_judged: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the cause of each rule in words."""
    return {rule: cause(why) for rule, why in sorted(not_judged.items())}
