"""Compare our engine with others: ``python -m benchmarks.rules [--deals N] [--rounds N]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.measure import Target, machine, show_targets, spread
from benchmarks.rules.compare import Comparison, compare
from sync.commands.terminal import console, heading, table

_HAND_TYPED = 0.8
_LEAST = {"zen": 60, "rule-engine": 500}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if the engines disagree, 0 otherwise: a missed target is a number, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    compared = compare(options.deals, options.rounds)
    _show(compared)
    if compared.disagree:
        print(f"These do not fire on the same deals: {', '.join(compared.disagree)}", file=sys.stderr)
        return 1
    return 0


def _show(compared: Comparison) -> None:
    out = console()
    heading(out, f"15 rules over {compared.deals:,} deals, {compared.rounds} interleaved rounds, median (least - most)")
    out.print(f"{machine()}; {compared.fired:,} findings")
    rows = [
        (
            one.name,
            one.version,
            f"{one.deals:,}",
            one.rate,
            _times(compared.faster("rules only", one.name)),
            _times(compared.faster("judgement", one.name)),
            "yes" if one.agrees else "NO",
        )
        for one in compared.entries
    ]
    columns = ("engine", "version", "deals", "deals/s", "rules only faster by", "judgement faster by", "same counts")
    out.print(table(columns, rows, right=columns[2:6]))
    for name in compared.missing:
        out.print(f"{name} is not installed, so not measured.")
    show_targets(out, targets(compared))


def _times(found: Sequence[float] | None) -> str:
    return "" if found is None else spread(found, 2 if median(found) < 10 else 0)


def targets(compared: Comparison) -> list[Target]:
    """Hold what was measured against what was promised, each engine in its quickest round."""
    lines = [_against(compared, name, least) for name, least in _LEAST.items()]
    what = "rules only, beside the same conditions typed by hand in Polars"
    share = compared.faster_at_best("hand-typed Polars")
    assert share is not None
    return [*lines, Target(what, f"{_HAND_TYPED} of its speed", f"{share:.2f}", share >= _HAND_TYPED)]


def _against(compared: Comparison, name: str, least: int) -> Target:
    found, what = compared.faster_at_best(name), f"rules only, beside {name}"
    if found is None:
        return Target(what, f"{least} times as fast", "", None)
    return Target(what, f"{least} times as fast", f"{found:,.0f} times", found >= least)


if __name__ == "__main__":
    sys.exit(main())
