"""Times side by side, and the lines that say whether a target is met."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Final

from rich.console import Console

from sync.commands.terminal import heading, table

_LEAST: Final = 0.1


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table of targets: what was measured, and whether that is enough; None where it was not."""

    what: str
    target: str
    measured: str
    met: bool | None


def interleaved(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Give the seconds of each run, round by round.

    In a round each runs for about a tenth of a second at least, after an unmeasured start, and each round begins with
    another: what disturbs the machine disturbs all of them alike.
    """
    names = list(runs)
    times = {name: max(1, round(_LEAST / _seconds(run, 2))) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds[name].append(_seconds(runs[name], times[name]))
    return seconds


def _seconds(run: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Give, round by round, how many times the time of *ours* is contained in that of *theirs*."""
    return [their / our for our, their in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Show the median, and least and most beside it."""
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle} ({low} - {high})"


def installed(distribution: str) -> str | None:
    """Give the version of a distribution, None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def machine() -> str:
    """Say on what was measured, as far as it matters to the ratios."""
    return f"Python {platform.python_version()}, Polars {version('polars')}, {os.cpu_count()} CPUs"


def show_targets(out: Console, targets: Sequence[Target]) -> None:
    """Print the table of targets."""
    words = {True: "met", False: "MISSED", None: "not measured"}
    heading(out, "Targets")
    out.print(
        table(
            ("what", "target", "measured", "verdict"),
            [(one.what, one.target, one.measured, words[one.met]) for one in targets],
        )
    )
