"""Many seeds, adding up in a file: ``python -m tests.simulation.soak --state FILE --crm hubspot --seeds 1-20000``.

A seed that the file has is not played again, so a soak may be stopped at any time and goes on where it was. Without
``--seeds`` the sums are shown and nothing is played.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small frames; threads only cost

from sync import log

SAVE_EVERY: Final = 10
"""Seeds between two writings of the file."""

ENOUGH: Final = 100
"""A fault that fired less often in a whole soak was not really tried."""


@dataclass
class Sums:
    """What the seeds of one CRM and store came to. *played* are ranges of seeds, both ends among them."""

    played: list[list[int]] = field(default_factory=list)
    cycles: int = 0
    cpu_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    violations: dict[str, str] = field(default_factory=dict)

    def has(self, seed: int) -> bool:
        """Whether the seed was played."""
        return any(first <= seed <= last for first, last in self.played)

    def add(self, seed: int) -> None:
        """Note a seed as played."""
        for span in self.played:
            if span[1] == seed - 1:
                span[1] = seed
                return
        self.played = sorted([*self.played, [seed, seed]])

    @property
    def seeds(self) -> int:
        """How many seeds were played."""
        return sum(last - first + 1 for first, last in self.played)


class State:
    """The sums of a soak, by CRM and store, in a JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        self.sums = {name: Sums(**sums) for name, sums in known.items()}

    def of(self, crm: str, store: str) -> Sums:
        """Give the sums of a CRM on a store."""
        return self.sums.setdefault(f"{crm} on {store}", Sums())

    def save(self) -> None:
        """Write the file whole or not at all."""
        half = self._file.with_name(self._file.name + ".part")
        half.write_text(json.dumps({name: asdict(sums) for name, sums in self.sums.items()}, indent=1, sort_keys=True))
        half.replace(self._file)

    def told(self) -> Iterator[str]:
        """Word the sums as a table."""
        total: Counter[str] = Counter()
        for name, sums in sorted(self.sums.items()):
            spans = ", ".join(f"{first}-{last}" for first, last in sums.played)
            cost = 1000 * sums.cpu_s / max(sums.seeds, 1)
            yield f"{name}: {sums.seeds:,} seeds ({spans}), {sums.cycles:,} cycles, {cost:.0f} ms a seed"
            yield from (f"  BROKEN by seed {seed}: {what}" for seed, what in sums.violations.items())
            total.update(sums.counts)
        for kind, count in sorted(total.items()):
            yield f"{count:9,}  {kind}{'' if count >= ENOUGH else f'  (under {ENOUGH})'}"


def soak(state: State, crm: str, store: str, seeds: range) -> None:
    """Play the seeds that were not played yet; one that falls over counts as a promise broken."""
    from tests.simulation.history import Outcome, play

    sums = state.of(crm, store)
    gc.disable()  # what a history leaves behind is swept between histories
    for seed in seeds:
        if sums.has(seed):
            continue
        began = time.process_time()
        try:
            ended = play(seed, crm, store)
        except Exception as error:  # whatever it is, the seeds after it are still to be played
            ended = Outcome(seed, crm, "", Counter(), 0, f"{type(error).__name__}: {error}")
        sums.cpu_s += time.process_time() - began
        sums.cycles += ended.cycles
        sums.counts = dict(Counter(sums.counts) + ended.counts)
        if ended.violation:
            sums.violations[str(seed)] = ended.violation
            print(f"BROKEN by seed {seed}: {ended.violation}", flush=True)
        sums.add(seed)
        if seed % SAVE_EVERY == 0:
            state.save()
            gc.collect()
    state.save()


def main() -> int:
    """Soak, and tell the sums; 1 if any promise was ever broken."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation.soak", description=__doc__)
    asked.add_argument("--state", type=Path, required=True, help="the file that adds up")
    asked.add_argument("--crm", choices=("salesforce", "hubspot"), default="salesforce")
    asked.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument("--seeds", help="the first and the last seed: 1-20000")
    options = asked.parse_args()
    log.configure(level="critical")
    state = State(options.state)
    if options.seeds:
        first, _, last = options.seeds.partition("-")
        soak(state, options.crm, options.store, range(int(first), int(last or first) + 1))
    print("\n".join(state.told()))
    return 1 if any(sums.violations for sums in state.sums.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
