"""Simulate many reps for weeks: ``python -m benchmarks.volume [--reps N] [--deals N] [--weeks N] [--seed N]``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

from rich.console import Console

from benchmarks.measure import Target, show_targets
from benchmarks.volume.profiles import DEALS, demo
from benchmarks.volume.simulation import Outcome, Rest, Setting, Simulation
from rules.model import Severity
from sync.commands.terminal import console, heading, table
from sync.config.sections import Tasks
from sync.model.limits import NO_CAPS, Caps

_MEDIAN: Final = 2.0
_HIGH: Final = 5.0
_TIMES: Final = 3
_SOON: Final = 2

_WORDS: Final[Mapping[Rest, str]] = {
    "completed": "the other half is completed unfixed",
    "left": "the other half is left as it is",
}

Key = tuple[bool, Rest]


def shipped_caps() -> Caps:
    """Return the caps of a configuration that says nothing of them."""
    tasks = Tasks()
    return Caps(**{field.name: getattr(tasks, field.name) for field in fields(Caps) if hasattr(tasks, field.name)})


def targets(outcomes: Mapping[Key, Outcome]) -> list[Target]:
    """Hold what people had against what was promised; tasks that nobody touches at all are stated, not promised."""
    capped, free = outcomes[True, "completed"], outcomes[False, "completed"]
    slowest = max(max(outcomes[True, rest].delays, default=0) for rest in _WORDS)
    told = slowest <= _SOON and not any(outcomes[True, rest].untold for rest in _WORDS)
    return [
        _most("open tasks a rep, median of the worst week", _MEDIAN, capped.median),
        _most("the same, 95th percentile", _HIGH, capped.high),
        _most("without caps: median", _TIMES * _MEDIAN, free.median),
        _most("without caps: 95th percentile", _TIMES * _HIGH, free.high),
        Target("critical findings told", f"within {_SOON} business days", f"within {slowest}", told),
    ]


def _most(what: str, limit: float, measured: float) -> Target:
    return Target(what, f"at most {limit:.0f}", f"{measured:.0f}", measured <= limit)


def show(out: Console, outcomes: Mapping[Key, Outcome]) -> None:
    """Print the weeks of each setting: median and 95th percentile of open tasks a rep, and the tasks made."""
    for (capped, rest), outcome in outcomes.items():
        heading(out, f"{'Caps as shipped' if capped else 'No caps'}; {_WORDS[rest]}")
        rows = [
            (str(number), f"{week.median:.0f}", f"{week.high:.0f}", f"{week.made:,}")
            for number, week in enumerate(outcome.weeks, start=1)
        ]
        out.print(table(("week", "median", "95th", "tasks made"), rows))
        told = sum(outcome.delays.values())
        out.print(f"{told:,} critical findings told, {outcome.by_manager:,} of them in a manager's digest alone.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate with caps and without, for people who end their other tasks unfixed and for those who leave them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.volume", description=__doc__)
    for name, default in (("reps", 300), ("deals", 20), ("weeks", 8), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args(arguments)
    out, drawn = console(), demo()
    setting = Setting(shipped_caps(), asked.reps, asked.deals, asked.weeks, seed=asked.seed)
    high, critical = (drawn.share(severity) for severity in (Severity.HIGH, Severity.CRITICAL))
    out.print(
        f"{asked.reps:,} reps with {asked.deals:,} deals each, as the {DEALS} of the demo: {high:.0%} with a high "
        f"finding or worse, {critical:.0%} with a critical one. People act on {setting.acting:.0%} of their tasks; "
        f"what holds on a deal changes every {setting.lasting} business days."
    )
    outcomes: dict[Key, Outcome] = {
        (capped, rest): Simulation(drawn, replace(setting, caps=setting.caps if capped else NO_CAPS, rest=rest)).run()
        for capped in (True, False)
        for rest in _WORDS
    }
    show(out, outcomes)
    show_targets(out, targets(outcomes))


if __name__ == "__main__":
    main()
