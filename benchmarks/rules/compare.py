"""Every engine on the same deals: first whether they agree, then how long each takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version

from benchmarks.measure import installed, interleaved, ratios, spread
from benchmarks.rules.deals import deals as made_up
from benchmarks.rules.ours import Counts, conditions, judgement
from benchmarks.rules.peers import PEERS
from benchmarks.rules.python import generated, records
from benchmarks.rules.typed import typed


@dataclass(frozen=True, slots=True)
class Contestant:
    """One engine, ready to count on so many deals."""

    version: str
    deals: int
    run: Callable[[], Counts]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was measured of one engine, round by round: seconds a deal."""

    name: str
    version: str
    deals: int
    seconds: list[float]
    agrees: bool

    @property
    def rate(self) -> str:
        """Deals per second."""
        return spread([1 / one for one in self.seconds])


@dataclass(frozen=True, slots=True)
class Comparison:
    """All engines beside each other, and those that are *missing*."""

    deals: int
    rounds: int
    fired: int
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]

    @property
    def disagree(self) -> tuple[str, ...]:
        """The engines whose counts are not ours: what they take says nothing."""
        return tuple(one.name for one in self.entries if not one.agrees)

    def faster(self, ours: str, name: str) -> list[float] | None:
        """Give, round by round, by how much a form of ours is faster than *name*; None where that was not measured."""
        seconds = {one.name: one.seconds for one in self.entries}
        return ratios(seconds[ours], seconds[name]) if name in seconds else None

    def faster_at_best(self, name: str) -> float | None:
        """Give the same of the rules alone, each in its quickest round: what disturbs a machine only slows."""
        best = {one.name: min(one.seconds) for one in self.entries}
        return best[name] / best["rules only"] if name in best else None


def compare(count: int, rounds: int) -> Comparison:
    """Measure every engine that is installed on *count* deals, the slow ones on the first of them."""
    frame = made_up(count)
    polars, ours = version("polars"), version("dealwarden")
    contestants = {
        "rules only": Contestant(ours, count, conditions(frame)),
        "judgement": Contestant(ours, count, judgement(frame)),
        "hand-typed Polars": Contestant(polars, count, typed(frame)),
    }
    some = min(count, 50_000)
    contestants["generated Python"] = Contestant(python_version(), some, generated(records(frame, some)))
    missing = []
    for name, (distribution, prepare, most) in PEERS.items():
        found = installed(distribution)
        if found is None:
            missing.append(name)
        else:
            some = min(count, most)
            contestants[name] = Contestant(found, some, prepare(records(frame, some)))
    wanted = {one.deals: conditions(frame.head(one.deals))() for one in contestants.values()}
    agreeing = {name: one.run() == wanted[one.deals] for name, one in contestants.items()}
    seconds = interleaved({name: one.run for name, one in contestants.items()}, rounds)
    entries = tuple(
        Entry(name, one.version, one.deals, [each / one.deals for each in seconds[name]], agreeing[name])
        for name, one in contestants.items()
    )
    return Comparison(count, rounds, sum(wanted[count].values()), entries, tuple(missing))
