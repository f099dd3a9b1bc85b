"""One job over the database, in a process of its own: ``python -m benchmarks.store.job read|judge|full FILE``."""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.store.made_up import NOW, ORG, STAGES, opened
from connectors.model import ELEMENTS, TABLES
from rules.files.load import load
from rules.judgement.demands import demands
from rules.judgement.streaks import Past
from rules.model import EVERY_RULE, CoverageVerdict, Facts
from rules.signals.catalogue import CATALOGUE
from sync.config.sections import DEFAULT_PACKS
from sync.judge.chunks import CHUNK, Tables
from sync.judge.judge import judge, judge_and_measure
from sync.judge.read_ahead import ahead
from sync.store.database.codec import stored_schema
from sync.store.store import Store

FACTS: Final = Facts(
    now=NOW, today=NOW.date(), time_zone=ORG.time_zone, phases=STAGES, shows=dict.fromkeys(ELEMENTS, 3)
)
_TOUCHES_DAYS: Final = 180


def read(path: Path) -> dict[str, int]:
    """Read every column that judgement reads into Polars, as anyone would who has no daemon; nothing else."""
    frames = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, schema in TABLES.items():
            columns = ", ".join(f'"{column}"' for column in schema.names())
            query = f'SELECT {columns} FROM "{name}"'  # noqa: S608  # our own names
            overrides = dict(stored_schema(schema))
            frames[name] = pl.read_database(query, connection, schema_overrides=overrides).cast(schema)
    return {"deals": frames["deals"].height, "roles": frames["roles"].height}


def judge_once(path: Path) -> dict[str, int]:
    """Judge all open deals by the packs that are on by default, every source taken as kept."""
    sources = sorted({source for signal in CATALOGUE.values() for source in signal.sources})
    kept = [CoverageVerdict(EVERY_RULE, source, "default", 1.0, judged=True) for source in sources]
    return _judged(*opened(path), replace(FACTS, coverage=tuple(kept)))


def judge_afresh(path: Path) -> dict[str, int]:
    """Do the same as a cycle does on a new day: coverage is measured for the next one meanwhile."""
    sources = sorted({source for signal in CATALOGUE.values() for source in signal.sources})
    kept = [CoverageVerdict(EVERY_RULE, source, "default", 1.0, judged=True) for source in sources]
    return _judged(*opened(path), replace(FACTS, coverage=tuple(kept)), measure=True)


def _chunks(store: Store, conn: int) -> Iterator[Tables]:
    """Read chunk by chunk and one ahead, as a cycle does."""
    since = NOW - timedelta(days=_TOUCHES_DAYS)
    return ahead(
        store.frames.of_deals(conn, ids, now=NOW, touches_since=since)
        for ids in list(store.lookups.deal_chunks(conn, CHUNK))
    )


def _judged(store: Store, conn: int, facts: Facts, *, measure: bool = False) -> dict[str, int]:
    ruleset = load(DEFAULT_PACKS, catalogue=CATALOGUE).judged()
    demanded = demands(ruleset, CATALOGUE)
    findings: Counter[str] = Counter()
    seen = Counter[str]()
    for tables in _chunks(store, conn):
        if measure:
            judged = judge_and_measure(tables, facts, ruleset, Past(first=True), frozenset(), demanded)
        else:
            judged = judge(tables, facts, ruleset, Past(first=True))
        findings.update(dict(judged.findings.group_by("rule_id").len().iter_rows()))
        seen.update(deals=judged.scores.height, roles=tables["roles"].height, shadow=judged.shadow.height)
    return {**seen, "rules": len(ruleset.rules), "findings": findings.total()}


JOBS: Final[Mapping[str, Callable[[Path], dict[str, int]]]] = {
    "read": read,
    "judge": judge_once,
    "full": judge_afresh,
}


def main() -> None:
    """Do the job that is named first over the file that is named second, and say in JSON what it took."""
    name, path = sys.argv[1], Path(sys.argv[2])
    start = time.perf_counter()
    counts = JOBS[name](path)
    took = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    measured = {"seconds": took, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
    sys.stdout.write(json.dumps({**measured, "counts": counts}) + "\n")


if __name__ == "__main__":
    main()
