"""Play histories by hand: ``python -m tests.simulation --crm hubspot --seeds 17`` plays seed 17 and tells its story."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small frames; threads only cost

from sync import log


def main() -> int:
    """Play the seeds that the command line names; 1 if a promise was broken."""
    from tests.simulation.history import play

    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--crm", choices=("salesforce", "hubspot"), default="salesforce")
    asked.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument("--seeds", default="1", help="one seed, or the first and the last: 1-100")
    asked.add_argument("--story", action="store_true", help="tell also what happened in histories that ended well")
    options = asked.parse_args()
    first, _, last = options.seeds.partition("-")
    log.configure(level="critical")
    counts: Counter[str] = Counter()
    broken, cycles, began = 0, 0, time.process_time()
    gc.freeze()
    for seed in range(int(first), int(last or first) + 1):
        outcome = play(seed, options.crm, options.store)
        counts.update(outcome.counts)
        cycles += outcome.cycles
        if outcome.violation or options.story:
            print("\n".join(outcome.story))
        if outcome.violation:
            broken += 1
            print(outcome)
        if options.story:
            print(outcome.digest)
    spent = time.process_time() - began
    for name, count in sorted(counts.items()):
        print(f"{count:7,} {name}")
    played = int(last or first) - int(first) + 1
    print(
        f"{played} histories, {cycles} cycles, {broken} broken, {spent:.1f} s, {1000 * spent / played:.0f} ms a history"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
