"""Judge many deals from a database: ``python -m benchmarks.store [--deals N] [--folder DIR] [--rounds N]``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.measure import Target, machine, ratios, show_targets, spread
from benchmarks.store.made_up import database
from sync.commands.terminal import console, heading, table

_FOLDER: Final = Path(".benchmark")
_MOST_MB: Final = 600
_MOST_TIMES: Final = 2.0
_NAMES: Final = {
    "read": "bare read of the same columns",
    "judge": "judged",
    "full": "judged, coverage measured meanwhile",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one job took, round by round."""

    seconds: list[float]
    cpu: list[float]
    peak_mb: float
    counts: Mapping[str, int]


def measure(path: Path, rounds: int) -> dict[str, Measured]:
    """Run every job in a process of its own, in turn, so many times."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in _NAMES}
    for _ in range(rounds):
        for name, done in runs.items():
            done.append(_job(name, path))
    return {
        name: Measured(
            [one["seconds"] for one in done],
            [one["cpu"] for one in done],
            max(one["peak_mb"] for one in done),
            done[0]["counts"],
        )
        for name, done in runs.items()
    }


def targets(measured: Mapping[str, Measured]) -> list[Target]:
    """Hold what was measured against what was promised."""
    peak = max(measured[name].peak_mb for name in ("judge", "full"))
    lines = [Target("judged from the database", f"under {_MOST_MB} MB", f"{peak:,.0f} MB", peak < _MOST_MB)]
    for name in ("judge", "full"):
        times = median(ratios(measured["read"].seconds, measured[name].seconds))
        what = f"{_NAMES[name]}, beside a bare read"
        lines.append(Target(what, f"{_MOST_TIMES:.0f} times its time", f"{times:.2f} times", times <= _MOST_TIMES))
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; a missed target is a number, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where the database is kept once it is made")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    print(f"Making the database in {options.folder}, once; a million deals take some minutes.", file=sys.stderr)
    measured = measure(database(options.folder.resolve(), options.deals), options.rounds)
    _show(measured, options.rounds)
    return 0


def _job(name: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.store.job", name, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own module
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _show(measured: Mapping[str, Measured], rounds: int) -> None:
    out = console()
    judged, bare = measured["judge"], measured["read"]
    counts = ", ".join(f"{count:,} {what}" for what, count in judged.counts.items())
    heading(out, f"Judged from the database, {rounds} rounds, each job in a process of its own, median (least - most)")
    out.print(f"{machine()}; {counts}")
    rows = [
        (
            _NAMES[name],
            spread(one.seconds, 1),
            spread(ratios(bare.seconds, one.seconds), 2),
            spread(one.cpu, 1),
            spread(ratios(bare.cpu, one.cpu), 2),
            f"{one.peak_mb:,.0f}",
        )
        for name, one in measured.items()
    ]
    columns = ("job", "seconds", "beside the bare read", "CPU seconds", "beside its", "peak MB")
    out.print(table(columns, rows, right=columns[1:]))
    show_targets(out, targets(measured))


if __name__ == "__main__":
    sys.exit(main())
